"""The hourly look at what was asked (整理提问): noted for editors, nothing is learned by it."""

from __future__ import annotations

import asyncio
from typing import Any

from app.wiring import Parts
from core.database import transaction
from desk.learning_run import collect, plan_collecting


async def collect_questions(parts: Parts, _: dict[str, Any]) -> None:
    """Plan the next run, do this one off the event loop, and let the desk count anew."""
    await asyncio.get_running_loop().run_in_executor(parts.executor, _collect, parts)
    parts.hub.tell("desk", "counts")


def _collect(parts: Parts) -> None:
    now = parts.clock()
    with transaction(parts.sessions) as session:
        plan_collecting(session, now=now)
    collect(parts.sessions, parts.library.snapshot, now=now)
