"""One taxpayer's talk over the public web API, as the page holds it: turns out, events in."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import aiohttp

API = "/api/v1"
HEADER = "X-RunMiao-Conversation"
ANSWER_WITHIN_SECONDS = 60


class WebTalk:
    """A conversation with its event stream open; notes every bubble it is shown."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._headers: dict[str, str] = {}
        self._reader: asyncio.Task[None] | None = None
        self._first: dict[str, asyncio.Future[float]] = {}
        self._done: dict[str, asyncio.Future[float]] = {}
        #: Ids of the bubbles that came, in the order they came.
        self.shown: list[int] = []

    async def open(self) -> None:
        """Open the talk, agree, and listen."""
        async with self._session.post(f"{self._url}{API}/conversations", json={}) as response:
            response.raise_for_status()
            token = (await response.json())["conversation_token"]
        self._headers = {HEADER: token}
        await self._post("/consent", {"agreed": True})
        self._reader = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Stop listening."""
        if self._reader is not None:
            self._reader.cancel()
            with suppress(asyncio.CancelledError):
                await self._reader

    async def ask(self, text: str) -> float:
        """Say something and wait until its turn is done.

        Returns:
            Milliseconds from the first byte sent to the first bubble of the answer.
        """
        started = time.perf_counter()
        told = await self._post("/turns", {"text": text, "client_message_id": str(uuid.uuid4())})
        turn_id = told["turn_id"]
        async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
            first = await self._future(self._first, turn_id)
            await self._future(self._done, turn_id)
        return (first - started) * 1000

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{self._url}{API}/conversation{path}"
        async with self._session.post(url, json=body, headers=self._headers) as response:
            response.raise_for_status()
            return await response.json()

    async def _listen(self) -> None:
        url = f"{self._url}{API}/conversation/events"
        async with self._session.get(
            url, headers=self._headers, timeout=aiohttp.ClientTimeout(total=None)
        ) as response:
            response.raise_for_status()
            async for name, data in _events(response.content):
                self._note(name, data)

    def _note(self, name: str, data: dict[str, Any]) -> None:
        now = time.perf_counter()
        if name == "message":
            self.shown.append(data["id"])
            if data["author"] == "bot" and data["turn_id"]:
                _settle(self._future(self._first, data["turn_id"]), now)
        elif name == "status" and data["stage"] == "done":
            _settle(self._future(self._done, data["turn_id"]), now)

    @staticmethod
    def _future(kept: dict[str, asyncio.Future[float]], turn_id: str) -> asyncio.Future[float]:
        if turn_id not in kept:
            kept[turn_id] = asyncio.get_running_loop().create_future()
        return kept[turn_id]


def _settle(future: asyncio.Future[float], moment: float) -> None:
    if not future.done():
        future.set_result(moment)


async def _events(content: aiohttp.StreamReader) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    name, data = "", ""
    async for raw in content:
        line = raw.decode().rstrip("\n")
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            data = line.removeprefix("data: ")
        elif not line and data:
            yield name, json.loads(data)
            name, data = "", ""
