"""Calling the WeChat platform (微信接口): access token and customer-service messages (客服消息)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
from sqlalchemy.orm import Session

from channels.keys import Services
from channels.wechat_tokens import TokenState, end_lease, store_token, token_state
from core.database import in_transaction

Result = TypeVar("Result")

#: Invalid, wrong or expired access token: a new one helps.
BAD_TOKEN = frozenset({40001, 40014, 42001})
OUT_OF_WINDOW = 45015
QUOTA_USED_UP = 45047
NOT_AUTHORISED = 48001
NOT_FOLLOWING = 43004
_SECONDS = 8
_WAIT_SECONDS = 10


class WechatRefused(Exception):
    """The platform answered with an error code; never shown to people."""

    def __init__(self, code: int) -> None:
        super().__init__(f"errcode {code}")
        self.code = code


class WechatUnreachable(Exception):
    """The platform did not answer, or not in its form; never shown to people."""


class WechatClient:
    """One client for the process; the connection is opened at the first call.

    Error messages name no address: the access token is part of it.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._app_id = services.settings.wechat_app_id
        self._base = services.settings.wechat_api_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def send_text(self, openid: str, text: str) -> None:
        """Send a text by customer-service message.

        Raises:
            WechatRefused: The platform will not send it; the code says why.
            WechatUnreachable: It is not known whether it was sent.
        """
        body = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        token = await self.access_token()
        code = await self._send(token, body)
        if code in BAD_TOKEN:
            code = await self._send(await self.access_token(refused=token), body)
        if code:
            raise WechatRefused(code)

    async def access_token(self, *, refused: str | None = None) -> str:
        """The account's token; of all processes one fetches it, the others wait for that.

        Args:
            refused: A token that the platform did not accept; another one is wanted.

        Raises:
            WechatRefused: The platform gives none; the code says why.
            WechatUnreachable: The platform, or the process that fetches, does not answer.
        """
        by = asyncio.get_running_loop().time() + _WAIT_SECONDS
        while True:
            state = await self._in_transaction(lambda session: self._look(session, refused))
            if state.step == "use":
                return state.token
            if state.step == "fetch":
                return await self._fetch(force=refused is not None)
            if asyncio.get_running_loop().time() > by:
                raise WechatUnreachable("no access token")
            await asyncio.sleep(0.1)

    def _look(self, session: Session, refused: str | None) -> TokenState:
        services = self._services
        return token_state(
            session, self._app_id, refused=refused, keys=services.keys, now=services.clock()
        )

    async def _fetch(self, *, force: bool) -> str:
        request = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._services.settings.wechat_app_secret,
            "force_refresh": force,
        }
        try:
            answer = await self._post("/cgi-bin/stable_token", request)
            if answer.get("errcode"):
                raise WechatRefused(int(answer["errcode"]))
            token, seconds = str(answer["access_token"]), int(answer["expires_in"])
        except (KeyError, ValueError) as error:
            await self._in_transaction(lambda session: end_lease(session, self._app_id))
            raise WechatUnreachable("no access token in the answer") from error
        except (WechatRefused, WechatUnreachable):
            await self._in_transaction(lambda session: end_lease(session, self._app_id))
            raise
        await self._in_transaction(lambda session: self._store(session, token, seconds))
        return token

    def _store(self, session: Session, token: str, seconds: int) -> None:
        store_token(
            session,
            self._app_id,
            token,
            lasts=timedelta(seconds=seconds),
            keys=self._services.keys,
            now=self._services.clock(),
        )

    async def _send(self, token: str, body: dict[str, Any]) -> int:
        answer = await self._post("/cgi-bin/message/custom/send", body, access_token=token)
        try:
            return int(answer["errcode"])
        except (KeyError, ValueError, TypeError) as error:
            raise WechatUnreachable("no errcode in the answer") from error

    async def _post(self, path: str, body: dict[str, Any], **query: str) -> dict[str, Any]:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS))
        # The platform shows \uXXXX escapes as they are, so the text goes out as UTF-8.
        data = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        try:
            async with self._session.post(
                self._base + path, params=query, data=data, headers=headers
            ) as response:
                answer = json.loads(await response.read())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise WechatUnreachable(type(error).__name__) from None
        if not isinstance(answer, dict):
            raise WechatUnreachable("no JSON object")
        return answer

    async def _in_transaction(self, work: Callable[[Session], Result]) -> Result:
        services = self._services
        return await asyncio.get_running_loop().run_in_executor(
            services.executor, lambda: in_transaction(services.sessions, work)
        )
