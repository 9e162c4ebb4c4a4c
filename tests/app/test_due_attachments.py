"""What waited a day for an appeal is removed by the loop; what was filed in time stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.due_handlers import handlers, senders
from app.due_loop import DueLoop
from app.wiring import Parts, wire
from appeals.attachments_pending import KEPT_FOR, keep_pending
from appeals.kinds import load_kinds
from appeals.tables import AppealAttachment
from core.clock import Clock
from core.database import reading, transaction
from core.settings import Settings
from tests.app.talks import file_from, hold_talk
from tests.appeals.attachment_files import plain_file


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


async def test_the_loop_removes_what_waited_a_day_and_leaves_what_was_filed(parts: Parts) -> None:
    now = parts.clock()
    with transaction(parts.sessions) as session:
        talk = hold_talk(session, now=now)
        common = {"identity_key": talk.identity_key, "keys": parts.keys, "now": now}
        keep_pending(session, file=plain_file(b"filed"), **common)
        file_from(session, talk, keys=parts.keys, now=now)
        keep_pending(session, file=plain_file(b"forgotten"), **common)

    await work_off(replace(parts, clock=lambda: now + KEPT_FOR - timedelta(seconds=1)))
    with reading(parts.sessions) as session:
        assert len(session.scalars(select(AppealAttachment.id)).all()) == 2
    await work_off(replace(parts, clock=lambda: now + KEPT_FOR))

    with reading(parts.sessions) as session:
        [kept] = session.scalars(select(AppealAttachment)).all()
        assert kept.move_id is not None and kept.pending_for is None
