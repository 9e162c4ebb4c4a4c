"""The hourly look at what was asked: done by the due-work loop, planned again, told to the desk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.due_handlers import handlers, senders
from app.due_loop import DueLoop
from app.wiring import Parts, wire
from appeals.kinds import load_kinds
from consultations.learning.collecting import COLLECT
from consultations.learning_tables import GroupedQuestion, Signal
from core.clock import Clock
from core.database import reading, transaction
from core.due_work import DueWork
from core.settings import Settings
from desk.learning_run import plan_collecting
from tests.app.talks import hold_talk


@pytest.fixture
def parts(settings: Settings, database_url: str, clock: Clock) -> Iterator[Parts]:
    wired = wire(replace(settings, database_url=database_url))
    yield replace(wired, clock=lambda: clock() + timedelta(hours=1))
    wired.executor.shutdown(wait=True)
    wired.action_executor.shutdown(wait=True)
    wired.database.dispose()


async def test_questions_are_looked_at_when_the_hour_is_full(parts: Parts, clock: Clock) -> None:
    with transaction(parts.sessions) as session:
        hold_talk(session, now=clock())
        plan_collecting(session, now=clock())
    loop = DueLoop(parts, handlers(parts, load_kinds()), senders(parts, None))

    while await loop.once():
        pass

    with reading(parts.sessions) as session:
        noted = session.scalars(select(GroupedQuestion)).one()
        runs = session.scalars(
            select(DueWork).where(DueWork.kind == COLLECT).order_by(DueWork.due_at)
        ).all()
    assert noted.signal is Signal.WRONG
    assert [run.done_at is not None for run in runs] == [True, False]
    assert runs[1].due_at > parts.clock()
