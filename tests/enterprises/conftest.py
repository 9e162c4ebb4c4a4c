from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import core.due_work  # noqa: F401
import enterprises.binding_tables  # noqa: F401
from core.database import Base, Sessions, open_engine, open_sessions, transaction
from core.secrets import Keys
from core.settings import Settings
from enterprises.kinds import Role
from enterprises.sample import load_sample
from enterprises.vault import make_person
from tests.enterprises.visits import ROOT_KEY, Door, Staffed, appoint, make_enterprise


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(engine)
    yield open_sessions(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def sample_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the sample loaded on 21 November 2026."""
    path = tmp_path_factory.mktemp("sample") / "sample.db"
    engine = open_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    with transaction(open_sessions(engine)) as session:
        load_sample(session, now=datetime(2026, 11, 21, 2, tzinfo=UTC), keys=Keys(ROOT_KEY))
    engine.dispose()
    return path


@pytest.fixture
def sample(sample_database: Path, tmp_path: Path) -> Iterator[Sessions]:
    engine = open_engine(f"sqlite:///{shutil.copy(sample_database, tmp_path / 'sample.db')}")
    yield open_sessions(engine)
    engine.dispose()


@pytest.fixture
def now() -> datetime:
    """A Wednesday in UTC that is already Thursday, 17 September 2026, in China."""
    return datetime(2026, 9, 16, 17, 30, tzinfo=UTC)


@pytest.fixture
def keys() -> Keys:
    return Keys(ROOT_KEY)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def production(settings: Settings) -> Settings:
    return replace(settings, mode="production")


@pytest.fixture
def staff_firm(sessions: Sessions, keys: Keys) -> Callable[..., Staffed]:
    """Store a firm and its legal representative, or put a known person in a role of it."""

    def store(
        serial: int = 1,
        *,
        role: Role = Role.LEGAL_REPRESENTATIVE,
        person_id: int | None = None,
        **firm: object,
    ) -> Staffed:
        with transaction(sessions) as session:
            enterprise = make_enterprise(serial, **firm)
            session.add(enterprise)
            if person_id is None:
                person = make_person(
                    name=f"示例赵{serial}", phone=f"1990000{serial:04d}", keys=keys
                )
                session.add(person)
                session.flush()
                person_id = person.id
            session.flush()
            appoint(session, enterprise.id, person_id, role)
            return Staffed(enterprise.id, enterprise.uscc, person_id)

    return store


@pytest.fixture
def door(sessions: Sessions, keys: Keys, settings: Settings) -> Door:
    return Door(sessions, keys, settings)
