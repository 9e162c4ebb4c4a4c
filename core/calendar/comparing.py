"""What a new version of a year changes (日历比较), day by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from core.calendar.counting import WorkingCalendar
from core.calendar.statutory import fixed_days
from core.calendar.years import Year

#: A plain working day, a plain weekend, a day off of a holiday, a weekend that is worked.
DayKind = Literal["workday", "weekend", "holiday", "make_up"]


@dataclass(frozen=True)
class ChangedDay:
    """A day that is of another kind than before."""

    day: date
    before: DayKind
    after: DayKind


def kind_of(calendar: WorkingCalendar, day: date) -> DayKind:
    """What kind of day it is; in a year not announced, as far as it is known."""
    is_weekend = day.weekday() >= 5
    if calendar.is_workday(day):
        return "make_up" if is_weekend else "workday"
    year = calendar.years.get(day.year)
    is_holiday = day in (year.days_off if year is not None else fixed_days(day.year))
    return "holiday" if is_holiday else "weekend"


def changed_days(before: WorkingCalendar, year: Year) -> list[ChangedDay]:
    """The days of ``year`` that are of another kind than in ``before``."""
    after = before.with_year(year)
    first, changed = date(year.year, 1, 1), []
    for step in range((date(year.year, 12, 31) - first).days + 1):
        day = first + timedelta(days=step)
        was, is_now = kind_of(before, day), kind_of(after, day)
        if was != is_now:
            changed.append(ChangedDay(day, was, is_now))
    return changed
