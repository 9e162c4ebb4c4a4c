"""What the desk shows of the working calendar (工作日历视图): a year, and what would change."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.deadlines import recompute_provisional
from appeals.kinds import kind_label
from appeals.lifecycle import OPEN
from appeals.tables import Appeal
from core.calendar import WorkingCalendar, Year, counting_on
from core.calendar.comparing import changed_days
from core.calendar.statutory import statute_of
from core.calendar.store import load_calendar, stored_revision, versions_of
from core.clock import china_date
from desk.labels import label
from desk.staff import staff_name

#: How many cases of each kind of change are named one by one.
_MOST_NAMED = 200


def calendar_view(
    session: Session, year: int, *, now: datetime, may_import: bool
) -> dict[str, Any]:
    """A year: days off, make-up days, where they come from, and every version of it."""
    calendar = load_calendar(session)
    announced = calendar.years.get(year)
    versions = versions_of(session, year)
    return {
        "year": year,
        "today": china_date(now).isoformat(),
        "announced": announced is not None,
        "revision": calendar.revision,
        "source": _source(announced) if announced else None,
        "holidays": _holidays(calendar, year),
        "workdays": [day.isoformat() for day in sorted(announced.workdays)] if announced else [],
        "years": _years(calendar, china_date(now).year, year),
        "versions": [
            {
                "version": each.version,
                "by": staff_name(session, each.imported_by),
                "at": each.imported_at.isoformat(),
                "text": each.text,
            }
            for each in versions
        ],
        "may_import": may_import,
    }


def comparison_view(session: Session, year: Year, *, now: datetime) -> dict[str, Any]:
    """What ``year`` would change: its days, and the dates promised in open appeals.

    The promises are counted as they will be, and then put back.
    """
    before = load_calendar(session)
    changed = changed_days(before, year)
    named, total = _moved_promises(session, before.with_year(year), now=now)
    return {
        "year": year.year,
        "announced": year.year in before.years,
        "revision": stored_revision(session),
        "source": _source(year),
        "unchanged": before.years.get(year.year) == year,
        "days": [
            {
                "day": each.day.isoformat(),
                "before": label("calendar_days", each.before),
                "after": label("calendar_days", each.after),
            }
            for each in changed
        ],
        "appeals": named,
        "appeals_total": total,
    }


def _moved_promises(
    session: Session, calendar: WorkingCalendar, *, now: datetime
) -> tuple[list[dict[str, Any]], int]:
    rows = session.execute(
        select(Appeal.id, Appeal.due_on, Appeal.provisional).where(Appeal.status.in_(OPEN))
    )
    before = {each.id: (each.due_on, each.provisional) for each in rows}
    trial = session.begin_nested()
    with counting_on(calendar):
        moved = recompute_provisional(session, now, firm_too=True)
        named = [
            {
                "number": each.number,
                "kind": kind_label(each.kind),
                "before": _promise(*before[each.id]),
                "after": _promise(each.due_on, each.provisional),
            }
            for each in moved[:_MOST_NAMED]
        ]
    trial.rollback()
    return named, len(moved)


def _promise(due_on: date, provisional: bool) -> dict[str, Any]:
    return {"due_on": due_on.isoformat(), "provisional": provisional}


def _source(year: Year) -> dict[str, Any]:
    return {
        "title": year.title,
        "number": year.number,
        "link": year.link,
        "issued_on": year.issued_on.isoformat(),
        "checked_on": year.checked_on.isoformat(),
        "exception": year.exception,
    }


def _holidays(calendar: WorkingCalendar, year: int) -> list[dict[str, Any]]:
    """The holidays as announced; of a year that is not, the statutory days of fixed date."""
    announced = calendar.years.get(year)
    if announced is not None:
        spans = [(each.name, each.first, each.last) for each in announced.holidays]
    else:
        spans = [
            (each.name, day, day)
            for each in statute_of(year).festivals
            for day in each.fixed_days(year)
        ]
    return [
        {"name": name, "from": first.isoformat(), "to": last.isoformat()}
        for name, first, last in spans
    ]


def _years(calendar: WorkingCalendar, this_year: int, shown: int) -> list[dict[str, Any]]:
    wanted = {*calendar.years, this_year, this_year + 1, shown}
    return [{"year": year, "announced": year in calendar.years} for year in sorted(wanted)]
