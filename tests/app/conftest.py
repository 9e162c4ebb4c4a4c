"""A process over a real database and a small part of the library; Rasa is a stub that may fail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest

from app.wiring import Parts, wire
from core.clock import Clock
from core.database import transaction
from core.settings import Settings
from knowledge_base.files import LibraryFiles, read_library
from knowledge_base.loading import load_files
from tests.app.stub_rasa import StubbedTalk, StubRasa, TurningClock


@pytest.fixture(scope="session")
def small_library() -> LibraryFiles:
    files = read_library()
    kept = ("vat-small-scale-threshold", "property-stamp-tax-capital")
    return replace(files, entries={name: files.entries[name] for name in kept})


@pytest.fixture
def stocked_parts(
    settings: Settings, database_url: str, clock: Clock, small_library: LibraryFiles
) -> Iterator[Parts]:
    wired = wire(replace(settings, database_url=database_url))
    with transaction(wired.sessions) as session:
        load_files(session, small_library, editor="files", now=clock())
    wired.library.refresh()
    yield replace(wired, clock=TurningClock(clock()))
    wired.executor.shutdown(wait=True)
    wired.action_executor.shutdown(wait=True)
    wired.database.dispose()


@pytest.fixture
def patience_seconds() -> float:
    """How long Rasa is waited for; a slow machine is no slow Rasa."""
    return 30


@pytest.fixture
async def talk(stocked_parts: Parts, patience_seconds: float) -> AsyncIterator[StubbedTalk]:
    rasa = StubRasa()
    await rasa.server.start_server()
    made = StubbedTalk(stocked_parts, rasa, patience_seconds)
    yield made
    await made.runner.wait_all()
    await made.client.close()
    await rasa.server.close()
