from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import audit, due_work  # noqa: F401  (their tables are created below)
from core.database import Base, Sessions, open_engine, open_sessions
from core.secrets import Keys


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_engine(f"sqlite:///{tmp_path / 'test.db'}")
    Base.metadata.create_all(engine)
    yield open_sessions(engine)
    engine.dispose()


@pytest.fixture
def now() -> datetime:
    """A Monday in UTC that is already Tuesday, 6 January 2026, in China."""
    return datetime(2026, 1, 5, 17, 30, tzinfo=UTC)


@pytest.fixture
def keys() -> Keys:
    return Keys("a root key that is only used in tests")
