"""What the staff room stands on (共用对象), filled in by the app."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Protocol

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


SERVICES: web.AppKey[Services] = web.AppKey("desk_services", Services)
