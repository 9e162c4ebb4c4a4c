"""The loop publishes what is planned and ends what has ended, once, also after a restart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from app.due_handlers import handlers, senders
from app.due_loop import LEASE, DueLoop
from app.serve import prepare
from app.wiring import Parts, wire
from appeals.kinds import load_kinds
from core.database import Sessions, reading, transaction
from core.due_work import claim_work
from core.settings import Settings
from knowledge_base.files import LibraryFiles, to_yaml
from knowledge_base.life_cycle import suspend
from knowledge_base.loading import load_files
from knowledge_base.schedule import PUBLISH, expire_on, schedule
from knowledge_base.store import get_entry, published_entries, save_draft
from knowledge_base.tables import EntryState
from tests.conftest import NOW
from tests.knowledge_base.reviewing import approved, no_faults

ENTRY = "vat-small-scale-threshold"
AT = NOW + timedelta(days=3)


@pytest.fixture
def parts(settings: Settings, database_url: str, small_library: LibraryFiles) -> Iterator[Parts]:
    """A process; version 2 of an entry is approved and planned."""
    wired = wire(replace(settings, database_url=database_url))
    entry = small_library.entries[ENTRY]
    changed = to_yaml(entry.model_copy(update={"question": "新的问法？"}))
    with transaction(wired.sessions) as session:
        load_files(session, small_library, editor="files", now=NOW)
        save_draft(session, yaml_text=changed, base_version=1, editor="li", now=NOW)
        approved(session, ENTRY, version=2, now=NOW)
        schedule(session, ENTRY, version=2, publish_at=AT, officer="li", now=NOW, check=no_faults)
    yield wired
    wired.executor.shutdown(wait=True)
    wired.action_executor.shutdown(wait=True)
    wired.database.dispose()


def at(parts: Parts, moment: datetime) -> Parts:
    return replace(parts, clock=lambda: moment)


async def work_off(parts: Parts) -> list[str]:
    """Let a fresh loop work; returns what kinds the desk was told of."""
    told = []
    with parts.hub.listen("desk") as notices:
        loop = DueLoop(parts, handlers(parts, load_kinds()), senders(parts, None))
        while await loop.once():
            pass
        while not notices.empty():
            told.append(notices.get_nowait().kind)
    return told


def answered(sessions: Sessions) -> int | None:
    with reading(sessions) as session:
        return {entry.id: version for entry, version in published_entries(session)}.get(ENTRY)


async def test_a_planned_publication_is_made_by_whatever_process_runs_then(parts: Parts) -> None:
    early = await work_off(at(parts, AT - timedelta(minutes=1)))
    before = answered(parts.sessions)

    told = await work_off(at(parts, AT))

    assert (early, before) == ([], 1)
    assert told == ["library"]
    assert answered(parts.sessions) == 2
    assert await work_off(at(parts, AT + timedelta(days=1))) == []


async def test_a_process_that_dies_after_its_claim_leaves_the_publication_to_another(
    parts: Parts,
) -> None:
    with transaction(parts.sessions) as session:
        assert claim_work(session, kinds=[PUBLISH], now=AT, lease=LEASE)

    at_once = await work_off(at(parts, AT))
    later = await work_off(at(parts, AT + LEASE + timedelta(seconds=1)))

    assert (at_once, later) == ([], ["library"])
    assert answered(parts.sessions) == 2


async def test_an_end_of_answers_comes_by_itself(parts: Parts) -> None:
    with transaction(parts.sessions) as session:
        values = {"version": 1, "officer": "li", "now": NOW, "reason": "公告到期"}
        expire_on(session, ENTRY, day=date(2026, 9, 18), **values)

    told = await work_off(at(parts, NOW + timedelta(days=1)))

    assert "library" in told
    assert answered(parts.sessions) is None


async def test_a_suspension_is_not_undone_by_a_plan_nor_by_a_start(parts: Parts) -> None:
    with transaction(parts.sessions) as session:
        suspend(session, ENTRY, version=1, reason="待核", officer="li", now=NOW)

    prepare(at(parts, AT))
    await work_off(at(parts, AT))

    with reading(parts.sessions) as session:
        assert get_entry(session, ENTRY).state is EntryState.SUSPENDED
