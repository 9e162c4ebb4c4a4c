"""A stand-in for Rasa's process that fails on purpose, and a talk that runs over it.

What an action does is real: the stub calls the project's own action, as Rasa would.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from app.due_handlers import handlers, senders
from app.due_loop import DueLoop
from app.rasa_client import RasaClient
from app.turns import TurnRunner
from app.wiring import Parts
from appeals.kinds import load_kinds
from bot.actions.answer import ActionAnswer
from bot.actions.base import Heard
from bot.services import Services
from consultations.tables import Answer, Conversation, Message, Turn
from consultations.talk import list_messages, open_conversation, receive_turn
from core.database import reading, transaction
from core.due_work import DueWork

Behave = Callable[[dict[str, Any]], Awaitable[web.StreamResponse]]


def says(*messages: dict[str, Any]) -> web.Response:
    """What Rasa's channel answers with."""
    return web.json_response(list(messages))


class StubRasa:
    """Serves Rasa's webhook on loopback; ``behave`` is what it does with a message."""

    def __init__(self) -> None:
        self.behave: Behave = self._silent
        self.heard: list[dict[str, Any]] = []
        app = web.Application()
        app.router.add_post("/webhooks/rest/webhook", self._webhook)
        app.router.add_get("/", self._root)
        self.server = TestServer(app, host="127.0.0.1")

    async def _silent(self, _: dict[str, Any]) -> web.StreamResponse:
        return says()

    async def _root(self, _: web.Request) -> web.StreamResponse:
        return web.Response(text="Hello from Rasa")

    async def _webhook(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.heard.append(body)
        return await self.behave(body)


class TurningClock:
    """A clock that moves by a millisecond at every look, and further on request."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


class StubbedTalk:
    """One talk of the web channel whose turns run over the stub."""

    def __init__(self, parts: Parts, rasa: StubRasa, patience_seconds: float) -> None:
        self.rasa = rasa
        self.client = RasaClient(str(rasa.server.make_url("/")), patience_seconds)
        self.parts = replace(parts, rasa=self.client, turns=self.new_runner(parts))
        self.runner = self.parts.turns
        with transaction(parts.sessions) as session:
            conversation, _ = open_conversation(
                session, channel="web", identity_key="web:visitor-1", now=parts.clock()
            )
            self.id = conversation.id

    def new_runner(self, parts: Parts) -> TurnRunner:
        """A runner as another process would have it."""
        return TurnRunner(
            sessions=parts.sessions,
            clock=parts.clock,
            engine=parts.engine,
            rasa=self.client,
            hub=parts.hub,
            executor=parts.executor,
            region="全国",
            slow_after_seconds=0.1,
        )

    def receive(self, text: str) -> str:
        """Take in what the taxpayer says."""
        with transaction(self.parts.sessions) as session:
            conversation = session.get_one(Conversation, self.id)
            now = self.parts.clock()
            turn, _ = receive_turn(
                session, conversation, text=text, client_message_id=f"{text} {now}", now=now
            )
            return turn.id

    async def act(self, body: dict[str, Any]) -> None:
        """Do what Rasa does when a rule calls action_answer."""
        parts = self.parts
        action = ActionAnswer(
            Services(
                settings=parts.settings,
                sessions=parts.sessions,
                clock=parts.clock,
                keys=parts.keys,
                engine=parts.engine,
                bureau=parts.bureau,
                kinds=load_kinds(),
                executor=parts.action_executor,
            )
        )
        heard = Heard(body["metadata"]["turn_id"], "ask_tax", 0.9, (), {}, None, None)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(parts.action_executor, action.answer_turn, heard)

    def shown(self, turn_id: str) -> list[str]:
        """What the bot showed for a turn."""
        with reading(self.parts.sessions) as session:
            return [
                each.body["text"]
                for each in list_messages(session, self.id, after=0)
                if each.turn_id == turn_id and each.author.value != "taxpayer"
            ]

    def messages(self) -> list[Message]:
        with reading(self.parts.sessions) as session:
            return list_messages(session, self.id, after=0)

    def turn(self, turn_id: str) -> Turn:
        with reading(self.parts.sessions) as session:
            return session.get_one(Turn, turn_id)

    def answer(self, turn_id: str) -> Answer | None:
        with reading(self.parts.sessions) as session:
            return session.get(Answer, turn_id)

    def conversation(self) -> Conversation:
        with reading(self.parts.sessions) as session:
            return session.get_one(Conversation, self.id)

    def open_work(self, kind: str) -> list[DueWork]:
        with reading(self.parts.sessions) as session:
            query = select(DueWork).where(DueWork.kind == kind, DueWork.done_at.is_(None))
            return list(session.scalars(query))

    async def work_off(self) -> int:
        """Do everything that is due now; returns how much was claimed."""
        loop = DueLoop(self.parts, handlers(self.parts, load_kinds()), senders(self.parts, None))
        done = 0
        while claimed := await loop.once():
            done += claimed
        return done
