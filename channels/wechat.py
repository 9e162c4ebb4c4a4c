"""The WeChat door (微信公众号入口): verified calls in, passive replies out, each decided once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from channels.keys import SERVICES, Services
from channels.wechat_crypto import Envelope, ForgedCall, Opened, Signed
from channels.wechat_inbox import Inbox, Taken
from channels.wechat_passive import Settled, settle
from channels.wechat_tables import WechatReceipt
from channels.wechat_text import Writer
from channels.wechat_words import say
from channels.wechat_xml import Incoming, UnreadableXml, read_incoming, write_text_reply
from consultations.tables import Turn, TurnState
from core.clock import utc_now
from core.database import in_transaction, reading

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

PATH = "/wechat"
MOST_BYTES = 64 * 1024
#: The platform hangs up after 5 seconds.
PASSIVE_SECONDS = 4.0
_LOOK_AGAIN_SECONDS = 0.2


class WechatDoor:
    """Answers the platform's calls."""

    def __init__(self, services: Services) -> None:
        settings = services.settings
        self._services = services
        self._envelope = Envelope(
            token=settings.wechat_token,
            app_id=settings.wechat_app_id,
            aes_key=settings.wechat_aes_key,
            previous_aes_key=settings.wechat_previous_aes_key,
        )
        self._writer = Writer(keys=services.keys, settings=settings, bureau=services.bureau)
        self._inbox = Inbox(services, self._writer, PASSIVE_SECONDS)

    async def verify(self, request: web.Request) -> web.Response:
        """GET: the platform makes sure that the address is ours."""
        try:
            self._envelope.check_address(_signed(request, "signature"), now=utc_now())
        except ForgedCall:
            return web.Response(status=403)
        return web.Response(text=request.query.get("echostr", "")[:200])

    async def receive(self, request: web.Request) -> web.Response:
        """POST: one message or event, perhaps for the second or third time."""
        by = asyncio.get_running_loop().time() + PASSIVE_SECONDS
        if request.content_length is None or request.content_length > MOST_BYTES:
            return web.Response(status=413)
        body = await request.read()
        try:
            opened = self._envelope.open(body, _signed(request, "msg_signature"), now=utc_now())
            incoming = read_incoming(opened.xml)
        except ForgedCall:
            logger.warning("a WeChat call was refused: forged, replayed or for another account")
            return web.Response(status=403)
        except UnreadableXml as error:
            logger.warning("a WeChat message cannot be read: %s", error.details)
            return web.Response(status=400)
        try:
            reply = await self._answer(incoming, by)
        except SQLAlchemyError:
            logger.exception("the database failed during a WeChat call")
            reply = say("unavailable", hotline=self._services.bureau.hotline)
        return self._sealed(reply, incoming, opened)

    async def _answer(self, incoming: Incoming, by: float) -> str | None:
        taken = await self._off_loop(self._take_in(incoming))
        running: asyncio.Task[None] | None = None
        if taken.new_turn_id is not None:
            topic = f"conversation:{taken.conversation_id}"
            self._services.hub.tell(topic, "message", id=taken.message_id)
            self._services.hub.tell("desk", "conversation", id=taken.conversation_id)
            running = self._services.turns.submit(taken.new_turn_id)
        try:
            return (await self._settled(taken.key, running, by)).reply
        except SQLAlchemyError:
            # It is taken in, so the outbox answers; a retry may still get the reply.
            logger.exception("a WeChat call could not be settled")
            return None

    async def _settled(self, key: str, running: asyncio.Task[None] | None, by: float) -> Settled:
        """Wait for the answer, here or in another process, and decide the reply."""
        loop = asyncio.get_running_loop()
        while True:
            left = by - loop.time()
            if left <= 0 or await self._off_loop(partial(self._is_ripe, key)):
                settled = await self._off_loop(partial(self._settle, key, final=left <= 0))
                if settled is not None:
                    return settled
            pause = min(_LOOK_AGAIN_SECONDS, max(left, 0))
            if running is None:
                await asyncio.sleep(pause)
            else:
                done, _ = await asyncio.wait({running}, timeout=max(left, 0))
                running = None if done else running

    def _take_in(self, incoming: Incoming) -> Callable[[], Taken]:
        seconds = asyncio.get_running_loop().time()

        def work(session: Session) -> Taken:
            now = self._services.clock()
            return self._inbox.take_in(session, incoming, now=now, seconds=seconds)

        return lambda: in_transaction(self._services.sessions, work)

    def _is_ripe(self, key: str) -> bool:
        """Tell, without taking the write lock, whether a decision may be possible."""
        with reading(self._services.sessions) as session:
            receipt = session.get(WechatReceipt, key)
            if receipt is None or receipt.settled_at is not None or receipt.turn_id is None:
                return True
            turn = session.get(Turn, receipt.turn_id)
            return turn is None or turn.state is not TurnState.WAITING

    def _settle(self, key: str, *, final: bool) -> Settled | None:
        return in_transaction(
            self._services.sessions,
            lambda session: settle(
                session, key, writer=self._writer, now=self._services.clock(), final=final
            ),
        )

    def _sealed(self, reply: str | None, incoming: Incoming, opened: Opened) -> web.Response:
        if reply is None:
            return web.Response(text="success")
        now = utc_now()
        xml = write_text_reply(reply, openid=incoming.openid, account=incoming.account, now=now)
        return web.Response(
            body=self._envelope.seal(xml, key=opened.key, now=now),
            content_type="application/xml",
        )

    async def _off_loop(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._services.executor, work)


def _signed(request: web.Request, name: str) -> Signed:
    query = request.query
    return Signed(query.get(name, ""), query.get("timestamp", ""), query.get("nonce", ""))


def add_wechat_routes(app: web.Application) -> None:
    """Open the door, if the account is set up; ``app[SERVICES]`` must be filled in before.

    Raises:
        BadSetting: The account's settings are incomplete or have the wrong form.
    """
    services = app[SERVICES]
    if not services.settings.wechat_token:
        return
    door = WechatDoor(services)
    app.add_routes([web.get(PATH, door.verify), web.post(PATH, door.receive)])
