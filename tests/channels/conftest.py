"""The web door over the real services: library, engine, turns, SQLite; Rasa is away."""

import shutil
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from playwright.async_api import BrowserContext, Page, async_playwright
from web_door import Door
from web_site import PublicSite

from answers.engine import Engine
from app.rasa_client import RasaClient
from app.rasa_tracker import forget_talks
from app.tables import all_metadata
from app.turns import TurnRunner
from channels.keys import SERVICES
from channels.web import add_web_routes
from core.bureau import read_bureau
from core.database import Sessions, open_engine, open_sessions, transaction
from core.hub import Hub
from core.secrets import Keys
from core.settings import Settings
from knowledge_base.files import read_library
from knowledge_base.library import Library
from knowledge_base.loading import load_files

#: 01:30 on the 21st in China, still the 20th in UTC.
NOW = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
NOBODY_LISTENS = "http://127.0.0.1:9"


class TurningClock:
    """A clock that moves by a millisecond at every look, and further on request."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


class Services:
    """The services of the door, wired as the app wires them."""

    def __init__(
        self, folder: Path, sessions: Sessions, settings: Settings, library: Library
    ) -> None:
        self.settings = settings
        self.sessions = sessions
        self.clock = TurningClock()
        self.keys = Keys("the root key of these tests, long enough")
        self.operator_token = "operator token of these tests"
        self.bureau = read_bureau()
        self.hub = Hub()
        self.executor = ThreadPoolExecutor(4)
        self.library = library
        self.rasa = RasaClient(NOBODY_LISTENS, 1)
        self.forget_talks = partial(forget_talks, folder / "rasa_tracker.db")
        self.turns = TurnRunner(
            sessions=sessions,
            clock=self.clock,
            engine=Engine(self.library),
            rasa=self.rasa,
            hub=self.hub,
            executor=self.executor,
            region=self.bureau.region,
        )

    def is_degraded(self) -> bool:
        return True

    def staff_name(self, session: Any, staff_login: str) -> str | None:
        return {"agent01": "王坐席"}.get(staff_login)


@pytest.fixture(scope="session")
def filled_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("library") / "filled.db"
    engine = open_engine(f"sqlite:///{path}")
    all_metadata().create_all(engine)
    with transaction(open_sessions(engine)) as session:
        load_files(session, read_library(), editor="files", now=NOW)
    engine.dispose()  # the last connection takes the log into the file
    return path


@pytest.fixture(scope="session")
def library(filled_database: Path) -> Library:
    read_only = open_engine(f"sqlite:///{filled_database}")
    found = Library(open_sessions(read_only))
    found.refresh()
    read_only.dispose()
    return found


@pytest.fixture
def sessions(filled_database: Path, tmp_path: Path) -> Iterator[Sessions]:
    path = tmp_path / "runmiao.db"
    shutil.copy(filled_database, path)
    engine = open_engine(f"sqlite:///{path}")
    yield open_sessions(engine)
    engine.dispose()


@pytest.fixture
def settings() -> Settings:
    return Settings(messages_per_minute=20)


@pytest.fixture
async def services(
    sessions: Sessions, settings: Settings, library: Library, tmp_path: Path
) -> AsyncIterator[Services]:
    made = Services(tmp_path, sessions, settings, library)
    yield made
    await made.turns.wait_all()
    await made.rasa.close()
    made.executor.shutdown(wait=True)


@pytest.fixture
async def door(services: Services) -> AsyncIterator[Door]:
    app = web.Application(client_max_size=256 * 1024)
    app[SERVICES] = services
    add_web_routes(app)
    async with TestClient(TestServer(app)) as client:
        yield Door(client, services)


@pytest.fixture
async def site(services: Services) -> AsyncIterator[PublicSite]:
    made = PublicSite(services)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def context(site: PublicSite) -> AsyncIterator[BrowserContext]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        context = await browser.new_context(
            base_url=site.url, viewport={"width": 360, "height": 740}, locale="zh-CN"
        )
        context.set_default_timeout(15_000)
        yield context
        await browser.close()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """The page, opened; it must neither fail nor ask any other machine for anything."""
    page = await context.new_page()
    faults: list[str] = []
    asked: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    await page.goto("/")
    yield page
    assert faults == []
    assert [url for url in asked if "//127.0.0.1:" not in url] == []
