"""Figures of appeals (诉求统计): on time, late, reopened, satisfied; by kind, unit, region, week.

They are counted from the cases filed in a period, as they stand at the moment of counting. What
each figure means stands in ``figures.yml`` and is told wherever it is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from appeals.figures_cases import CaseRow, read_cases
from appeals.figures_clock import WorkClock
from appeals.figures_course import course_of
from appeals.figures_period import Period
from appeals.figures_tally import Figures, Tally, distribution, figures_of, hide_small
from appeals.figures_words import month_label, refusal, week_label, words
from appeals.kinds import kind_label
from core.calendar import ServiceHours
from core.clock import china_date
from core.errors import InvalidInput, NotAllowed

#: By what cases can be put together; only supervisors see single officers.
BY = ("kind", "unit", "region", "origin", "week", "month", "officer")
_IN_TIME_ORDER = ("week", "month")


@dataclass(frozen=True)
class Told:
    """The figures of one period: all together, in groups of each kind asked for, spread."""

    period: Period
    total: Figures
    groups: dict[str, list[Figures]]
    answers_took: list[dict[str, Any]]
    minutes_a_day: int


def read_figures(
    session: Session,
    period: Period,
    *,
    by: Iterable[str],
    hours: ServiceHours,
    region: str,
    now: datetime,
    names: Mapping[str, str] | None = None,
) -> Told:
    """Count the cases filed in a period.

    Args:
        session: Open session; nothing is changed.
        period: Which days of filing.
        by: Of ``BY``, each gives its own groups.
        hours: When people work on a working day; spans are counted in it.
        region: The bureau's, for cases of people without a firm on record.
        now: The moment of counting.
        names: Of officers by login, for groups by officer.
    """
    clock, wanted = WorkClock(hours), tuple(by)
    total = Tally()
    tallies: dict[str, defaultdict[str, Tally]] = {name: defaultdict(Tally) for name in wanted}
    for case in read_cases(session, period):
        course = course_of(case, clock, now)
        total.add(case.row, course)
        for name, found in tallies.items():
            found[_KEYS[name](case.row)].add(case.row, course)
    told = Told(
        period,
        figures_of("all", "", total),
        {name: _groups(name, found, region, names or {}) for name, found in tallies.items()},
        distribution(total, clock.minutes_a_day),
        clock.minutes_a_day,
    )
    if told.total.is_hidden:
        for rows in told.groups.values():
            for each in rows:
                each.hide()
    return told


def check_by(by: str, *, supervises: bool) -> None:
    """Refuse groups that there are not, or that are not for this person.

    Raises:
        InvalidInput: There is no such grouping.
        NotAllowed: Figures of single officers are only for those who supervise.
    """
    if by not in BY:
        raise InvalidInput(field="by", reason=refusal("by"))
    if by == "officer" and not supervises:
        raise NotAllowed


def _groups(
    by: str, found: dict[str, Tally], region: str, names: Mapping[str, str]
) -> list[Figures]:
    named = names if by == "officer" else {}
    rows = [
        figures_of(key, named.get(key) or _label(by, key, region), tally)
        for key, tally in found.items()
    ]
    if by in _IN_TIME_ORDER:
        rows.sort(key=lambda each: each.key)
    else:
        rows.sort(key=lambda each: (-int(each.values["filed"] or 0), each.key))
    hide_small(rows)
    return rows


def _week(row: CaseRow) -> str:
    year, week, _ = china_date(row.opened_at).isocalendar()
    return f"{year}-W{week:02}"


def _month(row: CaseRow) -> str:
    return china_date(row.opened_at).isoformat()[:7]


_KEYS: dict[str, Callable[[CaseRow], str]] = {
    "kind": lambda row: row.kind,
    "unit": lambda row: row.unit or "",
    "region": lambda row: row.region or "",
    "origin": lambda row: row.origin.value,
    "week": _week,
    "month": _month,
    "officer": lambda row: row.assigned_to or "",
}


def _label(by: str, key: str, region: str) -> str:
    if by == "kind":
        return kind_label(key)
    if by == "origin":
        return str(words()["origins"].get(key, key))
    if by == "week":
        first = date.fromisocalendar(int(key[:4]), int(key[6:]), 1)
        return week_label(first, first + timedelta(days=6))
    if by == "month":
        return month_label(int(key[:4]), int(key[5:]))
    unnamed = {"unit": "unknown_unit", "region": "no_firm", "officer": "no_officer"}[by]
    return key or str(words()[unnamed]).format(region=region)
