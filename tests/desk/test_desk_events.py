from __future__ import annotations

import asyncio
import json
import re

import pytest

import desk.events
from desk.routes import ROUTES
from desk.tables import Staff


class Stream:
    """Reads events off a response."""

    def __init__(self, response) -> None:
        self.response = response

    async def next(self) -> tuple[str, dict]:
        kind = ""
        while True:
            line = (await asyncio.wait_for(self.response.content.readline(), 10)).decode().strip()
            if line.startswith("event:"):
                kind = line.removeprefix("event:").strip()
            if line.startswith("data:"):
                return kind, json.loads(line.removeprefix("data:"))


@pytest.fixture
def often(monkeypatch):
    monkeypatch.setattr(desk.events, "LOOK_EVERY", 0.1)


async def test_what_happens_in_this_process_is_told_at_once(bench, sign_in):
    talk_id, _ = bench.talk("你好", wants_person=True)
    watching, agent = await sign_in("agent02"), await sign_in("agent01")
    response = await watching.get("/events")

    await agent.do(f"/conversations/{talk_id}/accept")

    assert response.headers["Content-Type"].startswith("text/event-stream")
    assert await Stream(response).next() == ("conversation", {"conversation_id": talk_id})


async def test_what_another_process_wrote_is_told_soon(bench, sign_in, often):
    watching = await sign_in("agent01")
    stream = Stream(await watching.get("/events"))
    await asyncio.sleep(0.3)

    bench.talk("你好")
    assert await stream.next() == ("conversation", {})
    bench.appeal()
    assert await stream.next() == ("appeal", {})


async def test_a_stream_ends_with_its_session(bench, sign_in, often):
    watching = await sign_in("agent01")
    response = await watching.get("/events")
    with bench.sessions() as session, session.begin():
        session.get_one(Staff, "agent01").disabled_at = bench.now

    rest = await asyncio.wait_for(response.content.read(), 10)

    assert b"event:" not in rest


async def test_listening_keeps_nobody_signed_in(bench, sign_in, often):
    watching = await sign_in("agent01")
    response = await watching.get("/events")

    bench.later(minutes=61)

    await asyncio.wait_for(response.content.read(), 10)
    assert (await watching.get("/me")).status == 401


async def test_every_route_refuses_a_stranger(server, open_page):
    stranger = open_page()
    for method, path, _ in ROUTES:
        if path == "/login":
            continue
        known = (
            ("{id:[0-9]+}", "1"),
            ("{id:[0-9]{1,9}}", "1"),
            ("{id:[a-z0-9-]+}", "an-entry"),
            ("{number}", "SQ20260917-ZZZZZZ"),
            ("{year:20[0-9]{2}}", "2026"),
            ("{login}", "agent01"),
        )
        for pattern, value in known:
            path = path.replace(pattern, value)
        path = re.sub(r"\{\w+:([a-z-]+)[a-z|-]*\}", r"\1", path)
        response = await stranger.client.request(method, f"/api/v1/desk{path}", json={})
        assert response.status == 401, (method, path)
