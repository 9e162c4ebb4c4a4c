"""When a firm must file next (申报期限), from its own record and the announced days."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from core.calendar import DueDay, next_workday
from core.periods import Period, month_of, quarter_containing
from enterprises.kinds import FilingCycle, FilingStatus, Tax
from enterprises.tables import Filing

#: The announced last filing day of a month, or None where none is announced.
Deadlines = Callable[[int, int], date | None]

#: The day of the month that is used until the bureau's list is out; always told as provisional.
_USUAL_DAY = 15


@dataclass(frozen=True)
class Deadline:
    """The next day something must be filed by (下一个申报截止日).

    ``provisional`` is true where the announced list does not reach that month.
    """

    due_on: date
    taxes: tuple[Tax, ...]
    periods: tuple[Period, ...]
    provisional: bool


@dataclass(frozen=True)
class _Expected:
    tax: Tax
    period: Period
    due: DueDay


def due_day(deadlines: Deadlines | None, year: int, month: int) -> DueDay:
    """The last filing day of a month: the announced one, else an estimate marked provisional."""
    announced = deadlines(year, month) if deadlines is not None else None
    if announced is not None:
        return DueDay(announced, False)
    return DueDay(next_workday(date(year, month, _USUAL_DAY)), True)


def due_after_period(deadlines: Deadlines | None, period: Period) -> DueDay:
    """The last filing day for a month or a quarter: in the month after it."""
    after = period.last + timedelta(days=1)
    return due_day(deadlines, after.year, after.month)


def due_on_record(filing: Filing, deadlines: Deadlines | None) -> date:
    """The last day for a filing on record; an announced day moves an earlier one back.

    A day on record later than the announced one stands: it may have been deferred (延期申报).
    """
    if is_yearly(period_of(filing)) or deadlines is None:
        return filing.due_on
    after = filing.period_last + timedelta(days=1)
    return max(filing.due_on, deadlines(after.year, after.month) or filing.due_on)


def state_on(filing: Filing, deadlines: Deadlines | None, today: date) -> FilingStatus:
    """Where a filing stands today: nobody has to turn a pending one overdue."""
    if filing.filed_on is not None:
        corrected = filing.state is FilingStatus.CORRECTED
        return FilingStatus.CORRECTED if corrected else FilingStatus.FILED
    overdue = due_on_record(filing, deadlines) < today
    return FilingStatus.OVERDUE if overdue else FilingStatus.PENDING


def period_of(row: Filing) -> Period:
    """The tax period of a filing."""
    return Period(row.period_first, row.period_last)


def next_deadline(
    filings: Iterable[Filing], cycle: FilingCycle, deadlines: Deadlines | None, today: date
) -> Deadline | None:
    """The next day by which something is to be filed.

    Looks at what is on record and not yet filed, and at the period that follows the last one of
    each tax. Yearly settlements count only once they are on record.

    Args:
        filings: Every filing of the firm.
        cycle: How often the firm files VAT, for a firm without any filing.
        deadlines: The announced days, by year and month.
        today: The Chinese calendar day.
    """
    expected = [
        each
        for each in _expected(list(filings), cycle, deadlines, today)
        if each.due.due_on >= today
    ]
    if not expected:
        return None
    first = min(each.due.due_on for each in expected)
    chosen = [each for each in expected if each.due.due_on == first]
    return Deadline(
        due_on=first,
        taxes=tuple(dict.fromkeys(each.tax for each in chosen)),
        periods=tuple(dict.fromkeys(each.period for each in chosen)),
        provisional=any(each.due.provisional for each in chosen),
    )


def _expected(
    filings: list[Filing], cycle: FilingCycle, deadlines: Deadlines | None, today: date
) -> Iterable[_Expected]:
    last: dict[tuple[Tax, int], Period] = {}
    for filing in filings:
        period = period_of(filing)
        if filing.filed_on is None:
            yield _Expected(filing.tax, period, _due_on_record(filing, deadlines))
        if not is_yearly(period):
            key = filing.tax, _months(period)
            last[key] = max(last.get(key, period), period, key=lambda one: one.last)
    for (tax, _), period in last.items():
        yield _ahead(tax, _following(period), deadlines, today)
    if not last:
        monthly = cycle is FilingCycle.MONTHLY
        present = month_of(today.year, today.month) if monthly else quarter_containing(today)
        yield _Expected(Tax.VAT, present, due_after_period(deadlines, present))


def _ahead(tax: Tax, period: Period, deadlines: Deadlines | None, today: date) -> _Expected:
    """The first period from ``period`` on that can still be filed in time."""
    due = due_after_period(deadlines, period)
    while due.due_on < today:
        period = _following(period)
        due = due_after_period(deadlines, period)
    return _Expected(tax, period, due)


def _due_on_record(filing: Filing, deadlines: Deadlines | None) -> DueDay:
    due_on = due_on_record(filing, deadlines)
    if is_yearly(period_of(filing)):
        return DueDay(due_on, False)
    return DueDay(due_on, due_after_period(deadlines, period_of(filing)).provisional)


def _months(period: Period) -> int:
    first, last = period.first, period.last
    return (last.year - first.year) * 12 + last.month - first.month + 1


def is_yearly(period: Period) -> bool:
    """Tell a yearly settlement (汇算清缴) from the filings of the year."""
    return _months(period) > 3


def _following(period: Period) -> Period:
    after = period.last + timedelta(days=1)
    return month_of(after.year, after.month) if _months(period) == 1 else quarter_containing(after)
