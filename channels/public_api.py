"""The public API (公开接口): one question with its answer, and appeals by number and check code."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from appeals.access import Look, access_appeal_by_code, access_appeal_for_staff
from appeals.moves import confirm_appeal, reopen_appeal
from appeals.public import PublicView, public_view
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
from core.audit import visitor_actor
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


class LookForm(Form):
    """The number of an appeal and its check code."""

    number: str = Field(min_length=1, max_length=60)
    check_code: str = Field(min_length=1, max_length=30)


class FeedbackForm(LookForm):
    """What the taxpayer thinks of how an appeal was handled."""

    satisfied: bool
    rating: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=2000)


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


async def appeal_status(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/status: progress, for whoever knows number and check code."""
    request.app[LIMITS].appeal_looks.take(address_of(request), now=seconds())
    form = await read_form(request, LookForm)
    found = await change(request, lambda session: _look_at(request, session, form))
    return json_response(appeal_view(found.granted()))


def _look_at(request: web.Request, session: Session, form: LookForm) -> Look:
    services = request.app[SERVICES]
    return access_appeal_by_code(
        session,
        number=form.number,
        check_code=form.check_code,
        keys=services.keys,
        now=services.clock(),
    )


async def appeal_feedback(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/feedback: satisfied closes the appeal, not satisfied reopens it."""
    request.app[LIMITS].appeal_looks.take(address_of(request), now=seconds())
    form = await read_form(request, FeedbackForm)
    found = await change(request, lambda session: _look_at(request, session, form))
    number = found.granted().number
    return json_response(
        await change(request, lambda session: _take_feedback(request, session, number, form))
    )


def _take_feedback(
    request: web.Request, session: Session, number: str, form: FeedbackForm
) -> dict[str, Any]:
    now = request.app[SERVICES].clock()
    appeal = access_appeal_for_staff(session, number=number)
    if form.satisfied:
        confirm_appeal(
            session,
            appeal=appeal,
            actor=visitor_actor(appeal.identity_key),
            now=now,
            rating=form.rating,
            comment=form.comment,
        )
    else:
        reopen_appeal(
            session,
            appeal=appeal,
            actor=visitor_actor(appeal.identity_key),
            now=now,
            reason=form.comment,
        )
    session.flush()
    return appeal_view(public_view(appeal))


def appeal_view(view: PublicView) -> dict[str, Any]:
    """The public view of an appeal as JSON."""
    plain = asdict(view)
    plain["moves"] = [
        {"at": move.at.isoformat(), "label": move.label, "note": move.note} for move in view.moves
    ]
    for name in ("opened_at", "answered_at", "due_on"):
        plain[name] = plain[name].isoformat() if plain[name] else None
    return plain
