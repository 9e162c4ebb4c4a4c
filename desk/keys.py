"""What the staff room stands on (共用对象), filled in by the app."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from typing import Any, Protocol

from aiohttp import web

from answers.engine import Engine
from appeals.kinds import Kinds
from core.bureau import Bureau
from core.clock import Clock
from core.database import Sessions
from core.hub import Hub
from core.secrets import Keys
from core.settings import Settings
from knowledge_base.library import Library


class Gate(Protocol):
    """Measures what would come of publishing versions (发布前检验)."""

    def judge(self, versions: Mapping[str, int | None]) -> tuple[dict[str, Any], int]:
        """The verdict, and the revision of the library that it is about."""


class Services(Protocol):
    """What the app hands to the desk."""

    @property
    def settings(self) -> Settings: ...
    @property
    def sessions(self) -> Sessions: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def bureau(self) -> Bureau: ...
    @property
    def hub(self) -> Hub: ...
    @property
    def executor(self) -> Executor: ...
    @property
    def kinds(self) -> Kinds: ...
    @property
    def library(self) -> Library: ...
    @property
    def engine(self) -> Engine: ...
    @property
    def gate(self) -> Gate: ...


SERVICES: web.AppKey[Services] = web.AppKey("desk_services", Services)
