"""What the actions are given (动作所用的服务): set once by the app, replaced by tests."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass

from answers.engine import Engine
from appeals.kinds import Kinds
from core.bureau import Bureau
from core.clock import Clock
from core.database import Sessions
from core.secrets import Keys
from core.settings import Settings


@dataclass(frozen=True)
class Services:
    """Everything an action may use."""

    settings: Settings
    sessions: Sessions
    clock: Clock
    keys: Keys
    engine: Engine
    bureau: Bureau
    kinds: Kinds
    executor: Executor


_live: list[Services] = []


def use_services(services: Services) -> None:
    """Give the actions of this process what they work with; the last call counts."""
    _live[:] = [services]


def live_services() -> Services:
    """What :func:`use_services` gave.

    Raises:
        LookupError: Nothing was given yet.
    """
    if not _live:
        raise LookupError("the actions were given no services")
    return _live[0]
