"""One year of the working calendar (年度日历), and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

from core.errors import ServiceError

FOLDER = Path(__file__).parent.parent / "calendar_years"


@dataclass(frozen=True)
class Fault:
    """What is wrong in one line of a calendar, as the editor reads it."""

    line: int
    reason: str


class BadCalendar(ServiceError):
    """A year's calendar cannot be used (日历有误).

    Args:
        file: The file, or how the text came.
        faults: Everything that is wrong, by line.
    """

    code = "bad_calendar"
    status = 422

    def __init__(self, *, file: str = "日历", faults: Sequence[Fault] = ()) -> None:
        self.faults = faults
        super().__init__(
            file=file,
            reason="；".join(f"第 {each.line} 行：{each.reason}" for each in faults),
            faults=[{"line": each.line, "reason": each.reason} for each in faults],
        )


@cache
def _texts() -> dict[str, dict[str, str]]:
    path = Path(__file__).parent / "faults.yml"
    found: dict[str, dict[str, str]] = yaml.safe_load(path.read_text("utf-8"))
    return found


def fault(line: int, code: str, **details: Any) -> Fault:
    """A fault in Chinese, from ``faults.yml``."""
    if "key" in details:
        key = details["key"]
        details["key"] = _texts()["keys"].get(key, key)
    return Fault(line, _texts()["faults"][code].format(**details))


@dataclass(frozen=True)
class Holiday:
    """Days off in a row (假期), both ends included."""

    name: str
    first: date
    last: date

    def days(self) -> list[date]:
        """Every day of it."""
        return [self.first + timedelta(n) for n in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class Year:
    """Days off and make-up workdays (调休上班日) of one year, as announced."""

    year: int
    title: str
    number: str
    link: str
    issued_on: date
    checked_on: date
    holidays: tuple[Holiday, ...]
    workdays: frozenset[date]
    exception: str | None = None

    @cached_property
    def days_off(self) -> frozenset[date]:
        """Every day of every holiday, weekends inside of it included."""
        return frozenset(day for each in self.holidays for day in each.days())

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on ``day`` of this year."""
        return day in self.workdays or (day.weekday() < 5 and day not in self.days_off)
