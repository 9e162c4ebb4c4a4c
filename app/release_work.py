"""Measuring releases and publishing what is planned (发布的到期任务), outside of transactions.

The gate takes seconds, so it is asked before the transaction that acts on what it found.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from app.library_gate import Versions
from app.model_releases import MEASURE_MODEL
from app.wiring import Parts
from core.database import in_transaction, reading
from core.due_work import hold_work
from core.errors import ServiceError
from core.messages import sentence_for
from desk.library_moves import check_at
from knowledge_base.release_measuring import MEASURE, measuring_key, note_progress, note_verdict
from knowledge_base.release_publishing import gate_failed
from knowledge_base.release_rows import entries_of, get_release
from knowledge_base.release_tables import ReleaseKind, ReleaseState
from knowledge_base.schedule import is_planned, publish_due
from knowledge_base.schema import Entry

Result = TypeVar("Result")
#: How long after its end in one process another takes a run over.
_HELD_FOR = timedelta(seconds=60)
_HOLD_EVERY_SECONDS = 15.0


class _Unwanted(Exception):
    """The release was discarded or is measured anew."""


async def measure_release(parts: Parts, payload: dict[str, Any]) -> None:
    """Measure a release and write down what was found."""
    release_id, run = payload["release"], payload["run"]
    wanted = await _off_loop(parts, lambda: _wanted(parts, release_id, run))
    if wanted is None:
        return
    kind, versions = wanted
    judge = parts.gate.judge_afterwards if kind is ReleaseKind.ROLL_BACK else parts.gate.judge

    def tell(asked: int, total: int) -> None:
        def note(session: Session) -> bool:
            return note_progress(session, release_id, run=run, asked=asked, total=total)

        if not in_transaction(parts.sessions, note):
            raise _Unwanted

    def work() -> None:
        verdict, revision, fault = None, -1, None
        try:
            verdict, revision = judge(versions, tell)
        except ServiceError as error:
            fault = sentence_for(error)
        in_transaction(
            parts.sessions,
            lambda session: note_verdict(
                session,
                release_id,
                run=run,
                revision=revision,
                verdict=verdict,
                fault=fault,
                now=parts.clock(),
            ),
        )

    try:
        async with _held(parts, MEASURE, measuring_key(release_id, run)):
            await _off_loop(parts, work)
    except _Unwanted:
        return
    parts.hub.tell("desk", "library")


def _wanted(parts: Parts, release_id: int, run: int) -> tuple[ReleaseKind, Versions] | None:
    """What a run is to measure; None where it is not wanted any more."""
    with reading(parts.sessions) as session:
        release = get_release(session, release_id)
        is_open = release.measured_at is None and release.state is not ReleaseState.DISCARDED
        if release.run != run or not is_open:
            return None
        items = entries_of(session, release_id)
        is_back = release.kind is ReleaseKind.ROLL_BACK
        versions = {each.entry_id: each.before if is_back else each.version for each in items}
        return release.kind, versions


async def publish_planned(parts: Parts, payload: dict[str, Any]) -> None:
    """Publish what was planned for now, if the gate lets it pass."""
    if not await _off_loop(parts, lambda: _is_planned(parts, payload)):
        return
    versions = {payload["entry"]: payload["version"]}
    verdict, _ = await _off_loop(parts, lambda: parts.gate.judge(versions))
    now = parts.clock()

    def check(session: Session, entry: Entry) -> list[dict[str, Any]]:
        return check_at(now)(session, entry) or _against(verdict)

    changed = await _off_loop(
        parts,
        lambda: in_transaction(
            parts.sessions, lambda s: publish_due(s, payload, now=now, check=check)
        ),
    )
    if changed:
        parts.hub.tell("desk", "library")


def _is_planned(parts: Parts, payload: dict[str, Any]) -> bool:
    with reading(parts.sessions) as session:
        return is_planned(session, payload)


def _against(verdict: dict[str, Any]) -> list[dict[str, Any]]:
    return [] if verdict["passed"] else [{"message": sentence_for(gate_failed(verdict))}]


async def measure_model(parts: Parts, payload: dict[str, Any]) -> None:
    """Measure a model beside the current one and write down what was found."""
    async with _held(parts, MEASURE_MODEL, str(payload["model"])):
        await _off_loop(parts, lambda: parts.models.measure(payload["model"], parts.clock))
    parts.hub.tell("desk", "library")


@asynccontextmanager
async def _held(parts: Parts, kind: str, key: str) -> AsyncIterator[None]:
    """Keep claimed work from other processes for as long as it takes here."""

    def hold(session: Session) -> None:
        hold_work(session, kind=kind, key=key, until=parts.clock() + _HELD_FOR)

    async def go_on() -> None:
        while True:
            await _off_loop(parts, lambda: in_transaction(parts.sessions, hold))
            await asyncio.sleep(_HOLD_EVERY_SECONDS)

    holding = asyncio.create_task(go_on())
    try:
        yield
    finally:
        holding.cancel()


async def _off_loop(parts: Parts, work: Callable[[], Result]) -> Result:
    return await asyncio.get_running_loop().run_in_executor(parts.executor, work)
