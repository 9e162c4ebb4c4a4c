"""Sending what the outbox holds for WeChat (微信发件): kind ``deliver.wechat``."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from channels.keys import Services
from channels.wechat_claims import Why
from channels.wechat_client import (
    NOT_AUTHORISED,
    NOT_FOLLOWING,
    OUT_OF_WINDOW,
    QUOTA_USED_UP,
    WechatClient,
    WechatRefused,
    WechatUnreachable,
)
from channels.wechat_parcels import (
    Busy,
    Parcel,
    confirm_sent,
    next_parcel,
    take_back,
    take_back_refused,
)
from channels.wechat_text import Writer
from core.database import in_transaction

logger = logging.getLogger(__name__)
Result = TypeVar("Result")

_PATIENCE_SECONDS = 6
_LOOK_AGAIN_SECONDS = 0.2
_HELD_BECAUSE: dict[int, Why] = {
    OUT_OF_WINDOW: "window_or_quota",
    QUOTA_USED_UP: "window_or_quota",
    NOT_AUTHORISED: "not_authorised",
    NOT_FOLLOWING: "unsubscribed",
}


class StillBusy(Exception):
    """Another process keeps delivering in this talk; due work tries again later."""


class WechatSender:
    """The sender of the due-work kind ``deliver.wechat``.

    A message leaves once, but for one case: if the process dies, or the platform's answer is
    lost, between its sending and the note of it, it is sent again rather than lost.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._client = WechatClient(services)
        self._writer = Writer(
            keys=services.keys, settings=services.settings, bureau=services.bureau
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def deliver(self, payload: dict[str, Any]) -> None:
        """Send what waits in a talk, oldest first; what may not be sent now is held.

        Raises:
            StillBusy: Somebody else delivers in this talk for too long.
            WechatRefused: The platform refused for a reason that may pass.
            WechatUnreachable: The platform did not answer.
        """
        conversation_id = payload["conversation_id"]
        by = asyncio.get_running_loop().time() + _PATIENCE_SECONDS
        while True:
            found = await self._in_transaction(lambda s: self._next(s, conversation_id))
            if found is None:
                return
            if isinstance(found, Parcel):
                if not await self._is_sent(found):
                    return
            elif asyncio.get_running_loop().time() > by:
                raise StillBusy
            else:
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    def _next(self, session: Session, conversation_id: int) -> Parcel | Busy | None:
        return next_parcel(
            session, conversation_id, writer=self._writer, now=self._services.clock()
        )

    async def _is_sent(self, parcel: Parcel) -> bool:
        """Send a parcel; False if the platform takes nothing for this user now."""
        clock = self._services.clock
        try:
            await self._client.send_text(parcel.openid, parcel.text)
        except WechatRefused as error:
            why = _HELD_BECAUSE.get(error.code)
            if why is None:
                await self._in_transaction(lambda s: take_back(s, parcel))
                raise
            logger.warning("WeChat refused a message: %s", why, extra={"errcode": error.code})
            await self._in_transaction(lambda s: take_back_refused(s, parcel, why=why, now=clock()))
            return False
        except WechatUnreachable:
            await self._in_transaction(lambda s: take_back(s, parcel))
            raise
        await self._in_transaction(lambda s: confirm_sent(s, parcel, now=clock()))
        return True

    async def _in_transaction(self, work: Callable[[Session], Result]) -> Result:
        services = self._services
        return await asyncio.get_running_loop().run_in_executor(
            services.executor, lambda: in_transaction(services.sessions, work)
        )
