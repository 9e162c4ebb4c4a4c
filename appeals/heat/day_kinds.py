"""What kind of day it is for those who ask (日子的种类), and whether returns are due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from appeals.heat.parameters import heat_parameters
from core.calendar import current_calendar, is_workday
from policy_rules.deadlines import filing_deadline
from policy_rules.parameters import NoFigure

WORK, MAKEUP, WEEKEND, HOLIDAY = "work", "makeup", "weekend", "holiday"
BUSY, LAST = "busy", "last"


@dataclass(frozen=True)
class DayKind:
    """The kind of a day, and how near it is to the last day to file."""

    kind: str
    season: str | None = None

    @property
    def is_off(self) -> bool:
        return self.kind in (WEEKEND, HOLIDAY)


class Days:
    """Kinds of days on the calendar in use, each worked out once."""

    def __init__(self) -> None:
        self._kinds: dict[date, DayKind] = {}
        self._seasons: dict[tuple[int, int], dict[date, str]] = {}

    def of(self, day: date) -> DayKind:
        """The kind of a day."""
        if day not in self._kinds:
            self._kinds[day] = DayKind(_kind(day), self._season(day))
        return self._kinds[day]

    def _season(self, day: date) -> str | None:
        month = (day.year, day.month)
        if month not in self._seasons:
            self._seasons[month] = _season_of(*month)
        return self._seasons[month].get(day)


def _kind(day: date) -> str:
    weekend = day.weekday() >= 5
    if is_workday(day):
        return MAKEUP if weekend else WORK
    year = current_calendar().years.get(day.year)
    is_holiday = year is not None and day in year.days_off
    return HOLIDAY if is_holiday or not weekend else WEEKEND


def _season_of(year: int, month: int) -> dict[date, str]:
    """The days before and on the last day to file, days off between them included."""
    try:
        last, _ = filing_deadline(year, month)
    except NoFigure:
        return {}
    told = heat_parameters().usual
    found: dict[date, str] = {}
    day, workdays = last, 0
    while workdays < told.busy_days:
        workdays += is_workday(day)
        found[day] = LAST if workdays <= told.last_days else BUSY
        day -= timedelta(days=1)
    return found
