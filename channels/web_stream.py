"""The event stream of a talk (消息推送): what is new is read from the record, never from memory.

A notice of the hub only says that there is something to read; a look every few seconds finds
what another process wrote, so a reader that asks with its last id loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from channels.keys import SERVICES, Services
from channels.rate_limits import RateLimited
from channels.web_requests import look, token_of
from channels.web_talk import whole_number
from channels.web_views import holder_view, message_view
from consultations.talk import ConversationUnknown, access_conversation, list_messages
from core.hub import Notice

PING_EVERY = 15.0
LOOK_EVERY = 5.0
MOST_STREAMS = 6
#: Who reads which talk now.
STREAMS: web.AppKey[dict[int, set[asyncio.Task[Any] | None]]] = web.AppKey("streams", dict)


class TooManyStreams(RateLimited):
    """One talk is open in too many places at once (打开过多)."""

    code = "too_many_streams"


@dataclass
class _Reader:
    """How far one page has read."""

    conversation_id: int
    last_id: int
    holder: dict[str, Any] = field(default_factory=dict)


async def stream_events(request: web.Request) -> web.StreamResponse:
    """GET /api/v1/conversation/events?after=<message id>."""
    services, token = request.app[SERVICES], token_of(request)
    after = whole_number(request, "after", default=0) or 0
    conversation_id = await look(request, lambda session: access_conversation(session, token).id)
    readers = request.app[STREAMS].setdefault(conversation_id, set())
    if len(readers) >= MOST_STREAMS:
        raise TooManyStreams(retry_after=int(PING_EVERY))
    task = asyncio.current_task()
    readers.add(task)
    try:
        with services.hub.listen(f"conversation:{conversation_id}") as notices:
            response = await _open(request)
            with contextlib.suppress(ConnectionError, ConversationUnknown):
                await _feed(request, response, _Reader(conversation_id, after), notices)
            return response
    finally:
        readers.discard(task)
        if not readers:
            request.app[STREAMS].pop(conversation_id, None)


async def end_streams(app: web.Application) -> None:
    """End every stream at shut-down; the pages open them again elsewhere."""
    for readers in list(app[STREAMS].values()):
        for task in list(readers):
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
    return response


async def _feed(
    request: web.Request,
    response: web.StreamResponse,
    reader: _Reader,
    notices: asyncio.Queue[Notice],
) -> None:
    loop = asyncio.get_running_loop()
    pinged_at = loop.time()
    await _send_news(request, response, reader)
    while True:
        notice = None
        with contextlib.suppress(TimeoutError):
            notice = await asyncio.wait_for(notices.get(), LOOK_EVERY)
        if notice is not None and notice.kind == "status":
            if notice.data["stage"] == "done":
                await _send_news(request, response, reader)
            await response.write(_event("status", notice.data))
            continue
        await _send_news(request, response, reader)
        if loop.time() - pinged_at >= PING_EVERY:
            pinged_at = loop.time()
            await response.write(b": ping\n\n")


async def _send_news(request: web.Request, response: web.StreamResponse, reader: _Reader) -> None:
    services, token = request.app[SERVICES], token_of(request)
    messages, holder = await look(request, lambda session: _news(session, token, reader, services))
    for message in messages:
        await response.write(_event("message", message, message["id"]))
        reader.last_id = message["id"]
    if holder != reader.holder:
        reader.holder = holder
        await response.write(_event("holder", holder))


def _news(
    session: Session, token: str | None, reader: _Reader, services: Services
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    conversation = access_conversation(session, token)
    messages = list_messages(session, conversation.id, after=reader.last_id)
    return (
        [message_view(each) for each in messages],
        holder_view(session, conversation, services, services.clock()),
    )


def _event(name: str, data: dict[str, Any], event_id: int | None = None) -> bytes:
    head = f"id: {event_id}\n" if event_id is not None else ""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"{head}event: {name}\ndata: {body}\n\n".encode()
