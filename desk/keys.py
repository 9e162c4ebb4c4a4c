"""What the staff room stands on (共用对象), filled in by the app."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from datetime import datetime
from typing import Any, Protocol

from aiohttp import web
from sqlalchemy.orm import Session

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


class Models(Protocol):
    """The trained models under ``models/`` (理解模型)."""

    def page(self, session: Session, *, page: int = 1) -> dict[str, Any]:
        """The folder and one page of trials."""

    def try_file(
        self, session: Session, name: str, *, officer: str, now: datetime
    ) -> dict[str, Any]:
        """Check a file and have it measured."""

    def release(
        self, session: Session, model_id: int, *, reason: str | None, officer: str, now: datetime
    ) -> dict[str, Any]:
        """Let Rasa run on a measured model."""

    def roll_back(
        self, session: Session, *, reason: str, officer: str, now: datetime
    ) -> dict[str, Any]:
        """Let Rasa run on the model before."""


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
    @property
    def models(self) -> Models: ...


SERVICES: web.AppKey[Services] = web.AppKey("desk_services", Services)
