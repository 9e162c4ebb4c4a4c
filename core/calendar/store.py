"""Calendar years that a bureau imported (导入的日历): kept by version, in force everywhere."""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.calendar import current_calendar, use_calendar
from core.calendar.comparing import changed_days
from core.calendar.counting import WorkingCalendar
from core.calendar.reading import read_year, years_on_file
from core.calendar.years import BadCalendar, Year
from core.calendar_tables import CalendarVersion
from core.clock import china_date
from core.database import Sessions, reading
from core.errors import Conflict

logger = logging.getLogger(__name__)


class CalendarMoved(Conflict):
    """Somebody imported a calendar since it was compared (日历已更新)."""

    code = "calendar_moved"


class CalendarUnchanged(Conflict):
    """The year stands in the calendar just like that already (日历没有变化)."""

    code = "calendar_unchanged"


def stored_revision(session: Session) -> int:
    """What the imported calendars stand at; 0 where nothing was imported."""
    return session.scalar(select(func.max(CalendarVersion.id))) or 0


def load_calendar(session: Session) -> WorkingCalendar:
    """The years on file, and over them the last version of each year that was imported."""
    years = dict(years_on_file())
    rows = session.scalars(select(CalendarVersion).order_by(CalendarVersion.id)).all()
    for row in rows:
        try:
            years[row.year] = read_year(row.text, file=f"{row.year}.yml", year=row.year)
        except BadCalendar as error:
            # It was checked by an earlier release; the version before it goes on.
            logger.error("version %s of %s cannot be used: %s", row.version, row.year, error)
    return WorkingCalendar(years, revision=rows[-1].id if rows else 0)


def take_over_calendar(session: Session) -> bool:
    """Let this process count on what was imported.

    Returns:
        Whether anything was new.
    """
    if stored_revision(session) == current_calendar().revision:
        return False
    use_calendar(load_calendar(session))
    return True


def refresh_calendar(sessions: Sessions) -> bool:
    """Take over what was imported meanwhile; called about once a second.

    Returns:
        Whether anything was new.
    """
    with reading(sessions) as session:
        return take_over_calendar(session)


def read_import(text: str, *, now: datetime) -> Year:
    """Read a year that somebody wants to import.

    Raises:
        BadCalendar: It cannot be used; every fault with its line.
    """
    return read_year(text, file="导入的内容", today=china_date(now))


def import_year(
    session: Session, text: str, *, officer: str, revision: int, now: datetime
) -> CalendarVersion:
    """Put a year into force (导入日历), at once and for every process.

    Args:
        session: Open session.
        text: The YAML, kept as it is.
        officer: The login of who imports it.
        revision: What the calendar stood at when the officer compared.
        now: The moment.

    Raises:
        BadCalendar: The year cannot be used.
        CalendarMoved: Somebody else was faster.
        CalendarUnchanged: Nothing would change.
    """
    year = read_import(text, now=now)
    if stored_revision(session) != revision:
        raise CalendarMoved
    before = load_calendar(session)
    if before.years.get(year.year) == year:
        raise CalendarUnchanged(year=year.year)
    latest = select(func.max(CalendarVersion.version)).where(CalendarVersion.year == year.year)
    row = CalendarVersion(
        year=year.year,
        version=(session.scalar(latest) or 0) + 1,
        text=text,
        imported_by=officer,
        imported_at=now,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise CalendarMoved from error
    write_audit(
        session,
        actor=f"staff:{officer}",
        deed="core.calendar.imported",
        subject=f"calendar:{year.year}",
        now=now,
        version=row.version,
        number=year.number,
        days=[f"{each.day} {each.before}>{each.after}" for each in changed_days(before, year)],
    )
    return row


def versions_of(session: Session, year: int) -> list[CalendarVersion]:
    """Every version of a year that was imported, the newest first."""
    of_year = select(CalendarVersion).where(CalendarVersion.year == year)
    return list(session.scalars(of_year.order_by(CalendarVersion.version.desc())))
