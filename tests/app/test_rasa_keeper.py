from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import pytest

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
