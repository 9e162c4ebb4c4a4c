"""A process that does due work on a real database and may be killed at a step on the way.

``python -m tests.app.due_worker URL SENT STEP AHEAD_SECONDS``: ends by itself once nothing is left
to claim. Each deed writes an audit line and files its notice in the same transaction; a notice is
written down once; a letter leaves the process by a line in the file ``SENT``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app.due_loop import DueLoop
from core.audit import write_audit
from core.clock import Clock, utc_now
from core.database import Sessions, open_engine, open_sessions
from core.due_work import file_work
from core.hub import Hub

DEED, NOTICE, LETTER = "test.deed", "test.notice", "test.letter"
LEASE = timedelta(seconds=60)


class FatalHub(Hub):
    """Kills the process where the pages would be told: after the commit."""

    def tell(self, topic: str, kind: str, **data: Any) -> None:
        die()


@dataclass
class Ground:
    sessions: Sessions
    clock: Clock
    hub: Hub
    executor: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(4))


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def handlers(clock: Clock, step: str) -> dict[str, Callable[..., Any]]:
    def note(session: Session, deed: str, key: str) -> None:
        write_audit(session, actor="system", deed=deed, subject=key, now=clock())

    def do_deed(session: Session, payload: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
        if step == "claimed":
            die()
        key = payload["key"]
        note(session, DEED, key)
        for kind in (NOTICE, LETTER):
            file_work(session, kind=kind, key=key, due_at=clock(), payload={"key": key})
        if step == "handled":
            die()
        return [("desk", "deed", {})]

    def do_notice(session: Session, payload: dict[str, Any]) -> None:
        note(session, NOTICE, payload["key"])
        if step == "told":
            die()

    return {DEED: do_deed, NOTICE: do_notice}


async def work(url: str, sent: Path, step: str, ahead: float) -> None:
    sessions = open_sessions(open_engine(url))

    def clock() -> Any:
        return utc_now() + timedelta(seconds=ahead)

    async def send(payload: dict[str, Any]) -> None:
        with sent.open("a") as file:
            file.write(payload["key"] + "\n")
        if step == "sent":
            die()

    ground = Ground(sessions, clock, FatalHub() if step == "committed" else Hub())
    loop = DueLoop(ground, handlers(clock, step), {LETTER: send}, lease=LEASE)
    while await loop.once():
        pass


if __name__ == "__main__":
    given_url, given_sent, given_step, given_ahead = sys.argv[1:]
    asyncio.run(work(given_url, Path(given_sent), given_step, float(given_ahead)))
