"""A follower of the account: what they send and see, and the account's server behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from answers.engine import Engine
from answers.parts import Part, Reply
from app.rasa_client import RasaClient
from app.turns import TurnRunner
from channels.wechat_sender import WechatSender
from consultations.tables import Conversation, Message
from consultations.talk import record_answer
from core.bureau import read_bureau
from core.clock import china_date, utc_now
from core.database import Sessions, reading, transaction
from core.due_work import DueWork, LeaseLost, claim_work, finish_work
from core.hub import Hub
from core.secrets import Keys
from core.settings import Settings
from knowledge_base.library import Library
from tests.wechat_platform import WechatPlatform

USER = "oTestUser_0123456789abcdefgh"


class SlowRasa:
    """Answers over HTTP as Rasa does, after ``delay`` seconds; keeps what it was asked."""

    def __init__(self) -> None:
        self.delay = 0.0
        self.asked: list[str] = []
        self.url = ""
        self.act: Callable[[str], bool] = lambda turn_id: False

    def make_app(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.post("/webhooks/rest/webhook", self._answer)])
        return app

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        said = body["message"]
        self.asked.append(said)
        await asyncio.sleep(self.delay)
        if self.act(body["metadata"]["turn_id"]):
            return web.json_response([])
        return web.json_response([{"recipient_id": "x", "text": answer_to(said)}])


def answer_to(question: str) -> str:
    return f"关于“{question}”的答复"


class Services:
    """The services of the door, wired as the app wires them; its clock can be put forward."""

    def __init__(self, sessions: Sessions, settings: Settings, rasa_url: str) -> None:
        self.settings = settings
        self.sessions = sessions
        self.ahead = timedelta(0)
        self.keys = Keys("the root key of these tests, long enough")
        self.operator_token = "operator token of these tests"
        self.bureau = read_bureau()
        self.hub = Hub()
        self.executor = ThreadPoolExecutor(8)
        self.rasa = RasaClient(rasa_url, 12)
        self.turns = TurnRunner(
            sessions=sessions,
            clock=self.clock,
            engine=Engine(Library(sessions)),
            rasa=self.rasa,
            hub=self.hub,
            executor=self.executor,
            region=self.bureau.region,
        )

    def clock(self) -> datetime:
        return utc_now() + self.ahead

    def is_degraded(self) -> bool:
        return False

    def staff_name(self, session: Any, staff_login: str) -> str | None:
        return None

    def forget_talks(self, talk_ids: list[str]) -> None:
        return None


class Account:
    """The account's server with everything around it, and the user's own telephone."""

    def __init__(self, services: Services, platform: WechatPlatform, rasa: SlowRasa) -> None:
        self.services = services
        self.platform = platform
        self.rasa = rasa
        self.sender = WechatSender(services)
        #: What the action that Rasa calls answers the next turn with, instead of Rasa itself.
        self.next_answer: tuple[Part, ...] = ()
        rasa.act = self._act

    async def say(self, text: str) -> str | None:
        return await self.platform.say(USER, text)

    def _act(self, turn_id: str) -> bool:
        parts, self.next_answer = self.next_answer, ()
        if not parts:
            return False
        now = self.services.clock()
        with transaction(self.services.sessions) as session:
            reply = Reply(outcome="answered", parts=parts, as_of=china_date(now))
            record_answer(session, turn_id, reply, now=now)
        return True

    async def agree(self) -> None:
        """Follow the account and consent, which every talk begins with."""
        await self.platform.event(USER, "subscribe")
        await self.say("1")
        self.platform.shown[USER].clear()

    @property
    def shown(self) -> list[str]:
        return self.platform.shown[USER]

    def put_forward(self, by: timedelta) -> None:
        self.services.ahead += by
        self.platform.ahead += by.total_seconds()

    async def send_due(self) -> int:
        """Do what the due-work loop does for this door, once."""
        work = self.due()
        await asyncio.gather(*(self.sender.deliver(each.payload) for each in work))
        with transaction(self.services.sessions) as session:
            for each in work:
                with suppress(LeaseLost):  # called off, as nothing was left to deliver
                    finish_work(session, each.id, tries=each.tries, now=self.services.clock())
        return len(work)

    def due(self) -> list[DueWork]:
        with transaction(self.services.sessions) as session:
            return claim_work(
                session,
                kinds=["deliver.wechat"],
                now=self.services.clock(),
                lease=timedelta(seconds=60),
            )

    def messages(self) -> list[Message]:
        with reading(self.services.sessions) as session:
            return list(session.query(Message).order_by(Message.id))

    def conversation(self) -> Conversation:
        with reading(self.services.sessions) as session:
            return session.query(Conversation).one()
