from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.due_handlers import handlers
from app.due_loop import DueLoop
from app.wiring import Parts, wire
from appeals.kinds import load_kinds
from appeals.moves import accept_appeal
from consultations.tables import Author, Message
from core.clock import Clock
from core.database import reading, transaction
from core.settings import Settings
from tests.app.talks import file_from, hold_talk


@pytest.fixture
def parts(settings: Settings, database_url: str, clock: Clock) -> Iterator[Parts]:
    wired = wire(replace(settings, database_url=database_url))
    yield replace(wired, clock=clock)
    wired.executor.shutdown(wait=True)
    wired.action_executor.shutdown(wait=True)
    wired.database.dispose()


async def work_off(parts: Parts) -> None:
    loop = DueLoop(parts, handlers(parts, load_kinds()), {})
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
