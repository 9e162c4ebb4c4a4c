"""Actions over the real services: library, engine, sample firms, SQLite; Rasa is played."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from answers.engine import Engine
from appeals.kinds import load_kinds
from bot.services import Services
from core.bureau import SAMPLE, read_bureau
from core.database import open_engine, open_sessions, transaction
from core.secrets import Keys
from core.settings import Settings
from enterprises.sample import load_sample
from knowledge_base.files import read_library
from knowledge_base.library import Library
from knowledge_base.loading import load_files
from tests.bot.talks import MovableClock, Visit

#: Friday, 20 November 2026, 10:00 in China: people are at the desk.
OPEN = datetime(2026, 11, 20, 2, tzinfo=UTC)
#: The evening of that day: nobody is, until Monday.
CLOSED = datetime(2026, 11, 20, 12, tzinfo=UTC)
ROOT_KEY = "a root key that is only used in tests"


@pytest.fixture(scope="session")
def filled_database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the library and the sample firms."""
    path = tmp_path_factory.mktemp("bot") / "filled.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    with transaction(open_sessions(engine)) as session:
        load_files(session, read_library(), editor="files", now=OPEN)
        load_sample(session, now=OPEN, keys=Keys(ROOT_KEY))
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def answer_engine(filled_database: Path) -> Iterator[Engine]:
    """The engine over the library; it reads its snapshot alone."""
    database = open_engine(f"sqlite:///{filled_database}")
    library = Library(open_sessions(database))
    library.refresh()
    yield Engine(library)
    database.dispose()


@pytest.fixture
def moving() -> MovableClock:
    return MovableClock(OPEN)


@pytest.fixture
def services(
    filled_database: Path, answer_engine: Engine, moving: MovableClock, tmp_path: Path
) -> Iterator[Services]:
    database = open_engine(f"sqlite:///{shutil.copy(filled_database, tmp_path / 'bot.db')}")
    with ThreadPoolExecutor(4) as executor:
        yield Services(
            settings=Settings(data_folder=str(tmp_path)),
            sessions=open_sessions(database),
            clock=moving,
            keys=Keys(ROOT_KEY),
            engine=answer_engine,
            bureau=read_bureau(SAMPLE),
            kinds=load_kinds(),
            executor=executor,
        )
    database.dispose()


@pytest.fixture
def visit(services: Services) -> Callable[..., Visit]:
    """Opens a visit; by default of the same visitor on the web."""

    def make(**values: Any) -> Visit:
        return Visit(services, **values)

    return make
