"""Talking to Rasa over loopback (与 Rasa 通信)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import aiohttp

WATCH_EVERY_SECONDS = 2.0
#: What reading an answer of another shape raises.
_MALFORMED = (ValueError, TypeError, KeyError, AttributeError)


class RasaUnavailable(Exception):
    """Rasa did not answer in time, not at all, or nonsense; never shown to people."""


@dataclass(frozen=True)
class Said:
    """One thing Rasa said: a sentence with buttons, or what an action handed through."""

    text: str | None
    buttons: tuple[tuple[str, str], ...]
    custom: dict[str, Any] | None


class RasaClient:
    """One client for the process; the session is opened at the first call.

    ``ready`` is what the last :meth:`is_ready` found.
    """

    def __init__(self, url: str, timeout_seconds: float) -> None:
        self._url = url.rstrip("/")
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None
        self.ready = False

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def talk(self, *, talk_id: str, text: str, metadata: dict[str, Any]) -> list[Said]:
        """Let Rasa take a turn.

        A leading slash would be a command to Rasa, so it is never passed on as typed.

        Raises:
            RasaUnavailable: No answer that can be read within the time allowed.
        """
        body = {"sender": talk_id, "message": text.lstrip("/／ ") or "？", "metadata": metadata}
        try:
            async with self._open().post(
                f"{self._url}/webhooks/rest/webhook", json=body
            ) as response:
                if response.status != 200:
                    raise RasaUnavailable(f"status {response.status}")
                return [_said(each) for each in await response.json()]
        except (aiohttp.ClientError, TimeoutError, *_MALFORMED) as error:
            raise RasaUnavailable(repr(error)) from error

    async def is_ready(self) -> bool:
        """Tell whether a model is loaded and the server answers."""
        try:
            async with self._open().get(
                f"{self._url}/", timeout=aiohttp.ClientTimeout(total=2)
            ) as response:
                self.ready = response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            self.ready = False
        return self.ready

    async def watch(self) -> None:
        """Keep ``ready`` up to date until cancelled, where another process keeps Rasa."""
        while True:
            await self.is_ready()
            await asyncio.sleep(WATCH_EVERY_SECONDS)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session


def _said(message: dict[str, Any]) -> Said:
    text, custom = message.get("text"), message.get("custom")
    if not isinstance(text, str | None):
        raise TypeError("a sentence that is no text")
    buttons = tuple(
        (str(each["title"]), str(each["payload"])) for each in message.get("buttons") or ()
    )
    return Said(text, buttons, custom)
