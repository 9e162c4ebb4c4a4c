"""The loop that does what has fallen due (到期任务循环), in every app process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from datetime import timedelta
from typing import Any, Protocol

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Sessions, in_transaction
from core.due_work import (
    DueWork,
    LeaseLost,
    claim_work,
    count_waiting,
    finish_work,
    postpone_work,
    renew_work,
)
from core.hub import Hub

logger = logging.getLogger(__name__)
EVERY_SECONDS = 0.5
LEASE = timedelta(seconds=60)

#: A handler works inside a transaction; what it returns is told to the hub.
Handler = Callable[[Session, dict[str, Any]], list[tuple[str, str, dict[str, Any]]] | None]
#: A sender works outside of any transaction, on the event loop.
Sender = Callable[[dict[str, Any]], Awaitable[None]]


class Ground(Protocol):
    """What the loop needs of a process."""

    @property
    def sessions(self) -> Sessions: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def executor(self) -> Executor: ...
    @property
    def hub(self) -> Hub: ...


class DueLoop:
    """Claims due work and hands it to the handler or sender of its kind."""

    def __init__(
        self,
        parts: Ground,
        handlers: dict[str, Handler],
        senders: dict[str, Sender],
        *,
        lease: timedelta = LEASE,
    ) -> None:
        self._parts = parts
        self._handlers = handlers
        self._senders = senders
        self._lease = lease
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
            self._parts.sessions, lambda s: claim_work(s, kinds=kinds, now=now, lease=self._lease)
        )

    def _count_waiting(self) -> int:
        return in_transaction(
            self._parts.sessions, lambda s: count_waiting(s, now=self._parts.clock())
        )

    async def _do(self, work: DueWork) -> None:
        try:
            await self._try(work)
        except LeaseLost:
            logger.info("due work %s %s was claimed by another or called off", work.kind, work.key)

    async def _try(self, work: DueWork) -> None:
        try:
            if work.kind in self._senders:
                await self._send(work)
            else:
                for topic, kind, data in await self._off_loop(lambda: self._handle(work)):
                    self._parts.hub.tell(topic, kind, **data)
        except LeaseLost:
            raise
        except Exception as error:
            logger.exception("due work %s %s failed", work.kind, work.key)
            reason = f"{type(error).__name__}: {error}"
            await self._off_loop(lambda: self._postpone(work, reason))

    async def _send(self, work: DueWork) -> None:
        """Send, however long it takes; killed before the note of it, it is sent once more."""
        keeping = asyncio.create_task(self._keep(work))
        try:
            await self._senders[work.kind](work.payload)
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
        await self._off_loop(lambda: self._finish(work))

    async def _keep(self, work: DueWork) -> None:
        """Renew the lease of what is being sent, until cancelled."""
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            await self._off_loop(lambda: self._renew(work))

    def _handle(self, work: DueWork) -> list[tuple[str, str, dict[str, Any]]]:
        def do(session: Session) -> list[tuple[str, str, dict[str, Any]]]:
            # Done before it is begun: the row is ours until the commit, or nothing happens at all.
            finish_work(session, work.id, tries=work.tries, now=self._parts.clock())
            return self._handlers[work.kind](session, work.payload) or []

        return in_transaction(self._parts.sessions, do)

    def _finish(self, work: DueWork) -> None:
        in_transaction(
            self._parts.sessions,
            lambda s: finish_work(s, work.id, tries=work.tries, now=self._parts.clock()),
        )

    def _renew(self, work: DueWork) -> None:
        in_transaction(
            self._parts.sessions,
            lambda s: renew_work(
                s, work.id, tries=work.tries, now=self._parts.clock(), lease=self._lease
            ),
        )

    def _postpone(self, work: DueWork, error: str) -> None:
        in_transaction(
            self._parts.sessions,
            lambda s: postpone_work(
                s, work.id, tries=work.tries, now=self._parts.clock(), error=error
            ),
        )

    async def _off_loop(self, work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._parts.executor, work)
