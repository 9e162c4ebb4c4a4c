"""What tests of every room share: real databases, a fixed clock, keys, settings."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from hypothesis import settings

from app.migrate import migrate
from core.clock import Clock
from core.database import Sessions, open_engine, open_sessions
from core.secrets import Keys
from core.settings import Settings
from tests.postgres import execute, running_postgres

#: A Wednesday in UTC that is already Thursday, 17 September 2026, in China.
NOW = datetime(2026, 9, 16, 17, 30, tzinfo=UTC)
TEMPLATE = "runmiao_template"
# A busy machine is no fault of the code: no example has to be quick.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
_numbers = count(1)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running PostgreSQL, started on the first demand and stopped at the end."""
    with running_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy from."""
    path = tmp_path_factory.mktemp("template") / "runmiao.db"
    _make_tables(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """A migrated, empty PostgreSQL database to copy from."""
    execute(postgres_url, f"CREATE DATABASE {TEMPLATE}")
    _make_tables(_sibling(postgres_url, TEMPLATE))
    return postgres_url


def _make_tables(url: str) -> None:
    engine = open_engine(url)
    migrate(engine)
    engine.dispose()


def _sibling(url: str, name: str) -> str:
    return f"{url.rpartition('/')[0]}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with all tables; the test runs once on each kind."""
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        yield f"sqlite:///{shutil.copy(template, tmp_path / 'runmiao.db')}"
        return
    server = request.getfixturevalue("postgres_template")
    name = f"runmiao_test_{next(_numbers)}"
    execute(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield _sibling(server, name)
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_url(database_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A second database of the same kind, without any table."""
    if database_url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'empty' / 'runmiao.db'}"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"runmiao_empty_{next(_numbers)}"
    execute(server, f"CREATE DATABASE {name}")
    yield _sibling(server, name)
    execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Sessions]:
    """Sessions on the fresh database."""
    engine = open_engine(database_url)
    yield open_sessions(engine)
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still at :data:`NOW`."""
    return lambda: NOW


@pytest.fixture
def keys() -> Keys:
    return Keys("a root key that is only used in tests")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Demo settings with a data folder of the test's own."""
    return Settings(data_folder=str(tmp_path / "var"))
