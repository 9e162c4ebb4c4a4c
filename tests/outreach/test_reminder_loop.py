from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.due_handlers import handlers, senders
from app.due_loop import DueLoop
from app.serve import prepare
from app.wiring import Parts, wire
from appeals.kinds import load_kinds
from consultations.tables import Author, Message
from consultations.talk import open_conversation
from core.database import Sessions, reading, transaction
from core.due_work import DueWork
from core.settings import Settings
from tests.enterprises.visits import VISITOR

#: Before the hour of the plan, on the third working day before the last filing day.
MORNING = datetime.fromisoformat("2026-10-21T08:00:00+08:00")


@pytest.fixture
def parts(settings: Settings, database_url: str) -> Iterator[Parts]:
    wired = wire(replace(settings, database_url=database_url, mode="production"))
    yield replace(wired, clock=lambda: MORNING)
    wired.executor.shutdown(wait=True)
    wired.action_executor.shutdown(wait=True)
    wired.database.dispose()


async def work_off(parts: Parts) -> None:
    loop = DueLoop(parts, handlers(parts, load_kinds()), senders(parts, None))
    while await loop.once():
        pass


def told(parts: Parts) -> list[Message]:
    with reading(parts.sessions) as session:
        return list(session.scalars(select(Message).where(Message.author == Author.SYSTEM)))


async def test_a_start_plans_the_day_and_the_loop_reminds_at_ten_past_nine_and_shows_it(
    parts: Parts, database: Sessions, bound_firm, file_due, want_reminders
) -> None:
    file_due(bound_firm(now=MORNING))
    want_reminders(MORNING)
    with transaction(database) as session:
        talk, _ = open_conversation(session, channel="web", identity_key=VISITOR, now=MORNING)
    prepare(parts)

    await work_off(parts)
    assert told(parts) == []

    with parts.hub.listen(f"conversation:{talk.id}") as shown:
        for minutes in (70, 80):
            prepare(parts)
            await work_off(replace(parts, clock=lambda m=minutes: MORNING + timedelta(minutes=m)))
        [message] = told(parts)
        assert message.conversation_id == talk.id
        assert shown.get_nowait().data == {"id": message.id}

    with reading(parts.sessions) as session:
        planned = session.scalars(select(DueWork).where(DueWork.kind == "outreach.plan")).all()
        assert [work.key for work in planned if work.done_at is None] == ["2026-10-22"]
