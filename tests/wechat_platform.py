"""Plays the WeChat platform for one official account, after its published rules.

It encrypts in secure mode with wechatpy (not with our own code), hangs up after five seconds and
sends the same message up to three times, shows the user a fixed sentence if nobody answered,
gives access tokens, and refuses customer-service messages beyond what a user's doings allow.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree

import aiohttp
from aiohttp import web
from wechatpy.crypto import WeChatCrypto
from wechatpy.utils import WeChatSigner

from core.settings import Settings

APP_ID, APP_SECRET = "wx1234567890abcdef", "the secret of the test account"
TOKEN, ACCOUNT = "TestToken2026", "gh_1234567890ab"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OTHER_AES_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcbA"
NO_SERVICE = "该公众号暂时无法提供服务，请稍后再试"
HANGS_UP_AFTER = 5.0
MOST_TRIES = 3


@dataclass
class _Allowance:
    """What a user's last doing of one kind allows."""

    until: float
    left: int


@dataclass
class Call:
    """One call of the account's server, ready to be sent."""

    params: dict[str, str]
    body: str


@dataclass
class WechatPlatform:
    """The platform's side of one account."""

    urls: Sequence[str] = ()
    aes_key: str = AES_KEY
    #: How many answers to a user's calls are lost on the way, from now on.
    answers_to_lose: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    may_send: bool = True  # whether the account is verified for customer-service messages
    ahead: float = 0  # seconds by which the platform's clock is ahead
    token_lasts: int = 7200
    shown: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    sent: list[tuple[str, str]] = field(default_factory=list)  # customer-service messages
    tokens_given: int = 0
    refusals: list[int] = field(default_factory=list)
    calls: int = 0
    _allowances: dict[str, dict[str, _Allowance]] = field(default_factory=lambda: defaultdict(dict))
    _tokens: dict[str, float] = field(default_factory=dict)
    _current: str = ""
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(24_000_000_000))

    def settings(self, **changes: object) -> Settings:
        """The settings of the account's server."""
        values: dict[str, object] = {
            "wechat_token": TOKEN,
            "wechat_app_id": APP_ID,
            "wechat_app_secret": APP_SECRET,
            "wechat_aes_key": AES_KEY,
        }
        return Settings(**(values | changes))

    def now(self) -> float:
        return time.time() + self.ahead

    # What users do

    async def say(self, openid: str, text: str) -> str | None:
        """A user types something; returns what appears at once."""
        return await self.message(openid, MsgType="text", Content=text)

    async def message(self, openid: str, **fields: str) -> str | None:
        self._allow(openid, "spoke", 48 * 3600, 5)
        return await self.hand_over(openid, {**fields, "MsgId": str(next(self._ids))})

    async def event(self, openid: str, event: str, key: str = "") -> str | None:
        """A user follows, unfollows, clicks or scans."""
        if event in ("subscribe", "CLICK", "SCAN"):
            self._allow(openid, "clicked", 60, 3)
        if event == "unsubscribe":
            self._allowances.pop(openid, None)
        fields = {"MsgType": "event", "Event": event, "EventKey": key}
        return await self.hand_over(openid, fields)

    def _allow(self, openid: str, doing: str, seconds: float, messages: int) -> None:
        self._allowances[openid][doing] = _Allowance(self.now() + seconds, messages)

    # How the platform calls the account's server

    async def hand_over(self, openid: str, fields: dict[str, str]) -> str | None:
        """Call up to three times; returns the text shown to the user, if any."""
        fields = {
            "ToUserName": ACCOUNT,
            "FromUserName": openid,
            "CreateTime": str(int(self.now())),
            **fields,
        }
        for attempt in range(MOST_TRIES):
            url = self.urls[(self.calls + attempt) % len(self.urls)]
            status, body = await self.call_once(url, self.sealed(as_xml(fields)))
            if self.answers_to_lose[openid] > 0:
                self.answers_to_lose[openid] -= 1
                continue
            if body is not None and status == 200:
                self.calls += 1
                return self._show(openid, body)
        self.calls += 1
        self.shown[openid].append(NO_SERVICE)
        return NO_SERVICE

    async def call_once(self, url: str, call: Call) -> tuple[int, str | None]:
        """Call once; the body is None if the line was cut."""
        timeout = aiohttp.ClientTimeout(total=HANGS_UP_AFTER)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.post(url, params=call.params, data=call.body.encode()) as response,
            ):
                return response.status, await response.text()
        except (aiohttp.ClientError, TimeoutError):
            return 0, None

    def sealed(self, xml: str, *, app_id: str = APP_ID, at: float | None = None) -> Call:
        """Encrypt and sign as in secure mode; the outer XML names the account alone."""
        timestamp, nonce = str(int(at or time.time())), secrets.token_hex(5)
        crypto = WeChatCrypto(TOKEN, self.aes_key, app_id)
        wrapped = ElementTree.fromstring(crypto.encrypt_message(xml, nonce, timestamp))
        encrypted = wrapped.findtext("Encrypt") or ""
        params = {
            "signature": sign(TOKEN, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            "encrypt_type": "aes",
            "msg_signature": wrapped.findtext("MsgSignature") or "",
        }
        body = (
            f"<xml><ToUserName><![CDATA[{ACCOUNT}]]></ToUserName>"
            f"<Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        )
        return Call(params, body)

    def read_reply(self, body: str) -> dict[str, str] | None:
        """Decrypt a passive reply and check its form; None for ``success``."""
        if body in ("success", ""):
            return None
        outer = {each.tag: each.text or "" for each in ElementTree.fromstring(body)}
        crypto = WeChatCrypto(TOKEN, self.aes_key, APP_ID)
        xml = crypto.decrypt_message(
            body, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"]
        )
        reply = {each.tag: each.text or "" for each in ElementTree.fromstring(xml)}
        assert reply["FromUserName"] == ACCOUNT
        assert reply["MsgType"] == "text"
        assert len(reply["Content"].encode()) <= 2048
        return reply

    def _show(self, openid: str, body: str) -> str | None:
        reply = self.read_reply(body)
        if reply is None:
            return None
        assert reply["ToUserName"] == openid
        self.shown[openid].append(reply["Content"])
        return reply["Content"]

    # What the account's server calls

    def make_app(self) -> web.Application:
        app = web.Application()
        app.add_routes(
            [
                web.post("/cgi-bin/stable_token", self._give_token),
                web.post("/cgi-bin/message/custom/send", self._take_message),
            ]
        )
        return app

    def expire_token(self) -> None:
        """The present token is no longer accepted, e.g. because the secret was reset."""
        self._tokens.clear()

    async def _give_token(self, request: web.Request) -> web.Response:
        asked = await request.json()
        if (asked["appid"], asked["secret"]) != (APP_ID, APP_SECRET):
            return web.json_response({"errcode": 40125, "errmsg": "invalid appsecret"})
        await asyncio.sleep(0.05)  # long enough for two to ask at the same time
        left = self._tokens.get(self._current, 0) - self.now()
        if asked["force_refresh"] or left < 300:
            if self._current in self._tokens:
                self._tokens[self._current] = min(self._tokens[self._current], self.now() + 300)
            self._current = secrets.token_hex(16)
            self._tokens[self._current] = self.now() + self.token_lasts
            self.tokens_given += 1
        left = int(self._tokens[self._current] - self.now())
        return web.json_response({"access_token": self._current, "expires_in": left})

    async def _take_message(self, request: web.Request) -> web.Response:
        if self._tokens.get(request.query.get("access_token", ""), 0) < self.now():
            return self._refuse(40001)
        message = await request.json()
        openid, text = message["touser"], message["text"]["content"]
        if not self.may_send:
            return self._refuse(48001)
        if len(text.encode()) > 2048:
            return self._refuse(45002)
        allowances = self._allowances[openid].values()
        is_open = [each for each in allowances if each.until > self.now()]
        if not is_open:
            return self._refuse(45015)
        usable = [each for each in is_open if each.left > 0]
        if not usable:
            return self._refuse(45047)
        min(usable, key=lambda each: each.until).left -= 1
        self.sent.append((openid, text))
        self.shown[openid].append(text)
        return web.json_response({"errcode": 0, "errmsg": "ok"})

    def _refuse(self, code: int) -> web.Response:
        self.refusals.append(code)
        return web.json_response({"errcode": code, "errmsg": "refused"})


def sign(*parts: str) -> str:
    """A signature as the platform makes it."""
    signer = WeChatSigner()
    signer.add_data(*parts)
    return signer.signature


def as_xml(fields: dict[str, str]) -> str:
    """A message as the platform writes it."""
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>"


async def until(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something holds; fail if it does not in time."""
    by = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < by, "it did not happen in time"
        await asyncio.sleep(0.05)
