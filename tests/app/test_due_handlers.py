from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from app.due_handlers import handlers, plan_retention, senders
from app.due_loop import DueLoop
from app.serve import prepare
from app.wiring import Parts, wire
from appeals.kinds import load_kinds
from appeals.moves import accept_appeal
from appeals.tables import Appeal
from consultations.tables import Author, Message
from core.calendar import current_calendar, use_calendar
from core.clock import Clock
from core.database import reading, transaction
from core.settings import Settings
from tests.app.talks import file_from, hold_talk
from tests.calendars import invented_2027


@pytest.fixture
def parts(settings: Settings, database_url: str, clock: Clock) -> Iterator[Parts]:
    wired = wire(replace(settings, database_url=database_url))
    yield replace(wired, clock=clock)
    wired.executor.shutdown(wait=True)
    wired.action_executor.shutdown(wait=True)
    wired.database.dispose()


async def work_off(parts: Parts) -> None:
    loop = DueLoop(parts, handlers(parts, load_kinds()), senders(parts, None))
    while await loop.once():
        pass


async def test_news_of_an_appeal_is_told_in_its_talk_with_a_button_to_follow_it(
    parts: Parts,
) -> None:
    now = parts.clock()
    with transaction(parts.sessions) as session:
        talk = hold_talk(session, now=now)
        appeal = file_from(session, talk, keys=parts.keys, now=now).appeal
        accept_appeal(session, appeal=appeal, actor="staff:li", now=now)

    await work_off(parts)

    with reading(parts.sessions) as session:
        told = session.scalars(select(Message).where(Message.author == Author.SYSTEM)).one()
    assert told.conversation_id == talk.id
    assert told.body["appeal"] == {"number": appeal.number}
    assert [button["label"] for button in told.body["buttons"]] == ["查诉求进度"]
    assert appeal.number in told.body["buttons"][0]["value"]


#: 31 December 2026 in China; what is promised now falls into a year without a calendar.
NEW_YEARS_EVE = datetime(2026, 12, 30, 17, tzinfo=UTC)


def file_provisional(parts: Parts) -> None:
    with transaction(parts.sessions) as session:
        talk = hold_talk(session, now=NEW_YEARS_EVE)
        file_from(session, talk, keys=parts.keys, now=NEW_YEARS_EVE)
    assert promised(parts)[1]


def promised(parts: Parts) -> tuple[date, bool]:
    with reading(parts.sessions) as session:
        appeal = session.scalars(select(Appeal)).one()
        return appeal.due_on, appeal.provisional


@pytest.fixture
def announce() -> Iterator[Callable[[], None]]:
    before = current_calendar()
    year = invented_2027(
        ("to: 2027-01-03", "to: 2027-01-06"), ("workdays:", "exception: 测试\nworkdays:")
    )

    yield lambda: use_calendar(before.with_year(year))
    use_calendar(before)


async def test_a_start_with_a_new_calendar_makes_provisional_dates_firm(
    parts: Parts, announce: Callable[[], None]
) -> None:
    parts = replace(parts, clock=lambda: NEW_YEARS_EVE + timedelta(hours=1))
    file_provisional(parts)

    announce()
    prepare(replace(parts, settings=replace(parts.settings, mode="production")))
    await work_off(parts)

    assert promised(parts) == (date(2027, 1, 11), False)


async def test_the_night_makes_provisional_dates_firm_once_their_calendar_is_there(
    parts: Parts, announce: Callable[[], None]
) -> None:
    file_provisional(parts)
    with transaction(parts.sessions) as session:
        plan_retention(session, now=NEW_YEARS_EVE)

    announce()
    await work_off(replace(parts, clock=lambda: NEW_YEARS_EVE + timedelta(hours=27)))

    assert promised(parts) == (date(2027, 1, 11), False)
