"""What the doors of taxpayers stand on (共用对象), filled in by the app."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import Any, Protocol

from aiohttp import web
from sqlalchemy.orm import Session

from core.bureau import Bureau
from core.clock import Clock
from core.database import Sessions
from core.hub import Hub
from core.secrets import Keys
from core.settings import Settings
from knowledge_base.library import Library


class Turns(Protocol):
    """Runs a turn in the background (一轮问答)."""

    def submit(self, turn_id: str) -> asyncio.Task[None]:
        """Start answering a turn; the task ends when its answer is stored."""


class Services(Protocol):
    """What the app hands to the doors."""

    @property
    def settings(self) -> Settings: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def operator_token(self) -> str: ...
    @property
    def bureau(self) -> Bureau: ...
    @property
    def library(self) -> Library: ...
    @property
    def hub(self) -> Hub: ...
    @property
    def executor(self) -> Executor: ...
    @property
    def turns(self) -> Turns: ...

    def is_degraded(self) -> bool:
        """Tell whether people are answered without Rasa now."""

    def staff_name(self, session: Session, staff_login: str) -> str | None:
        """The name under which an agent is shown to taxpayers."""

    def forget_talks(self, talk_ids: list[str]) -> Any:
        """Delete talks from Rasa's own tracker; runs off the event loop."""


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
