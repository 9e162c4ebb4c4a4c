"""The days that figures are asked for (统计日期), and the period before to compare them with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from appeals.figures_words import refusal
from core.clock import end_of_day, start_of_day
from core.errors import InvalidInput

LONGEST_DAYS = 1100
_EARLIEST = date(2000, 1, 1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Chinese calendar days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def starts_at(self) -> datetime:
        return start_of_day(self.first)

    @property
    def ends_at(self) -> datetime:
        """The first moment that no longer belongs to it."""
        return end_of_day(self.last)

    def before(self) -> Period:
        """The period to compare with: the month or quarter before, or as many days before."""
        for months in (1, 3):
            if self.first.day == 1 and self.first.month % months == 1 % months:
                end = _month_after(self.first, months) - _DAY
                if end == self.last:
                    return Period(_month_after(self.first, -months), self.first - _DAY)
        return Period(self.first - (self.last - self.first) - _DAY, self.first - _DAY)


def read_period(first: str, last: str, *, today: date) -> Period:
    """Read the two days of a period.

    Args:
        first: ISO day.
        last: ISO day; may lie ahead, as the end of the present month does.
        today: The Chinese calendar day.

    Raises:
        InvalidInput: One is no day, or they make no period that can be counted.
    """
    period = Period(_day(first, "from"), _day(last, "to"))
    if period.first < _EARLIEST:
        raise InvalidInput(field="from", reason=refusal("too_old"))
    if period.first > period.last:
        raise InvalidInput(field="from", reason=refusal("order"))
    if period.first > today:
        raise InvalidInput(field="from", reason=refusal("future"))
    if (period.last - period.first).days >= LONGEST_DAYS:
        raise InvalidInput(field="to", reason=refusal("too_long", days=LONGEST_DAYS))
    return period


def _day(text: str, field: str) -> date:
    try:
        if len(text) != len("2026-11-01"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInput(field=field, reason=refusal("day")) from error


def _month_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, 1)
