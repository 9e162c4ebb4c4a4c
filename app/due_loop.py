"""The loop that does what has fallen due (到期任务循环), in every app process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.wiring import Parts
from core.database import in_transaction
from core.due_work import DueWork, claim_work, count_waiting, finish_work, postpone_work

logger = logging.getLogger(__name__)
EVERY_SECONDS = 0.5
LEASE = timedelta(seconds=60)

#: A handler works inside a transaction; what it returns is told to the hub.
Handler = Callable[[Session, dict[str, Any]], list[tuple[str, str, dict[str, Any]]] | None]
#: A sender works outside of any transaction, on the event loop.
Sender = Callable[[dict[str, Any]], Awaitable[None]]


class DueLoop:
    """Claims due work and hands it to the handler or sender of its kind."""

    def __init__(
        self, parts: Parts, handlers: dict[str, Handler], senders: dict[str, Sender]
    ) -> None:
        self._parts = parts
        self._handlers = handlers
        self._senders = senders
        self.waiting = 0

    async def run(self) -> None:
        """Work until cancelled; a database that is gone is waited for."""
        beat = 0
        while True:
            try:
                busy = await self.once()
                if beat % 20 == 0:
                    self.waiting = await self._off_loop(self._count_waiting)
            except SQLAlchemyError:
                logger.exception("due work cannot be read")
                busy = 0
            beat += 1
            await asyncio.sleep(0 if busy else EVERY_SECONDS)

    async def once(self) -> int:
        """Do what is due now.

        Returns:
            How many pieces of work were claimed.
        """
        kinds = [*self._handlers, *self._senders]
        claimed = await self._off_loop(lambda: self._claim(kinds))
        await asyncio.gather(*(self._do(work) for work in claimed))
        return len(claimed)

    def _claim(self, kinds: list[str]) -> list[DueWork]:
        now = self._parts.clock()
        return in_transaction(
            self._parts.sessions, lambda s: claim_work(s, kinds=kinds, now=now, lease=LEASE)
        )

    def _count_waiting(self) -> int:
        return in_transaction(
            self._parts.sessions, lambda s: count_waiting(s, now=self._parts.clock())
        )

    async def _do(self, work: DueWork) -> None:
        try:
            if work.kind in self._senders:
                await self._senders[work.kind](work.payload)
                await self._off_loop(lambda: self._finish(work))
            else:
                for topic, kind, data in await self._off_loop(lambda: self._handle(work)):
                    self._parts.hub.tell(topic, kind, **data)
        except Exception as error:
            logger.exception("due work %s %s failed", work.kind, work.key)
            reason = f"{type(error).__name__}: {error}"
            await self._off_loop(lambda: self._postpone(work, reason))

    def _handle(self, work: DueWork) -> list[tuple[str, str, dict[str, Any]]]:
        def do(session: Session) -> list[tuple[str, str, dict[str, Any]]]:
            notices = self._handlers[work.kind](session, work.payload)
            finish_work(session, work.id, now=self._parts.clock())
            return notices or []

        return in_transaction(self._parts.sessions, do)

    def _finish(self, work: DueWork) -> None:
        in_transaction(
            self._parts.sessions, lambda s: finish_work(s, work.id, now=self._parts.clock())
        )

    def _postpone(self, work: DueWork, error: str) -> None:
        in_transaction(
            self._parts.sessions,
            lambda s: postpone_work(s, work.id, now=self._parts.clock(), error=error),
        )

    async def _off_loop(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._parts.executor, work)
