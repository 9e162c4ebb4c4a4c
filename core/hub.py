"""Telling the doors of one process that something happened (进程内通知).

Nothing is kept here: who missed a notice reads the database.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Notice:
    """Something happened under a topic, e.g. ``conversation:12`` or ``desk``."""

    topic: str
    kind: str
    data: dict[str, Any] = field(default_factory=dict)


class Hub:
    """Hands notices to whoever listens in this process; must be used on the event loop."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Queue[Notice]]] = defaultdict(set)

    @contextmanager
    def listen(self, *topics: str) -> Iterator[asyncio.Queue[Notice]]:
        """Listen to topics; a listener that falls behind by 200 notices loses the oldest."""
        queue: asyncio.Queue[Notice] = asyncio.Queue(200)
        for topic in topics:
            self._listeners[topic].add(queue)
        try:
            yield queue
        finally:
            for topic in topics:
                self._listeners[topic].discard(queue)
                if not self._listeners[topic]:
                    del self._listeners[topic]

    def tell(self, topic: str, kind: str, **data: Any) -> None:
        """Give a notice to every listener of ``topic``."""
        for queue in self._listeners.get(topic, ()):
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(Notice(topic, kind, data))
