"""One whole service for all tests of this folder, and people in a real Chromium."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from core.database import Sessions, open_engine, open_sessions
from tests.browser.people import DESKTOP, PHONE, Colleague, Taxpayer, new_page
from tests.browser.running_service import RunningService, is_alive

#: The whole service shares a small machine with other tests.
expect.set_options(timeout=20_000)

Arrive = Callable[[], Awaitable[Taxpayer]]
SignIn = Callable[[str], Awaitable[Colleague]]


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """The service with Rasa, ready; at the end nothing of it is left."""
    service = RunningService(tmp_path_factory.mktemp("service"), messages_per_minute="120")
    service.start()
    yield service
    rasa = service.rasa_pid()
    service.stop()
    assert rasa is not None, "Rasa was gone before its time"
    assert not is_alive(rasa), "Rasa outlived its keeper"


@pytest.fixture
def records(running: RunningService) -> Iterator[Sessions]:
    """The database of the service, to look at."""
    engine = open_engine(running.database_url)
    yield open_sessions(engine)
    engine.dispose()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium where there is one, else Playwright's own."""
    async with async_playwright() as playwright:
        made = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield made
        await made.close()


@pytest.fixture
async def arrive(browser: Browser, running: RunningService) -> AsyncIterator[Arrive]:
    """Brings a new taxpayer, on a phone, who has agreed to the notice."""
    came: list[Taxpayer] = []

    async def bring() -> Taxpayer:
        taxpayer = Taxpayer(await new_page(browser, running.url, PHONE))
        came.append(taxpayer)
        await taxpayer.arrive()
        return taxpayer

    yield bring
    for each in came:
        each.check()


@pytest.fixture
async def sign_in(browser: Browser, running: RunningService) -> AsyncIterator[SignIn]:
    """Brings a colleague with a demo account, as printed at start."""
    came: list[Colleague] = []

    async def bring(login: str) -> Colleague:
        colleague = Colleague(await new_page(browser, running.url, DESKTOP))
        came.append(colleague)
        await colleague.sign_in(login, running.logins[login])
        return colleague

    yield bring
    for each in came:
        each.check()
