"""The loopback listener (内部入口): actions for Rasa, the operator's API, metrics.

It listens on 127.0.0.1 alone and is an application of its own: no route of it exists on the
public listener.
"""

from __future__ import annotations

import asyncio
import hmac
import time
import uuid
from datetime import date
from typing import Any

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, Histogram, generate_latest

from app.rasa_keeper import RasaKeeper
from app.wiring import Parts
from bot.action_server import ActionServer
from consultations.tables import Answer
from consultations.talk import access_conversation, open_conversation, receive_turn
from core.database import reading, transaction
from core.errors import InvalidInput, NotAllowed, ServiceError
from core.messages import sentence_for

PARTS = web.AppKey("PARTS", Parts)
ACTIONS = web.AppKey("ACTIONS", ActionServer)

ANSWER_SECONDS = Histogram(
    "runmiao_answer_seconds",
    "From the receipt of a turn to its stored answer",
    ["outcome"],
    buckets=(0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
RASA_READY = Gauge("runmiao_rasa_ready", "1 while Rasa answers")
RASA_RESTARTS = Gauge("runmiao_rasa_restarts", "How often Rasa was started again")
DUE_WAITING = Gauge("runmiao_due_work_overdue", "Due work that waits for more than a minute")


def make_inner_app(parts: Parts, actions: ActionServer) -> web.Application:
    """The application of the loopback listener."""
    app = web.Application(client_max_size=4 * 1024 * 1024, middlewares=[_explain])
    app[PARTS], app[ACTIONS] = parts, actions
    app.add_routes(
        [
            web.post("/webhook", run_action),
            web.get("/health", health),
            web.post("/operator/ask", operator_ask),
            web.get("/metrics", metrics),
        ]
    )
    return app


def watch(*, rasa_ready: bool, keeper: RasaKeeper | None, waiting: int) -> None:
    """Bring the gauges up to date."""
    DUE_WAITING.set(waiting)
    RASA_READY.set(int(rasa_ready))
    if keeper is not None:
        RASA_RESTARTS.set(keeper.restarts)


@web.middleware
async def _explain(request: web.Request, handler: Any) -> web.StreamResponse:
    try:
        return await handler(request)
    except ServiceError as error:
        body = {"code": error.code, "message": sentence_for(error)}
        return web.json_response({"error": body}, status=error.status)


async def run_action(request: web.Request) -> web.Response:
    """Run the action that Rasa asks for."""
    status, body = await request.app[ACTIONS].run(await request.json())
    return web.json_response(body, status=status)


async def health(_: web.Request) -> web.Response:
    """Rasa's health check of its action server."""
    return web.json_response({"status": "ok"})


async def metrics(_: web.Request) -> web.Response:
    """Prometheus metrics."""
    return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})


async def operator_ask(request: web.Request) -> web.Response:
    """One question on the evaluation channel; kept out of reports and proposals."""
    parts = request.app[PARTS]
    body = await request.json()
    text = body.get("text")
    if not isinstance(text, str):
        raise InvalidInput(reason="text 要写问题")
    as_of = _day(body.get("as_of"))
    identity = "evaluation:shared"
    if uscc := body.get("enterprise"):
        _check_operator(request, parts)
        identity = f"evaluation:{uscc}"
    started = time.perf_counter()
    loop = asyncio.get_running_loop()
    turn_id, token = await loop.run_in_executor(
        parts.executor,
        lambda: _receive(parts, text, as_of, identity, body.get("conversation_token")),
    )
    await parts.turns.submit(turn_id)
    millis = round((time.perf_counter() - started) * 1000, 1)
    told = await loop.run_in_executor(parts.executor, lambda: answer_json(parts, turn_id))
    ANSWER_SECONDS.labels(told["outcome"]).observe(millis / 1000)
    return web.json_response({**told, "conversation_token": token, "millis": millis})


def _check_operator(request: web.Request, parts: Parts) -> None:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given, parts.operator_token):
        raise NotAllowed


def _day(raw: Any) -> date | None:
    if raw is None:
        return None
    try:
        return date.fromisoformat(raw)
    except (TypeError, ValueError) as error:
        raise InvalidInput(reason="as_of 要写成 2026-01-31 的形式") from error


def _receive(
    parts: Parts, text: str, as_of: date | None, identity: str, token: str | None
) -> tuple[str, str]:
    with transaction(parts.sessions) as session:
        now = parts.clock()
        if token is None:
            conversation, token = open_conversation(
                session, channel="evaluation", identity_key=identity, now=now
            )
        else:
            conversation = access_conversation(session, token)
        turn, _ = receive_turn(
            session,
            conversation,
            text=text,
            client_message_id=uuid.uuid4().hex,
            now=now,
            as_of=as_of,
        )
        return turn.id, token


def answer_json(parts: Parts, turn_id: str) -> dict[str, Any]:
    """The stored answer of a turn in the form that commands and the public API return."""
    with reading(parts.sessions) as session:
        answer = session.get_one(Answer, turn_id)
        shown = next(
            (part for part in answer.parts if part.get("kind") == "answer"), answer.parts[0]
        )
        return {
            "turn_id": turn_id,
            "outcome": answer.outcome,
            "answer": "\n\n".join(part["text"] for part in answer.parts),
            "entries": answer.entries,
            "sources": answer.sources,
            "tax_period": shown.get("tax_period"),
            "as_of": answer.as_of.isoformat(),
            "clarification": shown.get("clarification"),
            "buttons": shown.get("buttons", []),
            "act": answer.act,
            "act_probability": answer.act_probability,
        }
