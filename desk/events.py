"""The desk's event stream (实时通知): it says that something changed, never what.

Notices of this process come from the hub at once; what another process wrote shows in the
watermarks of the database, which are looked at every few seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from appeals.tables import AppealMove
from consultations.tables import Conversation, Holder, Message, WrongAnswerReport
from core.hub import Notice
from desk.door import COOKIE, for_staff, look
from desk.errors import LoginNeeded
from desk.keys import SERVICES
from desk.sessions import Officer, find_officer
from knowledge_base.store import current_revision

LOOK_EVERY = 4.0
PING_EVERY = 15.0


#: Who listens now.
STREAMS: web.AppKey[set[asyncio.Task[Any] | None]] = web.AppKey("desk_streams", set)

Marks = dict[str, tuple[int, ...]]


@for_staff()
async def stream_events(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /events."""
    task = asyncio.current_task()
    streams = request.app[STREAMS]
    streams.add(task)
    try:
        with request.app[SERVICES].hub.listen("desk") as notices:
            response = await _open(request)
            with contextlib.suppress(ConnectionError, LoginNeeded):
                await _feed(request, response, notices)
            return response
    finally:
        streams.discard(task)


async def end_streams(app: web.Application) -> None:
    """End every stream at shut-down; the pages open them again."""
    streams = app[STREAMS]
    for task in list(streams):
        if task is not None:
            task.cancel()


async def _open(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    await response.prepare(request)
    await response.write(b": open\n\n")
    return response


async def _feed(
    request: web.Request, response: web.StreamResponse, notices: asyncio.Queue[Notice]
) -> None:
    loop = asyncio.get_running_loop()
    pinged_at, looked_at = loop.time(), loop.time()
    marks = await look(request, lambda session: _marks(session, request))
    while True:
        notice = None
        with contextlib.suppress(TimeoutError):
            notice = await asyncio.wait_for(notices.get(), LOOK_EVERY)
        if notice is not None:
            await response.write(_event(notice.kind, notice.data))
        if loop.time() - looked_at >= LOOK_EVERY:
            looked_at = loop.time()
            seen = await look(request, lambda session: _marks(session, request))
            for kind in [kind for kind in seen if seen[kind] != marks[kind]]:
                await response.write(_event(kind, {}))
            marks = seen
        if loop.time() - pinged_at >= PING_EVERY:
            pinged_at = loop.time()
            await response.write(b": ping\n\n")


def _marks(session: Session, request: web.Request) -> Marks:
    """How far everything is; raises ``LoginNeeded`` once the session is over."""
    find_officer(session, request.cookies.get(COOKIE), now=request.app[SERVICES].clock())
    held = dict(
        session.execute(
            select(Conversation.holder, func.count(Conversation.id)).group_by(Conversation.holder)
        )
        .tuples()
        .all()
    )
    message = session.scalar(select(func.max(Message.id))) or 0
    move = session.scalar(select(func.max(AppealMove.id))) or 0
    report = session.scalar(
        select(func.count(WrongAnswerReport.id)).where(WrongAnswerReport.state == "open")
    )
    return {
        "conversation": (message, held.get(Holder.WAITING, 0), held.get(Holder.PERSON, 0)),
        "appeal": (move,),
        "counts": (report or 0,),
        "library": (current_revision(session),),
    }


def _event(kind: str, data: dict[str, Any]) -> bytes:
    told = {"conversation_id": data["id"]} if "id" in data else data
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return f"event: {kind}\ndata: {body}\n\n".encode()
