"""Running a turn from what was said to what is shown (一轮问答).

A turn is answered once: the answer is stored under the turn's id by whoever comes first, an
action called by Rasa or the fallback here, and what is shown is always what was stored.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from answers.engine import Engine
from answers.frame import Query
from answers.parts import Button, Part, Reply
from app.rasa_client import RasaClient, RasaUnavailable, Said
from consultations.sentences import say
from consultations.tables import Holder, Turn, TurnState
from consultations.talk import claim_turn, finish_turn, leave_to_person, record_answer
from core.clock import Clock, china_date
from core.database import Sessions, in_transaction, reading
from core.hub import Hub

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


class TurnUnanswered(Exception):
    """A turn could not be answered this time; due work tries again."""


@dataclass(frozen=True)
class _Loaded:
    turn_id: str
    conversation_id: int
    talk_id: str
    text: str
    today: date
    topic: dict[str, Any] | None
    held_by_person: bool


class TurnRunner:
    """Runs turns, one at a time per conversation, in the order they were submitted."""

    def __init__(
        self,
        *,
        sessions: Sessions,
        clock: Clock,
        engine: Engine,
        rasa: RasaClient,
        hub: Hub,
        executor: Executor,
        region: str,
        slow_after_seconds: float = 2.5,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._engine = engine
        self._rasa = rasa
        self._hub = hub
        self._executor = executor
        self._region = region
        self._slow_after = slow_after_seconds
        self._locks: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._waiting: dict[int, int] = defaultdict(int)
        self._arrivals = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def submit(self, turn_id: str) -> asyncio.Task[None]:
        """Run a turn in the background; a turn already under way is not started again.

        The task never raises: a turn that fails is left to due work.
        """
        task = self._tasks.get(turn_id)
        if task is None:
            task = asyncio.create_task(self._run(turn_id))
            self._tasks[turn_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(turn_id, None))
        return task

    async def take_up(self, turn_id: str) -> None:
        """Run a turn that was left behind, and wait for it.

        Raises:
            TurnUnanswered: It failed again.
        """
        await asyncio.shield(self.submit(turn_id))
        if await self._off_loop(lambda: self._load(turn_id)) is not None:
            raise TurnUnanswered(turn_id)

    async def wait_all(self) -> None:
        """Wait for the turns under way; used at shut-down."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _run(self, turn_id: str) -> None:
        try:
            async with self._arrivals:  # or a later turn could be looked up before an earlier one
                conversation_id = await self._off_loop(lambda: self._conversation_of(turn_id))
            if conversation_id is not None:
                await self._in_its_place(conversation_id, turn_id)
        except Exception:
            logger.exception("turn %s failed; due work takes it up again", turn_id)

    async def _in_its_place(self, conversation_id: int, turn_id: str) -> None:
        """Take the turn when the turns of its conversation before it are done."""
        self._waiting[conversation_id] += 1
        try:
            async with self._locks[conversation_id]:
                loaded = await self._off_loop(lambda: self._load(turn_id))
                if loaded is not None and loaded.held_by_person:
                    await self._leave(loaded)
                elif loaded is not None:
                    await self._take(loaded)
        finally:
            self._waiting[conversation_id] -= 1
            if not self._waiting[conversation_id]:
                self._waiting.pop(conversation_id, None)
                self._locks.pop(conversation_id, None)

    async def _leave(self, loaded: _Loaded) -> None:
        """A person accepted the talk before its turn came: the bot is silent."""

        def work(session: Session) -> None:
            leave_to_person(session, loaded.turn_id, now=self._clock())

        await self._off_loop(lambda: in_transaction(self._sessions, work))
        self._status(loaded, "done")

    async def _take(self, loaded: _Loaded) -> None:
        started = time.perf_counter()
        self._status(loaded, "understanding")
        slow = asyncio.get_running_loop().call_later(self._slow_after, self._status, loaded, "slow")
        try:
            said, degraded = await self._ask_rasa(loaded)
        finally:
            slow.cancel()
        if degraded:
            self._status(loaded, "degraded")
        messages = await self._off_loop(lambda: self._finish(loaded, said, degraded))
        took = round((time.perf_counter() - started) * 1000)
        logger.info(
            "turn answered", extra={"turn_id": loaded.turn_id, "millis": took, "degraded": degraded}
        )
        topic = f"conversation:{loaded.conversation_id}"
        for message_id in messages:
            self._hub.tell(topic, "message", id=message_id)
        self._status(loaded, "done")
        self._hub.tell("desk", "conversation", id=loaded.conversation_id)

    async def _ask_rasa(self, loaded: _Loaded) -> tuple[list[Said], bool]:
        try:
            said = await self._rasa.talk(
                talk_id=loaded.talk_id,
                text=loaded.text,
                metadata={"turn_id": loaded.turn_id},
            )
        except RasaUnavailable as error:
            logger.warning("Rasa unavailable: %s", error, extra={"turn_id": loaded.turn_id})
            return [], True
        return said, False

    def _conversation_of(self, turn_id: str) -> int | None:
        with reading(self._sessions) as session:
            turn = session.get(Turn, turn_id)
            return turn.conversation_id if turn is not None else None

    def _load(self, turn_id: str) -> _Loaded | None:
        """What is needed for the turn; None where it is gone or settled already."""
        with reading(self._sessions) as session:
            turn = session.get(Turn, turn_id)
            if turn is None or turn.state is not TurnState.WAITING:
                return None
            conversation = turn.conversation
            return _Loaded(
                turn_id=turn_id,
                conversation_id=conversation.id,
                talk_id=conversation.talk_id,
                text=turn.text,
                today=turn.as_of or china_date(self._clock()),
                topic=conversation.last_topic,
                held_by_person=conversation.holder is Holder.PERSON,
            )

    def _finish(self, loaded: _Loaded, said: list[Said], degraded: bool) -> list[int]:
        def work(session: Session) -> list[int]:
            now = self._clock()
            extra = _parts(said)
            _, answer = claim_turn(session, loaded.turn_id)
            if answer is None:
                reply = self._in_rasas_words(extra, loaded) or self._fallback(loaded, degraded)
                extra = ()
                record_answer(session, loaded.turn_id, reply, now=now)
            messages = finish_turn(
                session, loaded.turn_id, extra_parts=extra, now=now, degraded=degraded
            )
            return [message.id for message in messages]

        return in_transaction(self._sessions, work)

    def _in_rasas_words(self, parts: tuple[Part, ...], loaded: _Loaded) -> Reply | None:
        """The question of a form, which no action stored."""
        return Reply(outcome="clarifying", parts=parts, as_of=loaded.today) if parts else None

    def _fallback(self, loaded: _Loaded, degraded: bool) -> Reply:
        """Answer straight from the library: Rasa is down, or said nothing."""
        reply = self._engine.answer(
            Query(loaded.text, loaded.today, topic=loaded.topic, region=self._region)
        )
        if not degraded:
            return reply
        notice = Part(text=say("degraded"), kind="notice", machine_made=True)
        return replace(reply, parts=(notice, *reply.parts))

    def _status(self, loaded: _Loaded, stage: str) -> None:
        topic = f"conversation:{loaded.conversation_id}"
        self._hub.tell(topic, "status", turn_id=loaded.turn_id, stage=stage)

    async def _off_loop(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)


def _parts(said: list[Said]) -> tuple[Part, ...]:
    """What Rasa said in its own words; what actions handed through is stored already."""
    return tuple(
        Part(
            text=each.text,
            buttons=tuple(Button(title, "say", payload) for title, payload in each.buttons),
        )
        for each in said
        if each.text
    )
