"""What the app hands to the doors (入口所用的服务)."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

from sqlalchemy.orm import Session

from answers.engine import Engine
from app.rasa_keeper import tracker_path
from app.rasa_tracker import forget_talks
from app.turns import TurnRunner
from app.wiring import Parts
from appeals.kinds import Kinds
from core.bureau import Bureau
from core.clock import Clock
from core.database import Sessions
from core.hub import Hub
from core.secrets import Keys
from core.settings import Settings
from desk.staff import staff_name
from knowledge_base.library import Library


class DoorServices:
    """One object for every door, over the parts of the process."""

    def __init__(self, parts: Parts, kinds: Kinds) -> None:
        self._parts = parts
        self.kinds = kinds
        self.settings: Settings = parts.settings
        self.sessions: Sessions = parts.sessions
        self.clock: Clock = parts.clock
        self.keys: Keys = parts.keys
        self.operator_token: str = parts.operator_token
        self.bureau: Bureau = parts.bureau
        self.hub: Hub = parts.hub
        self.executor: Executor = parts.executor
        self.turns: TurnRunner = parts.turns
        self.library: Library = parts.library
        self.engine: Engine = parts.engine
        self.gate = parts.gate
        self.models = parts.models

    def is_degraded(self) -> bool:
        """Tell whether people are answered without Rasa now."""
        return not self._parts.rasa.ready

    def staff_name(self, session: Session, staff_login: str) -> str | None:
        """The name under which an agent is shown to taxpayers."""
        return staff_name(session, staff_login)

    def forget_talks(self, talk_ids: list[str]) -> int:
        """Delete talks from Rasa's own tracker."""
        return forget_talks(tracker_path(Path(self._parts.settings.data_folder)), talk_ids)
