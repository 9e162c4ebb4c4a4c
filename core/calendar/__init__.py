"""The Chinese working calendar (工作日历): holidays and make-up workdays, year by year.

A year comes from a file in ``core/calendar_years/`` or from what a bureau imported; one without
either is counted with weekends and the statutory days only, and whatever is due there is
provisional until the notice is out. The functions here count on the calendar in use.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta
from decimal import Decimal

from core.calendar import hours as working_hours
from core.calendar.counting import DueDay, WorkingCalendar
from core.calendar.hours import Hours, ServiceHours, WorkingMoment, WorkingTime
from core.calendar.reading import read_year, years_on_file
from core.calendar.years import BadCalendar, Fault, Holiday, Year

__all__ = [
    "BadCalendar",
    "DueDay",
    "Fault",
    "Holiday",
    "Hours",
    "ServiceHours",
    "WorkingCalendar",
    "WorkingMoment",
    "WorkingTime",
    "Year",
    "add_working_time",
    "announced_years",
    "counting_on",
    "current_calendar",
    "due_after",
    "is_announced",
    "is_workday",
    "moment_at_share",
    "next_workday",
    "read_year",
    "use_calendar",
    "workday_before",
    "working_days_between",
    "working_time_between",
    "years_on_file",
]

_in_use: list[WorkingCalendar] = []
_supposed: ContextVar[WorkingCalendar | None] = ContextVar("supposed calendar", default=None)


def current_calendar() -> WorkingCalendar:
    """The calendar in use: the years on file until :func:`use_calendar` gives another."""
    supposed = _supposed.get()
    if supposed is not None:
        return supposed
    if not _in_use:
        _in_use.append(WorkingCalendar(years_on_file()))
    return _in_use[0]


def use_calendar(calendar: WorkingCalendar) -> None:
    """Let every count of this process use ``calendar`` from now on."""
    _in_use[:] = [calendar]


@contextmanager
def counting_on(calendar: WorkingCalendar) -> Iterator[None]:
    """Count on ``calendar`` inside of the block, in this thread or task alone."""
    before = _supposed.set(calendar)
    try:
        yield
    finally:
        _supposed.reset(before)


def announced_years() -> dict[int, Year]:
    """Every year whose calendar is known."""
    return current_calendar().years


def is_workday(day: date) -> bool:
    """Tell whether people work on ``day`` in China."""
    return current_calendar().is_workday(day)


def is_announced(day: date) -> bool:
    """Tell whether the calendar of that day's year is known."""
    return current_calendar().is_announced(day)


def due_after(opened_at: datetime, working_days: int) -> DueDay:
    """Count a promise of ``working_days`` from the day after opening.

    Args:
        opened_at: Aware moment of opening; its Chinese date is not counted.
        working_days: At least 1; the promise ends with the last of them.
    """
    return current_calendar().due_after(opened_at, working_days)


def working_days_between(first: date, last: date) -> int:
    """Working days after ``first`` up to ``last``, included; negative if ``last`` is earlier."""
    return current_calendar().working_days_between(first, last)


def next_workday(day: date) -> date:
    """``day`` itself if people work on it, else the first workday after."""
    return current_calendar().workday_after(day - timedelta(days=1), 1)


def workday_before(day: date) -> date:
    """The last workday before ``day``."""
    day -= timedelta(days=1)
    while not is_workday(day):
        day -= timedelta(days=1)
    return day


def working_time_between(first: datetime, last: datetime, hours: ServiceHours) -> WorkingTime:
    """Working time (工作时间) from ``first`` to ``last``; negative if ``last`` is earlier."""
    return working_hours.working_time_between(current_calendar(), hours, first, last)


def add_working_time(first: datetime, time: timedelta, hours: ServiceHours) -> WorkingMoment:
    """The earliest moment at which ``time`` has been worked since ``first``."""
    return working_hours.add_working_time(current_calendar(), hours, first, time)


def moment_at_share(
    first: datetime, last: datetime, share: Decimal, hours: ServiceHours
) -> WorkingMoment:
    """The earliest moment at which ``share`` of the working time of a span is over.

    Args:
        first: Where the span begins; the opening of a case, say.
        last: Where it ends; for a promised day ``end_of_day(due_on)`` of :mod:`core.clock`.
        share: From 0 to 1; ``Decimal("0.8")`` for a reminder at 80 %.
        hours: When people work on a working day, as in :class:`core.bureau.Bureau`.
    """
    return working_hours.moment_at_share(current_calendar(), hours, first, last, share)
