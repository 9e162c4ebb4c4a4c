"""An OpenAI-compatible ``/v1/embeddings`` endpoint (语义向量接口) as an ``Embedder``."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from concurrent.futures import CancelledError
from threading import Lock, Thread
from typing import Any

import aiohttp
import numpy as np

from knowledge_base.embedding.embedder import EmbeddingFailed, checked
from knowledge_base.meaning import Vectors

logger = logging.getLogger(__name__)

#: So many texts are sent at once; what may be waited for them where nobody waits.
AT_ONCE, PATIENCE_SECONDS = 32, 30.0
#: Where nobody waits, what failed is tried so often, the second time after so many seconds.
TRIES, AGAIN_SECONDS = 3, 0.5
#: No honest answer is larger.
MOST_BYTES = 32 * 1024 * 1024
#: Statuses after which another try may help.
_MAY_PASS = (408, 425, 429)


class _MayPass(EmbeddingFailed):
    """Another try may help."""


class EmbeddingEndpoint:
    """Calls the endpoint from any thread; the connections live on one of their own.

    Neither the texts nor the key are ever logged, and no redirect is followed.

    Args:
        url: The whole address.
        model: The name of the model there.
        key: Sent as a bearer token, if any.
        again_seconds: How long to wait before the second try.
    """

    def __init__(
        self, url: str, model: str, key: str = "", *, again_seconds: float = AGAIN_SECONDS
    ) -> None:
        self.model = model
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._again_seconds = again_seconds
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    def vectors(self, texts: Sequence[str], *, seconds: float | None = None) -> Vectors:
        """As :class:`Embedder` says."""
        with self._lock:  # or what comes while closing would wait for a loop that has stopped
            if self._closed:
                raise EmbeddingFailed("closed")
            work = asyncio.run_coroutine_threadsafe(
                self._all(list(texts), seconds), self._running()
            )
        try:
            return work.result()
        except CancelledError as error:
            raise EmbeddingFailed("closed") from error

    def close(self) -> None:
        """Break off what is under way and close the connections."""
        with self._lock:
            self._closed = True
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            asyncio.run_coroutine_threadsafe(self._end(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _running(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = Thread(
                target=self._loop.run_forever, name="embedding endpoint", daemon=True
            )
            self._thread.start()
        return self._loop

    async def _end(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _all(self, texts: list[str], seconds: float | None) -> Vectors:
        if seconds is not None:
            return await self._once(texts, seconds)
        batches = [texts[first : first + AT_ONCE] for first in range(0, len(texts), AT_ONCE)]
        return np.concatenate([await self._patiently(batch) for batch in batches])

    async def _patiently(self, texts: list[str]) -> Vectors:
        for attempt in range(TRIES - 1):
            try:
                return await self._once(texts, PATIENCE_SECONDS)
            except _MayPass as error:
                logger.info("the embedding endpoint is tried again: %s", error)
                await asyncio.sleep(self._again_seconds * 2**attempt)
        return await self._once(texts, PATIENCE_SECONDS)

    async def _once(self, texts: list[str], seconds: float) -> Vectors:
        body = {"model": self.model, "input": texts, "encoding_format": "float"}
        try:
            async with (
                asyncio.timeout(seconds),
                self._open().post(
                    self._url, json=body, headers=self._headers, allow_redirects=False
                ) as response,
            ):
                raw = await _read(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _MayPass(type(error).__name__) from error
        return checked(_rows(raw, len(texts)), len(texts))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None))
        return self._session


async def _read(response: aiohttp.ClientResponse) -> bytes:
    if response.status != 200:
        kind = _MayPass if response.status in _MAY_PASS or response.status >= 500 else None
        raise (kind or EmbeddingFailed)(f"status {response.status}")
    raw = bytearray()
    async for chunk in response.content.iter_chunked(1 << 16):
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise EmbeddingFailed("the answer is too large")
    return bytes(raw)


def _rows(raw: bytes, count: int) -> list[Any]:
    """The vectors of an answer by their ``index``, which need not be in order.

    Raises:
        EmbeddingFailed: The answer has another shape, or a text has none or two.
    """
    try:
        given = json.loads(raw)["data"]
        found = {each["index"]: each["embedding"] for each in given}
        rows = [found[place] for place in range(count)]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise EmbeddingFailed(f"an answer of another shape: {type(error).__name__}") from error
    if len(given) != count:
        raise EmbeddingFailed(f"{len(given)} vectors for {count} texts")
    return rows
