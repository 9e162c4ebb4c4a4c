"""The Chinese working calendar (工作日历): holidays and make-up workdays, year by year.

One file a year in ``core/calendar_years/``; a year without a file is counted with weekends and
the statutory days only, and whatever is due there is provisional until the notice is out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import yaml

from core.clock import china_date

FOLDER = Path(__file__).parent / "calendar_years"

#: Statutory days with a fixed date (全国年节及纪念日放假办法 2024): used until the notice is out.
_FIXED_STATUTORY_DAYS = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})


@dataclass(frozen=True)
class Year:
    """Days off and make-up workdays of one year, as announced."""

    holidays: frozenset[date]
    workdays: frozenset[date]
    source: str


@dataclass(frozen=True)
class DueDay:
    """The day by which something is promised (承诺日期).

    ``provisional`` is true where the count touched a year whose calendar is not announced.
    """

    due_on: date
    provisional: bool


@cache
def announced_years() -> dict[int, Year]:
    """Every year whose calendar is on file."""
    return {int(path.stem): _read_year(path) for path in sorted(FOLDER.glob("*.yml"))}


def _read_year(path: Path) -> Year:
    data = yaml.safe_load(path.read_text("utf-8"))
    holidays: set[date] = set()
    for span in data["holidays"]:
        day = span["from"]
        while day <= span["to"]:
            holidays.add(day)
            day += timedelta(days=1)
    return Year(frozenset(holidays), frozenset(data["workdays"]), data["source"])


def is_workday(day: date) -> bool:
    """Tell whether people work on ``day`` in China."""
    year = announced_years().get(day.year)
    if year is None:
        return day.weekday() < 5 and (day.month, day.day) not in _FIXED_STATUTORY_DAYS
    if day in year.workdays:
        return True
    return day.weekday() < 5 and day not in year.holidays


def is_announced(day: date) -> bool:
    """Tell whether the calendar of that day's year is on file."""
    return day.year in announced_years()


def due_after(opened_at: datetime, working_days: int) -> DueDay:
    """Count a promise of ``working_days`` from the day after opening.

    Args:
        opened_at: Aware moment of opening; its Chinese date is not counted.
        working_days: At least 1; the promise ends with the last of them.
    """
    if working_days < 1:
        raise ValueError("a promise needs at least one working day")
    day, counted, provisional = china_date(opened_at), 0, False
    while counted < working_days:
        day += timedelta(days=1)
        provisional = provisional or not is_announced(day)
        counted += is_workday(day)
    return DueDay(day, provisional)


def working_days_between(first: date, last: date) -> int:
    """Working days after ``first`` up to ``last``, included; negative if ``last`` is earlier."""
    if last < first:
        return -working_days_between(last, first)
    span = (last - first).days
    return sum(is_workday(first + timedelta(days=step)) for step in range(1, span + 1))


def next_workday(day: date) -> date:
    """``day`` itself if people work on it, else the first workday after."""
    while not is_workday(day):
        day += timedelta(days=1)
    return day
