from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port

from app import rasa_keeper
from app.model_files import ModelShelf
from app.rasa_client import RasaClient
from app.rasa_keeper import RasaKeeper

NOBODY_LISTENS = "http://127.0.0.1:9"


async def test_rasa_is_started_without_the_secrets_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNMIAO_SECRET_KEY", "the root key")
    monkeypatch.setenv("RUNMIAO_DATABASE_URL", "postgresql://runmiao:secret@db/runmiao")
    monkeypatch.setenv("LANG", "C.UTF-8")
    told = tmp_path / "told"
    stand_in = tmp_path / "python"
    stand_in.write_text(f"#!/bin/sh\nenv > {told}.part; mv {told}.part {told}; sleep 60\n")
    stand_in.chmod(0o700)
    client = RasaClient(NOBODY_LISTENS, 1)
    keeper = RasaKeeper(client, port=9, inner_port=5055, folder=tmp_path, python=stand_in)

    keeping = asyncio.create_task(keeper.run())
    async with asyncio.timeout(10):
        while not told.exists():
            await asyncio.sleep(0.02)
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping
    await client.close()

    given = dict(line.split("=", 1) for line in told.read_text().splitlines())
    assert {name for name in given if name.startswith("RUNMIAO_")} == {
        "RUNMIAO_ACTION_URL",
        "RUNMIAO_TRACKER_DB",
    }
    assert given["RUNMIAO_ACTION_URL"] == "http://127.0.0.1:5055/webhook"
    assert given["LANG"] == "C.UTF-8"
    assert "secret" not in told.read_text()


#: Serves like Rasa, also without a model; a model that says "crash" ends it at once.
STAND_IN = """#!{python}
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
given = dict(zip(sys.argv, sys.argv[1:]))
model = Path(given["--model"]).read_text()
if model == "crash":
    sys.exit(1)
if model == "broken":
    print("Could not load model due to this.", flush=True)
Path({told!r}).open("a").write(model + " ")
class Hello(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        return
HTTPServer(("127.0.0.1", int(given["-p"])), Hello).serve_forever()
"""


class Kept:
    """A keeper over a stand-in, and what the stand-in was started on."""

    def __init__(self, folder: Path) -> None:
        self.told = folder / "told"
        self.told.touch()
        python = folder / "python"
        python.write_text(STAND_IN.format(python=sys.executable, told=str(self.told)))
        python.chmod(0o700)
        port = unused_port()
        self.client = RasaClient(f"http://127.0.0.1:{port}", 1)
        self.shelf = ModelShelf(folder / "models" / "runmiao.tar.gz")
        self.shelf.current.parent.mkdir()
        self.shelf.current.write_text("first")
        self.unloadable: list[str] = []
        self.keeper = RasaKeeper(
            self.client,
            port=port,
            inner_port=5055,
            folder=folder,
            python=python,
            shelf=self.shelf,
            on_unloadable=self.unloadable.append,
        )

    def put(self, text: str) -> None:
        """Make another model current, as a release does."""
        part = self.shelf.current.with_name("part")
        part.write_text(text)
        part.replace(self.shelf.current)

    async def until_started_on(self, *models: str) -> None:
        async with asyncio.timeout(30):
            while self.told.read_text().split() != list(models) or not self.client.ready:
                await asyncio.sleep(0.05)
            while self.shelf.current_digest() != self.keeper.loaded:
                await asyncio.sleep(0.05)


@pytest.fixture
async def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Kept]:
    monkeypatch.setattr(rasa_keeper, "CHECK_EVERY", 0.1)
    made = Kept(tmp_path)
    keeping = asyncio.create_task(made.keeper.run())
    yield made
    keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping
    await made.client.close()


async def test_another_model_is_taken_up_without_a_pause(kept: Kept) -> None:
    await kept.until_started_on("first")
    kept.put("second")

    await kept.until_started_on("first", "second")

    assert kept.keeper.restarts == 0
    assert kept.unloadable == []


@pytest.mark.parametrize(("model", "started"), [("broken", ["broken"]), ("crash", [])])
async def test_a_model_that_rasa_cannot_load_is_put_back_and_said(
    kept: Kept, model: str, started: list[str]
) -> None:
    await kept.until_started_on("first")
    kept.put(model)
    digest = kept.shelf.current_digest()

    await kept.until_started_on("first", *started, "first")

    assert kept.shelf.current.read_text() == "first"
    assert kept.unloadable == [digest]
