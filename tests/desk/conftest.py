from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import CookieJar, web
from aiohttp.test_utils import TestClient, TestServer

from answers.engine import Engine
from app.gate_questions import Question
from app.library_gate import LibraryGate
from app.tables import all_metadata
from core.database import Base, open_engine, open_sessions, transaction
from core.secrets import Keys
from core.settings import Settings
from desk.keys import SERVICES
from desk.routes import add_desk_routes
from desk.staff import create_staff
from enterprises.sample import load_sample
from knowledge_base.files import ENTRIES, read_library
from knowledge_base.library import Library
from knowledge_base.loading import load_files
from tests.desk.bench import KEY, PASSWORD, STAFF, START, Bench, Page

#: A gate that takes no time; the real questions are asked elsewhere.
FROZEN = (
    Question(text="小规模一个季度卖多少不用交增值税", outcome="answered",
             entries=("vat-small-scale-threshold",)),
    Question(text="鱼香肉丝的做法", outcome="refused", because="foreign"),
)  # fmt: skip


@pytest.fixture(scope="session")
def desk_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the library, a few sample firms and the staff, to copy from."""
    path = tmp_path_factory.mktemp("desk") / "template.db"
    all_metadata()
    database = open_engine(f"sqlite:///{path}")
    Base.metadata.create_all(database)
    files = read_library(ENTRIES / "vat")
    assert files.entries
    with transaction(open_sessions(database)) as session:
        load_files(session, files, editor="files", now=START - timedelta(days=30))
        load_sample(session, now=START, keys=Keys(KEY), count=5)
        for login, name, roles in STAFF:
            create_staff(
                session,
                login=login,
                name=name,
                roles=roles,
                password=PASSWORD,
                now=START,
                must_change=False,
            )
    database.dispose()
    return path


@pytest.fixture(scope="session")
def desk_library(desk_template: Path) -> Iterator[Library]:
    """The library as loaded; tests that publish build their own."""
    database = open_engine(f"sqlite:///{desk_template}")
    library = Library(open_sessions(database))
    library.refresh()
    yield library
    database.dispose()


@pytest.fixture
def bench(desk_template: Path, desk_library: Library, tmp_path: Path) -> Iterator[Bench]:
    path = shutil.copy(desk_template, tmp_path / "desk.db")
    database = open_engine(f"sqlite:///{path}")
    executor, sessions = ThreadPoolExecutor(4), open_sessions(database)
    yield Bench(
        database=database,
        sessions=sessions,
        settings=Settings(data_folder=str(tmp_path / "var")),
        library=desk_library,
        engine=Engine(desk_library),
        gate=LibraryGate(Library(sessions), sessions, lambda: list(FROZEN)),
        executor=executor,
    )
    executor.shutdown()
    database.dispose()


@pytest.fixture
async def server(bench: Bench) -> AsyncIterator[TestServer]:
    app = web.Application()
    app[SERVICES] = bench  # type: ignore[misc]
    add_desk_routes(app)
    server = TestServer(app)
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def open_page(server: TestServer) -> AsyncIterator[Callable[[], Page]]:
    """Open another browser at the same desk."""
    clients: list[TestClient] = []

    def another() -> Page:
        clients.append(TestClient(server, cookie_jar=CookieJar(unsafe=True)))
        return Page(clients[-1])

    yield another
    for client in clients:
        await client.session.close()


@pytest.fixture
async def sign_in(open_page: Callable[[], Page]) -> Callable[[str], Any]:
    """Open a browser and sign in."""

    async def as_login(login: str) -> Page:
        page = open_page()
        assert (await page.sign_in(login)).status == 200
        return page

    return as_login
