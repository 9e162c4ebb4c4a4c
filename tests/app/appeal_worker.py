"""A process that files, answers or reminds on a real database and is killed at a chosen step.

Every statement to the database, every commit and every letter sent is a step. Nothing in the
service knows of it: the steps are counted from outside, by events of SQLAlchemy in this process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.due_handlers import handlers, senders
from app.due_loop import DueLoop
from app.turns import TurnRunner
from app.wiring import Parts, wire
from appeals.access import access_appeal_for_staff
from appeals.errors import AppealChanged
from appeals.kinds import load_kinds
from appeals.moves import answer_appeal
from bot.actions.base import Heard
from bot.actions.file_appeal import ActionFileAppeal
from bot.services import Services
from core.database import in_transaction
from core.settings import Settings
from tests.conftest import NOW

ANSWER = "已更正，多缴部分可以申请退税。"
OFFICER = "staff:li"


class Death:
    """Counts steps, and ends the process at one of them; what was done last is written down."""

    def __init__(self, at: int, told: Path) -> None:
        self._at = at
        self._told = told
        self._passed = 0
        self._before = "start"
        self._lock = threading.Lock()

    def step(self, what: str) -> None:
        with self._lock:
            self._passed += 1
            if self._passed == self._at:
                with self._told.open("a") as file:
                    file.write(f"{os.getpid()} | {self._before} | {what}\n")
                os.kill(os.getpid(), signal.SIGKILL)
            self._before = what

    def watch(self, engine: Engine) -> None:
        def executes(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self.step(" ".join(statement.split()[:3]))

        event.listen(engine, "before_cursor_execute", executes)
        event.listen(engine, "commit", lambda _: self.step("commit"))
        event.listen(Session, "after_commit", lambda _: self.step("committed"))


class PlayedRasa:
    """Understands every turn as the last word of the form, and calls the real action for it."""

    def __init__(self, parts: Parts) -> None:
        self._executor = parts.action_executor
        self._action = ActionFileAppeal(
            Services(
                settings=parts.settings,
                sessions=parts.sessions,
                clock=parts.clock,
                keys=parts.keys,
                engine=parts.engine,
                bureau=parts.bureau,
                kinds=load_kinds(),
                executor=parts.action_executor,
            )
        )

    async def talk(self, *, talk_id: str, text: str, metadata: dict[str, Any]) -> list[Any]:
        heard = Heard(metadata["turn_id"], "affirm", 0.9, (), {}, None, None)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, self._action.answer_turn, heard)
        return []


@dataclass(frozen=True)
class Order:
    """What a process is to do: ``whose`` are turn ids to file from, or numbers to answer.

    ``kinds`` of due work are done after it, by a clock that is so many seconds ahead; at step
    ``dies_at`` the process is killed, at 0 never.
    """

    url: str
    folder: Path
    dies_at: int = 0
    files: tuple[str, ...] = ()
    answers: tuple[tuple[str, int], ...] = ()
    kinds: tuple[str, ...] = ()
    ahead: int = 0

    @property
    def died(self) -> Path:
        return self.folder / "died"

    @property
    def sent(self) -> Path:
        return self.folder / "sent"


def obey(order: Order) -> None:
    """Do what was ordered, or die on the way."""
    parts = wire(Settings(data_folder=str(order.folder), database_url=order.url))
    now = NOW + timedelta(seconds=order.ahead)
    parts = replace(parts, clock=lambda: now)
    turns = TurnRunner(
        sessions=parts.sessions,
        clock=parts.clock,
        engine=parts.engine,
        rasa=PlayedRasa(parts),  # type: ignore[arg-type]
        hub=parts.hub,
        executor=parts.executor,
        region=parts.bureau.region,
    )
    death = Death(order.dies_at, order.died)
    death.watch(parts.database)
    asyncio.run(_work(order, replace(parts, turns=turns), death))


async def _work(order: Order, parts: Parts, death: Death) -> None:
    for turn_id in order.files:
        await parts.turns.submit(turn_id)
    for number, version in order.answers:
        _answer(parts, number, version)
    loop = DueLoop(parts, *_due(order, parts, death))
    while order.kinds and await loop.once():
        pass


def _due(order: Order, parts: Parts, death: Death) -> tuple[dict[str, Any], dict[str, Any]]:
    async def send(payload: dict[str, Any]) -> None:
        death.step("send")
        with order.sent.open("a") as file:
            file.write(f"{payload['message_id']} {os.getpid()}\n")
        death.step("sent")

    known = handlers(parts, load_kinds()), senders(parts, None) | {"deliver.wechat": send}
    handled, outside = (_only(each, order.kinds) for each in known)
    return handled, outside


def _only(known: dict[str, Callable[..., Any]], kinds: tuple[str, ...]) -> dict[str, Any]:
    return {kind: do for kind, do in known.items() if kind in kinds}


def _answer(parts: Parts, number: str, version: int) -> None:
    """What the desk does; pressed again after the first press counted, it changes nothing."""

    def work(session: Session) -> None:
        appeal = access_appeal_for_staff(session, number=number, version=version)
        answer_appeal(session, appeal=appeal, text=ANSWER, actor=OFFICER, now=parts.clock())

    try:
        in_transaction(parts.sessions, work)
    except AppealChanged:
        return
