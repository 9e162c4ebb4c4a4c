"""What one process is made of (装配): settings, database, library, engine, Rasa, keys."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import Engine as DatabaseEngine

from answers.engine import Engine
from app.embedding import watch_library
from app.library_gate import LibraryGate
from app.model_files import ModelShelf
from app.model_gate import ModelGate
from app.model_room import ModelRoom
from app.rasa_client import RasaClient
from app.turns import TurnRunner
from core.bureau import SAMPLE, Bureau, read_bureau
from core.clock import Clock, clock_fixed_to, utc_now
from core.database import Sessions, open_engine, open_sessions
from core.hub import Hub
from core.secrets import Keys, new_token
from core.settings import Settings
from knowledge_base.embedding.keeper import VectorKeeper
from knowledge_base.library import Library


@dataclass(frozen=True)
class Parts:
    """The parts of a process, made once."""

    settings: Settings
    database: DatabaseEngine
    sessions: Sessions
    clock: Clock
    keys: Keys
    operator_token: str
    bureau: Bureau
    library: Library
    engine: Engine
    gate: LibraryGate
    models: ModelRoom
    rasa: RasaClient
    hub: Hub
    executor: ThreadPoolExecutor
    action_executor: ThreadPoolExecutor
    turns: TurnRunner
    embedding: VectorKeeper | None


def wire(settings: Settings) -> Parts:
    """Make the parts; opens the database but changes nothing in it."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    clock = clock_fixed_to(date.fromisoformat(settings.as_of)) if settings.as_of else utc_now
    database = open_engine(settings.resolved_database_url)
    sessions = open_sessions(database)
    bureau = read_bureau(Path(settings.bureau_file) if settings.bureau_file else SAMPLE)
    library = Library(sessions)
    engine = Engine(library, hotline=bureau.hotline)
    rasa = RasaClient(settings.rasa_url, settings.rasa_timeout_seconds)
    hub = Hub()
    executor = ThreadPoolExecutor(8, "work")
    return Parts(
        settings=settings,
        database=database,
        sessions=sessions,
        clock=clock,
        keys=Keys(settings.secret_key or kept_secret(settings, "secret_key")),
        operator_token=settings.operator_token or kept_secret(settings, "operator_token"),
        bureau=bureau,
        library=library,
        engine=engine,
        gate=LibraryGate(library, sessions),
        models=ModelRoom(ModelShelf(), ModelGate(library), sessions),
        rasa=rasa,
        hub=hub,
        executor=executor,
        action_executor=ThreadPoolExecutor(8, "action"),
        turns=TurnRunner(
            sessions=sessions,
            clock=clock,
            engine=engine,
            rasa=rasa,
            hub=hub,
            executor=executor,
            region=bureau.region,
        ),
        embedding=watch_library(settings, sessions, library),
    )


def kept_secret(settings: Settings, name: str) -> str:
    """A generated secret of the demo, kept in the data folder for its owner alone."""
    path = settings.folder / f"{name}.txt"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(new_token())
    return path.read_text("utf-8").strip()


async def unwire(parts: Parts) -> None:
    """Close what was opened, after the turns under way."""
    await parts.turns.wait_all()
    await parts.rasa.close()
    if parts.embedding is not None:
        await asyncio.get_running_loop().run_in_executor(None, parts.embedding.close)
    parts.executor.shutdown(wait=True)
    parts.action_executor.shutdown(wait=True)
    parts.database.dispose()
