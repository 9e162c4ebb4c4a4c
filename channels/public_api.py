"""The public API (公开接口): one question with its answer, and an answer by its signed link."""

from __future__ import annotations

import asyncio
import time
import uuid
from datetime import date, datetime
from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from channels.answer_links import check_answer_link
from channels.keys import SERVICES
from channels.taking_in import take_in
from channels.web_requests import (
    LIMITS,
    Form,
    address_of,
    change,
    json_response,
    look,
    read_form,
    seconds,
)
from channels.web_talk import FIRST_DAY, LAST_DAY, new_identity
from channels.web_views import message_view
from consultations.tables import Answer, Turn, TurnState
from consultations.talk import access_conversation, open_conversation
from core.errors import NotFound, ServiceError
from core.secrets import Keys

#: Beyond what Rasa is given, for the answer to be made and stored.
_EXTRA_SECONDS = 15


class AnswerLate(ServiceError):
    """The question is stored, but its answer took too long (答复超时)."""

    code = "answer_late"
    status = 504


class AnswerPrivate(ServiceError):
    """The answer speaks of a firm, so a link is not enough to read it (涉及企业信息)."""

    code = "answer_private"
    status = 403


class QuestionForm(Form):
    """One question, in a new talk or an old one."""

    text: str = Field(max_length=60_000)
    conversation_token: str | None = Field(None, max_length=100)
    as_of: date | None = Field(None, ge=FIRST_DAY, le=LAST_DAY)


async def ask(request: web.Request) -> web.Response:
    """POST /api/v1/messages: ask, wait, and get the answer with its sources."""
    services, limits = request.app[SERVICES], request.app[LIMITS]
    started = time.perf_counter()
    limits.messages_by_address.take(address_of(request), now=seconds())
    form = await read_form(request, QuestionForm)
    limits.messages.take(form.conversation_token or address_of(request), now=seconds())
    received = await change(
        request, lambda session: _receive(session, form, services.keys, services.clock())
    )
    turn_id = received["turn_id"]
    services.hub.tell("desk", "conversation", id=received.pop("conversation_id"))
    patience = services.settings.rasa_timeout_seconds + _EXTRA_SECONDS
    try:
        await asyncio.wait_for(asyncio.shield(services.turns.submit(turn_id)), patience)
    except TimeoutError as error:
        raise AnswerLate(**received) from error
    answered = await look(request, lambda session: _answered(session, turn_id))
    if answered is None:
        raise AnswerLate(**received)
    millis = round((time.perf_counter() - started) * 1000)
    return json_response({**received, **answered, "millis": millis})


def _receive(session: Session, form: QuestionForm, keys: Keys, now: datetime) -> dict[str, Any]:
    """Take the question in; what no longer holds of earlier answers is told before the answer."""
    if form.conversation_token:
        token = form.conversation_token
        conversation = access_conversation(session, token)
    else:
        conversation, token = open_conversation(
            session, channel="web", identity_key=new_identity(), now=now
        )
    turn, _, corrections = take_in(
        session,
        conversation,
        keys=keys,
        text=form.text,
        client_message_id=str(uuid.uuid4()),
        as_of=form.as_of,
        now=now,
    )
    return {
        "conversation_id": conversation.id,
        "conversation_token": token,
        "turn_id": turn.id,
        "corrections": [message_view(each) for each in corrections],
    }


def _answered(session: Session, turn_id: str) -> dict[str, Any] | None:
    turn = session.get_one(Turn, turn_id)
    answer = session.get(Answer, turn_id)
    if answer is None:
        if turn.state is not TurnState.WITH_PERSON:
            return None
        return _as_json("handed_over", [], turn)
    return {
        **_as_json(answer.outcome, answer.parts, turn),
        "entries": [{"id": each["id"], "score": each.get("score")} for each in answer.entries],
        "sources": answer.sources,
        "as_of": answer.as_of.isoformat(),
    }


def _as_json(outcome: str, parts: list[dict[str, Any]], turn: Turn) -> dict[str, Any]:
    def first(name: str) -> Any:
        return next((part[name] for part in parts if part.get(name)), None)

    return {
        "outcome": outcome,
        "answer": "\n\n".join(part["text"] for part in parts if part["text"]),
        "entries": [],
        "sources": [],
        "tax_period": first("tax_period"),
        "as_of": turn.as_of.isoformat() if turn.as_of else None,
        "clarification": first("clarification"),
        "buttons": [button for part in parts for button in part["buttons"]],
    }


async def get_answer(request: web.Request) -> web.Response:
    """GET /api/v1/answers/{turn_id}?s=…: one answer, for whoever holds its signed link."""
    services, turn_id = request.app[SERVICES], request.match_info["turn_id"]
    request.app[LIMITS].answer_looks.take(address_of(request), now=seconds())
    check_answer_link(turn_id, request.query.get("s", ""), keys=services.keys)
    return json_response(await look(request, lambda session: _signed(session, turn_id)))


def _signed(session: Session, turn_id: str) -> dict[str, Any]:
    turn, answer = session.get(Turn, turn_id), session.get(Answer, turn_id)
    if turn is None or answer is None:
        raise NotFound
    if answer.outcome == "firm_fact":
        raise AnswerPrivate
    return {
        "turn_id": turn_id,
        "question": turn.text,
        "at": answer.created_at.isoformat(),
        "parts": answer.parts,
    }
