"""Working time (工作时间): the bureau's hours on working days, counted to the microsecond."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil

from pydantic import BaseModel, ConfigDict, model_validator

from core.calendar.counting import WorkingCalendar
from core.clock import CHINA, china_time

_DAY = timedelta(days=1)
_NONE = timedelta(0)
_LEAST = timedelta(microseconds=1)


class Hours(BaseModel):
    """One stretch of a working day; a lunch break makes two."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    opens: time
    closes: time

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Hours:
        if self.closes <= self.opens:
            raise ValueError(f"closes ({self.closes}) 不晚于 opens ({self.opens})")
        return self


#: The stretches of a working day, in order, none overlapping.
ServiceHours = tuple[Hours, ...]


@dataclass(frozen=True)
class WorkingTime:
    """Working time between two moments.

    ``provisional`` is true where the count touched a year whose calendar is not announced.
    """

    time: timedelta
    provisional: bool

    @property
    def minutes(self) -> int:
        """Whole minutes; what is left over is dropped."""
        return int(self.time / timedelta(minutes=1))


@dataclass(frozen=True)
class WorkingMoment:
    """A moment found by counting working time; on a Chinese clock, and provisional as above."""

    at: datetime
    provisional: bool


def working_time_between(
    calendar: WorkingCalendar, hours: ServiceHours, first: datetime, last: datetime
) -> WorkingTime:
    """Working time from ``first`` to ``last``; negative if ``last`` is earlier."""
    start, end = china_time(first), china_time(last)
    days = calendar.working_days_between(start.date() - _DAY, end.date() - _DAY)
    worked = days * _length(hours) + _worked_on(calendar, hours, end)
    earlier, later = sorted((start, end))
    # A span that ends at midnight counts nothing of the day that begins then.
    counted_to = max(earlier, later - _LEAST).date()
    return WorkingTime(
        worked - _worked_on(calendar, hours, start),
        not calendar.are_announced(earlier.date(), counted_to),
    )


def add_working_time(
    calendar: WorkingCalendar, hours: ServiceHours, first: datetime, time: timedelta
) -> WorkingMoment:
    """The earliest moment at which ``time`` has been worked since ``first``.

    No time at all gives ``first`` itself, whether people work then or not.

    Raises:
        ValueError: ``time`` is negative.
    """
    if time < _NONE:
        raise ValueError("working time cannot be taken back")
    start = china_time(first)
    if time == _NONE:
        return WorkingMoment(start, not calendar.is_announced(start.date()))
    since_morning = time + _worked_on(calendar, hours, start)
    whole, rest = divmod(since_morning, _length(hours))
    if rest == _NONE:
        whole, rest = whole - 1, _length(hours)
    day = calendar.workday_after(start.date() - _DAY, whole + 1)
    at = _moment_on(day, hours, rest)
    return WorkingMoment(at, not calendar.are_announced(start.date(), day))


def moment_at_share(
    calendar: WorkingCalendar,
    hours: ServiceHours,
    first: datetime,
    last: datetime,
    share: Decimal,
) -> WorkingMoment:
    """The earliest moment at which a share of the working time of a span is over.

    Args:
        calendar: Which days people work on.
        hours: When they work on such a day.
        first: Where the span begins.
        last: Where it ends; with no working time in between, ``first`` is the answer.
        share: From 0 to 1.

    Raises:
        ValueError: The share is no share.
    """
    if not 0 <= share <= 1:
        raise ValueError("a share lies between 0 and 1")
    span = working_time_between(calendar, hours, first, last)
    least = max(0, ceil(Fraction(share) * (span.time // _LEAST)))
    found = add_working_time(calendar, hours, first, least * _LEAST)
    return WorkingMoment(found.at, found.provisional or span.provisional)


def _length(hours: ServiceHours) -> timedelta:
    return sum((_span(each.opens, each.closes) for each in hours), _NONE)


def _span(first: time, last: time) -> timedelta:
    return _since_midnight(last) - _since_midnight(first)


def _since_midnight(moment: time) -> timedelta:
    return timedelta(
        hours=moment.hour,
        minutes=moment.minute,
        seconds=moment.second,
        microseconds=moment.microsecond,
    )


def _worked_on(calendar: WorkingCalendar, hours: ServiceHours, moment: datetime) -> timedelta:
    """What has been worked on the Chinese day of ``moment`` until then."""
    if not calendar.is_workday(moment.date()):
        return _NONE
    now = moment.time()
    return sum((_span(each.opens, max(each.opens, min(now, each.closes))) for each in hours), _NONE)


def _moment_on(day: date, hours: ServiceHours, worked: timedelta) -> datetime:
    """The moment of ``day`` at which so much has been worked; at least something, at most all."""
    for each in hours:
        stretch = _span(each.opens, each.closes)
        if worked <= stretch:
            return datetime.combine(day, each.opens, CHINA) + worked
        worked -= stretch
    raise ValueError("a day has no more working time than its hours")
