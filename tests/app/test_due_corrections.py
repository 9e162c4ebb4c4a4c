"""From a document that ends at the desk to the message: the loop finds who was told, and tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from answers.frame import Query
from app.due_handlers import handlers, senders
from app.due_loop import DueLoop
from app.serve import prepare
from app.wiring import Parts, wire
from appeals.kinds import load_kinds
from consultations.tables import Author, Correction, Message
from consultations.talk import finish_turn, open_conversation, receive_turn, record_answer
from core.clock import china_date
from core.database import reading, transaction
from core.settings import Settings
from knowledge_base.files import LibraryFiles
from knowledge_base.loading import load_files
from knowledge_base.register import Ending, end_document
from knowledge_base.schema import DocumentState
from outreach.tables import PushKind
from outreach.wishes import set_wish

MORNING = datetime.fromisoformat("2026-09-17T08:00:00+08:00")
VISITOR = "web:visitor-1"


@pytest.fixture
def parts(settings: Settings, database_url: str, small_library: LibraryFiles) -> Iterator[Parts]:
    """A process; a visitor who wants to hear of changes was told the threshold."""
    wired = wire(replace(settings, database_url=database_url, mode="production"))
    with transaction(wired.sessions) as session:
        load_files(session, small_library, editor="files", now=MORNING)
    wired.library.refresh()
    reply = wired.engine.answer(Query("小规模纳税人增值税起征点是多少", china_date(MORNING)))
    assert reply.outcome == "answered"
    with transaction(wired.sessions) as session:
        talk, _ = open_conversation(session, channel="web", identity_key=VISITOR, now=MORNING)
        turn, _ = receive_turn(session, talk, text="起征点", client_message_id="1", now=MORNING)
        record_answer(session, turn.id, reply, now=MORNING)
        finish_turn(session, turn.id, now=MORNING)
        kind = PushKind.POLICY_CHANGE
        set_wish(session, identity_key=VISITOR, kind=kind, wanted=True, now=MORNING)
    yield wired
    wired.executor.shutdown(wait=True)
    wired.action_executor.shutdown(wait=True)
    wired.database.dispose()


async def work_off(parts: Parts, now: datetime) -> None:
    at = replace(parts, clock=lambda: now)
    loop = DueLoop(at, handlers(at, load_kinds()), senders(at, None))
    while await loop.once():
        pass


def messages(parts: Parts) -> list[Message]:
    with reading(parts.sessions) as session:
        return list(session.scalars(select(Message).where(Message.author == Author.SYSTEM)))


async def test_who_was_told_by_a_document_that_ended_is_written_to_on_the_fourth_morning(
    parts: Parts,
) -> None:
    with transaction(parts.sessions) as session:
        over = Ending(DocumentState.REPEALED, "停止执行", ended_on=date(2026, 6, 30))
        end_document(session, "mof-sta-2026-10", over, editor="li", now=MORNING)

    await work_off(parts, MORNING)
    with reading(parts.sessions) as session:
        assert session.scalars(select(Correction)).all() == []  # answers under way are waited for
    await work_off(parts, MORNING + timedelta(seconds=6))
    with reading(parts.sessions) as session:
        assert session.scalars(select(Correction.entry_id)).all() == ["vat-small-scale-threshold"]

    prepare(replace(parts, clock=lambda: MORNING))
    for days in range(4):
        assert messages(parts) == []
        await work_off(parts, MORNING + timedelta(days=days, hours=1, minutes=11))
    await work_off(parts, MORNING + timedelta(days=4, hours=1, minutes=11))

    [message] = messages(parts)
    assert "正在重新核对" in message.body["text"]
    assert "政策变化提醒" in message.body["text"]
