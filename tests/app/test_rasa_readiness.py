"""Whether people are told that Rasa is away, whoever keeps it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, unused_port

from app import rasa_client
from app.door_services import DoorServices
from app.public import make_public_app
from app.wiring import Parts, unwire, wire
from appeals.kinds import load_kinds
from core.settings import Settings


@pytest.fixture
def rasa_port() -> int:
    return unused_port()


@pytest.fixture
async def parts(
    settings: Settings,
    sqlite_template: Path,
    tmp_path: Path,
    rasa_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Parts]:
    monkeypatch.setattr(rasa_client, "WATCH_EVERY_SECONDS", 0.02)
    url = f"http://127.0.0.1:{rasa_port}"
    database = shutil.copy(sqlite_template, tmp_path / "runmiao.db")
    made = wire(replace(settings, database_url=f"sqlite:///{database}", rasa_url=url))
    watching = asyncio.create_task(made.rasa.watch())
    yield made
    watching.cancel()
    await unwire(made)


async def start_rasa(port: int) -> web.AppRunner:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="Hello from Rasa")

    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    return runner


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():
            await asyncio.sleep(0.01)


async def test_a_rasa_kept_by_another_process_is_seen_to_come_and_to_go(
    parts: Parts, rasa_port: int
) -> None:
    services = DoorServices(parts, load_kinds())
    async with TestClient(TestServer(make_public_app(services))) as client:

        async def told() -> tuple[str, bool]:
            ready = await (await client.get("/readyz")).json()
            talk = await (await client.post("/api/v1/conversations", json={})).json()
            return ready["rasa"], talk["degraded"]

        assert await told() == ("degraded", True)

        rasa = await start_rasa(rasa_port)
        await until(lambda: not services.is_degraded())
        assert await told() == ("ok", False)

        await rasa.cleanup()
        await until(services.is_degraded)
        assert await told() == ("degraded", True)
