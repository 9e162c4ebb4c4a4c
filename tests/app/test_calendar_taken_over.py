"""What one process imported is counted on by the others, and promises are counted again, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from app.due_handlers import handlers, senders
from app.due_loop import DueLoop
from app.wiring import Parts, wire
from appeals.kinds import load_kinds
from appeals.tables import Appeal
from appeals.trail import verify_appeals
from core.calendar import current_calendar, is_announced, is_workday, use_calendar
from core.calendar.store import import_year, load_calendar, read_import, refresh_calendar
from core.calendar.years import FOLDER
from core.calendar_tables import CalendarVersion
from core.database import reading, transaction
from core.due_work import DueWork, file_work
from core.settings import Settings
from desk.calendar_views import comparison_view
from tests.app.talks import file_from, hold_talk
from tests.calendars import INVENTED_2027

#: 30 December 2026 in China.
YEARS_END = datetime(2026, 12, 30, 2, tzinfo=UTC)
#: The same year with a day more off, which somebody found out later.
CORRECTED_2027 = INVENTED_2027.replace("to: 2027-01-03", "to: 2027-01-04").replace(
    "workdays:", "exception: 更正\nworkdays:"
)


@pytest.fixture
def parts(settings: Settings, database_url: str) -> Iterator[Parts]:
    before = current_calendar()
    wired = wire(replace(settings, database_url=database_url))
    yield replace(wired, clock=lambda: YEARS_END)
    use_calendar(before)
    wired.executor.shutdown(wait=True)
    wired.action_executor.shutdown(wait=True)
    wired.database.dispose()


def bring(parts: Parts, words: str) -> int:
    """Import as the desk of another process does: nothing of it happens in this one."""
    with transaction(parts.sessions) as session:
        revision = load_calendar(session).revision
        row = import_year(session, words, officer="editor01", revision=revision, now=YEARS_END)
        for key in (f"calendar:{row.id}", f"calendar:{row.id}:again"):
            payload = {"firm_too": True}
            file_work(session, kind="appeals.recount", key=key, due_at=YEARS_END, payload=payload)
        return row.id


async def work_off(parts: Parts) -> None:
    loop = DueLoop(parts, handlers(parts, load_kinds()), senders(parts, None))
    while await loop.once():
        pass


def promised(parts: Parts) -> tuple[date, bool]:
    with reading(parts.sessions) as session:
        appeal = session.scalars(select(Appeal)).one()
        return appeal.due_on, appeal.provisional


def told(parts: Parts) -> list[str]:
    """What the taxpayer was told of after filing."""
    with reading(parts.sessions) as session:
        works = session.scalars(
            select(DueWork).where(DueWork.kind == "appeals.tell").order_by(DueWork.id)
        )
        return [work.payload["text"] for work in works]


async def test_promises_become_firm_and_move_with_a_correction_and_the_taxpayer_hears_each_once(
    parts: Parts,
) -> None:
    with transaction(parts.sessions) as session:
        talk = hold_talk(session, now=YEARS_END)
        file_from(session, talk, keys=parts.keys, now=YEARS_END)
    assert promised(parts) == (date(2027, 1, 5), True)

    bring(parts, INVENTED_2027)
    await work_off(parts)
    firm = promised(parts)
    bring(parts, CORRECTED_2027)
    await work_off(parts)
    moved = promised(parts)
    await work_off(parts)

    assert (firm, moved) == ((date(2027, 1, 5), False), (date(2027, 1, 6), False))
    assert len(told(parts)) == 2
    assert "1月5日（周二）前" in told(parts)[0]
    assert "1月6日（周三）前" in told(parts)[1]


async def test_what_was_compared_is_what_happens_and_comparing_leaves_nothing(
    parts: Parts,
) -> None:
    with transaction(parts.sessions) as session:
        talk = hold_talk(session, now=YEARS_END)
        number = file_from(session, talk, keys=parts.keys, now=YEARS_END).appeal.number
    year = read_import(CORRECTED_2027, now=YEARS_END)

    with transaction(parts.sessions) as session:
        shown = comparison_view(session, year, now=YEARS_END)
    before = promised(parts), told(parts)
    bring(parts, CORRECTED_2027)
    await work_off(parts)

    [moved] = shown["appeals"]
    assert moved["number"] == number
    assert moved["after"] == {"due_on": "2027-01-06", "provisional": False}
    assert before == ((date(2027, 1, 5), True), [])
    assert promised(parts) == (date(2027, 1, 6), False)
    with reading(parts.sessions) as session:
        assert verify_appeals(session).holds


def test_another_process_takes_the_calendar_over_without_a_restart(parts: Parts) -> None:
    assert not is_announced(date(2027, 1, 1))
    revision = bring(parts, INVENTED_2027)
    assert not is_announced(date(2027, 1, 1))

    assert refresh_calendar(parts.sessions)

    assert (current_calendar().revision, is_workday(date(2027, 2, 14))) == (revision, True)
    assert not refresh_calendar(parts.sessions)


def test_a_version_that_cannot_be_read_any_more_leaves_the_one_before_it(
    parts: Parts, caplog: pytest.LogCaptureFixture
) -> None:
    with transaction(parts.sessions) as session:
        for version, words in enumerate((INVENTED_2027, "year: 2027"), start=1):
            session.add(
                CalendarVersion(
                    year=2027, version=version, text=words, imported_by="x", imported_at=YEARS_END
                )
            )

    refresh_calendar(parts.sessions)

    assert not is_workday(date(2027, 2, 5))
    assert "version 2 of 2027 cannot be used" in caplog.text


def test_a_year_of_the_service_stands_until_a_bureau_corrects_it(parts: Parts) -> None:
    words = (FOLDER / "2026.yml").read_text("utf-8")
    bring(parts, words.replace("checked_on: 2026-11-21", "checked_on: 2026-12-30"))

    refresh_calendar(parts.sessions)

    assert current_calendar().years[2026].checked_on == date(2026, 12, 30)
    assert not is_workday(date(2026, 10, 7))
