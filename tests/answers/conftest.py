"""The engine over the real library, read from its files."""

from __future__ import annotations

import pytest
from asking import Asker

from knowledge_base.files import read_library
from knowledge_base.library import Snapshot, build_snapshot


@pytest.fixture(scope="session")
def real_snapshot() -> Snapshot:
    files = read_library()
    assert not files.faults
    return build_snapshot([(each, 1) for each in files.entries.values()], files.documents, 1)


@pytest.fixture(scope="session")
def ask(real_snapshot: Snapshot) -> Asker:
    return Asker(real_snapshot)
