"""An embedding endpoint on loopback for tests: vectors that repeat, and every way to fail."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Mapping, Sequence
from threading import Thread
from typing import Any

import numpy as np
from aiohttp import web

DIMENSIONS = 128
#: What the model takes for one and the same, though no character is shared.
SYNONYMS = {"铁公鸡": "发票", "喝茶": "税务稽查"}


def vector_of(
    text: str, dimensions: int = DIMENSIONS, synonyms: Mapping[str, str] = SYNONYMS
) -> list[float]:
    """Hashed characters and pairs of a text, with what is planted as synonyms."""
    for said, meant in synonyms.items():
        text = text.replace(said, meant)
    found = np.zeros(dimensions)
    units = [*text, *(text[at : at + 2] for at in range(len(text) - 1))] or ["_"]
    for unit in units:
        place = zlib.crc32(unit.encode())
        found[place % dimensions] += 1 if place & 0x10000 else -1
    found[0] += 0.01  # or a text could cancel itself out
    return [float(each) for each in found]


class EmbeddingEndpointStub:
    """Answers as the documented interface does, or fails as ``fault`` says.

    Attributes:
        fault: How it fails until told otherwise; None where it works.
        faults: How it fails for the next calls, one after the other.
        asked: The bodies of all calls.
        headers: The headers of the last call.
    """

    def __init__(self) -> None:
        self.fault: str | None = None
        self.faults: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.headers: Mapping[str, str] = {}
        self.elsewhere = 0
        self.dimensions = DIMENSIONS
        self.synonyms: Mapping[str, str] = SYNONYMS
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._runner: web.AppRunner | None = None
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> EmbeddingEndpointStub:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._runner is not None
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def texts(self) -> list[str]:
        """Everything that was ever sent."""
        return [text for body in self.asked for text in body["input"]]

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_post("/v1/embeddings", self._embed)
        app.router.add_route("*", "/elsewhere", self._elsewhere)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/v1/embeddings"

    async def _elsewhere(self, _: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.json_response({})

    async def _embed(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.asked.append(body)
        self.headers = dict(request.headers)
        fault = self.faults.pop(0) if self.faults else self.fault
        if fault is not None and fault.isdigit():
            return web.Response(status=int(fault), headers={"Location": "/elsewhere"})
        if fault == "slow":
            await asyncio.sleep(1.5)
        if fault == "trickle":
            return await self._trickle(request)
        if fault == "hangs up" and request.transport is not None:
            request.transport.abort()
        if fault == "no json":
            return web.Response(text="<html>busy</html>", content_type="text/html")
        data = [
            {"object": "embedding", "index": place, "embedding": each}
            for place, each in enumerate(self._vectors(body["input"]))
        ]
        return web.Response(
            text=json.dumps({"object": "list", "data": spoiled(data, fault), "model": "stub"}),
            content_type="application/json",
        )

    def _vectors(self, texts: Sequence[str]) -> list[list[float]]:
        return [vector_of(text, self.dimensions, self.synonyms) for text in texts]

    async def _trickle(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(30):
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response


def spoiled(data: list[dict[str, Any]], fault: str | None) -> Any:
    """The rows of an answer, spoiled in the way that ``fault`` names."""
    first = data[0]
    match fault:
        case "shuffled":
            return data[::-1]
        case "too few":
            return data[:-1]
        case "too many":
            return [*data, {**first, "index": len(data)}]
        case "one twice":
            return [*data[:-1], first]
        case "ragged":
            return [{**first, "embedding": first["embedding"][:-1]}, *data[1:]]
        case "not finite":
            return [{**first, "embedding": [float("nan"), *first["embedding"][1:]]}, *data[1:]]
        case "all zeros":
            return [{**first, "embedding": [0.0] * len(first["embedding"])}, *data[1:]]
        case "words":
            return [{**first, "embedding": "AAAA"}, *data[1:]]
        case "another shape":
            return {"vectors": 1}
    return data
