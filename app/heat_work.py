"""The regular look at what is asked (热度整理): heard, counted, compared with what is usual."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.wiring import Parts
from appeals.heat.grouping import Placing, place
from appeals.heat.hearing import Listened, listen
from appeals.heat.keeping import keep
from appeals.heat.looking import Outcome, look_at_heat, plan_look
from core.database import Sessions, in_transaction, reading, transaction
from knowledge_base.library import Snapshot


async def look_at_questions(parts: Parts, _: dict[str, Any]) -> None:
    """Plan the next look, do this one off the event loop, and let the desk count anew."""
    loop = asyncio.get_running_loop()
    outcome = await loop.run_in_executor(parts.executor, _planned, parts)
    if outcome.has_changed:
        parts.hub.tell("desk", "counts")


def _planned(parts: Parts) -> Outcome:
    now = parts.clock()
    with transaction(parts.sessions) as session:
        plan_look(session, now=now)
    return take_stock(parts.sessions, parts.library.snapshot, now=now)


def take_stock(sessions: Sessions, snapshot: Snapshot, *, now: datetime) -> Outcome:
    """Do one look, in its transactions; several workers may do it at once.

    Args:
        sessions: Makes the sessions.
        snapshot: The library as it is answered with.
        now: The moment.
    """
    while True:
        with reading(sessions) as session:
            listened = listen(session, now=now)
        placing = place(listened, snapshot)
        try:
            kept = in_transaction(sessions, partial(_keep, listened, placing, now))
        except IntegrityError:
            kept = None
        if kept is None:
            return Outcome()  # another worker does this look
        if listened.is_all:
            return in_transaction(sessions, lambda session: look_at_heat(session, now=now))


def _keep(listened: Listened, placing: Placing, now: datetime, session: Session) -> int | None:
    return keep(session, listened, placing, now=now)
