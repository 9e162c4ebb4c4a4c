"""The talk on the page (网页会话): open it, read it, take a turn, rate, agree, leave."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.keys import SERVICES
from channels.taking_in import take_in
from channels.web_requests import (
    LIMITS,
    FieldInvalid,
    Form,
    address_of,
    change,
    json_response,
    look,
    read_form,
    seconds,
    token_of,
)
from channels.web_views import (
    PAGE_SIZE,
    bureau_view,
    conversation_view,
    message_view,
    messages_view,
)
from consultations.ratings import rate_answer
from consultations.tables import Author, Conversation, Holder, Message
from consultations.talk import access_conversation, open_conversation
from consultations.telling import tell_corrections

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
_LONGEST_UNSHORTENED = 60_000


class SaidForm(Form):
    """One thing that the taxpayer says."""

    text: str = Field(max_length=_LONGEST_UNSHORTENED)
    client_message_id: uuid.UUID
    as_of: date | None = Field(None, ge=FIRST_DAY, le=LAST_DAY)


class RatingForm(Form):
    """What the taxpayer thinks of an answer."""

    value: Literal["useful", "not_solved", "wrong"]
    comment: str = Field("", max_length=2000)


def new_identity() -> str:
    """A name for a browser that nobody knows yet."""
    return f"web:{uuid.uuid4().hex}"


async def get_bureau(request: web.Request) -> web.Response:
    """GET /api/v1/bureau."""
    services = request.app[SERVICES]
    return json_response(bureau_view(services, services.clock()))


async def start_conversation(request: web.Request) -> web.Response:
    """POST /api/v1/conversations: a new talk; its secret is told here and never again."""
    services = request.app[SERVICES]
    request.app[LIMITS].conversations_by_address.take(address_of(request), now=seconds())
    await read_form(request, Form)

    def work(session: Session) -> dict[str, Any]:
        now = services.clock()
        conversation, token = open_conversation(
            session, channel="web", identity_key=new_identity(), now=now
        )
        return {
            "conversation_token": token,
            **conversation_view(session, conversation, services, now),
        }

    return json_response(await change(request, work), status=201)


async def get_conversation(request: web.Request) -> web.Response:
    """GET /api/v1/conversation: the talk with its latest messages, corrections among them."""
    services, token = request.app[SERVICES], token_of(request)

    def work(session: Session) -> dict[str, Any]:
        conversation = access_conversation(session, token)
        now = services.clock()
        tell_corrections(session, conversation, now=now)
        return conversation_view(session, conversation, services, now)

    return json_response(await change(request, work))


async def get_messages(request: web.Request) -> web.Response:
    """GET /api/v1/conversation/messages: older messages."""
    token = token_of(request)
    before = whole_number(request, "before", default=None)
    limit = whole_number(request, "limit", default=PAGE_SIZE) or PAGE_SIZE

    def work(session: Session) -> dict[str, Any]:
        conversation = access_conversation(session, token)
        return messages_view(session, conversation, before=before, limit=min(limit, 100))

    return json_response(await look(request, work))


def whole_number(request: web.Request, name: str, *, default: int | None) -> int | None:
    """Read a number of the query.

    Raises:
        FieldInvalid: It is none, or larger than any id.
    """
    raw = request.query.get(name)
    if raw is None:
        return default
    if not raw.isascii() or not raw.isdigit() or len(raw) > 15:
        raise FieldInvalid(field=name)
    return int(raw)


async def take_turn(request: web.Request) -> web.Response:
    """POST /api/v1/conversation/turns: 202 for a new turn, 200 for one that is known already."""
    services, limits, token = request.app[SERVICES], request.app[LIMITS], token_of(request)
    limits.messages_by_address.take(address_of(request), now=seconds())
    limits.messages.take(token or "", now=seconds())
    said = await read_form(request, SaidForm)

    def work(session: Session) -> tuple[Conversation, Message, bool]:
        conversation = access_conversation(session, token)
        turn, is_new, _ = take_in(
            session,
            conversation,
            keys=services.keys,
            text=said.text,
            client_message_id=str(said.client_message_id),
            as_of=said.as_of,
            now=services.clock(),
        )
        return conversation, said_in(session, turn.id), is_new

    conversation, message, is_new = await change(request, work)
    turn_id = str(message.turn_id)
    if is_new:
        topic = f"conversation:{conversation.id}"
        services.hub.tell(topic, "message", id=message.id)
        services.hub.tell("desk", "conversation", id=conversation.id)
        if conversation.holder is not Holder.PERSON:
            services.hub.tell(topic, "status", turn_id=turn_id, stage="received")
            services.turns.submit(turn_id)
    body = {"turn_id": turn_id, "message": message_view(message)}
    return json_response(body, status=202 if is_new else 200)


def said_in(session: Session, turn_id: str) -> Message:
    """The bubble with what the taxpayer said in a turn."""
    return session.scalars(
        select(Message).where(Message.turn_id == turn_id, Message.author == Author.TAXPAYER)
    ).one()


async def rate(request: web.Request) -> web.Response:
    """POST /api/v1/conversation/turns/{turn_id}/rating."""
    services, token = request.app[SERVICES], token_of(request)
    request.app[LIMITS].actions.take(token or "", now=seconds())
    form = await read_form(request, RatingForm)

    def work(session: Session) -> dict[str, Any]:
        part = rate_answer(
            session,
            access_conversation(session, token),
            request.match_info["turn_id"],
            rating=form.value,
            comment=form.comment,
            now=services.clock(),
        )
        return {"ok": True, "offer": part.to_json()}

    return json_response(await change(request, work))
