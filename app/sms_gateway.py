"""Handing one-time codes to the bureau's SMS gateway (短信网关): kind ``deliver.sms``."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from core.clock import Clock
from core.secrets import Keys
from core.settings import Settings

logger = logging.getLogger(__name__)
_SECONDS = 10


class SmsNotTaken(Exception):
    """The gateway did not take the code over; due work tries again. Never shown to people."""


class SmsGateway:
    """The sender of the due-work kind ``deliver.sms``.

    Phone and code are readable in memory only, while the gateway is called. A code is sent again
    if the gateway's answer was lost, and never once it has expired.
    """

    def __init__(self, settings: Settings, keys: Keys, clock: Clock) -> None:
        self._url = settings.sms_gateway_url
        self._headers = {"Authorization": f"Bearer {settings.sms_gateway_token}"}
        self._keys = keys
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def deliver(self, payload: dict[str, Any]) -> None:
        """Hand over one code; one that has expired is dropped.

        Raises:
            SmsNotTaken: The gateway refused it, or did not answer.
        """
        left = datetime.fromisoformat(payload["expires_at"]) - self._clock()
        if left <= timedelta():
            logger.warning("a one-time code expired before the SMS gateway took it")
            return
        await self._post(
            {
                "phone": self._keys.unseal(payload["phone_sealed"]),
                "code": self._keys.unseal(payload["code_sealed"]),
                "minutes": -(-left // timedelta(minutes=1)),
            }
        )

    async def _post(self, body: dict[str, Any]) -> None:
        try:
            async with self._open().post(
                self._url, json=body, headers=self._headers, allow_redirects=False
            ) as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SmsNotTaken(type(error).__name__) from error
        if not 200 <= status < 300:
            raise SmsNotTaken(f"status {status}")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            timeout = aiohttp.ClientTimeout(total=_SECONDS)
            self._session = aiohttp.ClientSession(timeout=timeout)
        return self._session
