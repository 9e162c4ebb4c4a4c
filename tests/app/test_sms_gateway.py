"""One-time codes leave through the bureau's gateway, played here by a server on loopback."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import select

from app.due_handlers import handlers, senders
from app.due_loop import DueLoop
from app.sms_gateway import SmsGateway
from app.wiring import Parts, unwire, wire
from appeals.kinds import load_kinds
from core.clock import Clock
from core.database import reading, transaction
from core.due_work import DueWork
from core.settings import Settings
from enterprises.binding import confirm_binding, start_binding
from enterprises.kinds import Role
from enterprises.sample import OTHER_BOOKKEEPER_PHONE, load_sample
from enterprises.sample_firms import sample_firms

TOKEN = "the bureau's token"
VISITOR = "web:visitor-1"
FIRM = sample_firms(60)[55]


class Gateway:
    """Takes codes over, or fails with the next of ``failures``."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.asked: list[web.Request] = []
        self.failures: list[int] = []

    async def take(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        if self.failures:
            status = self.failures.pop(0)
            return web.Response(status=status, headers={"Location": "/elsewhere"})
        self.taken.append(await request.json())
        return web.json_response({"ok": True})


class Mover:
    """A clock that stands still until it is moved."""

    def __init__(self, clock: Clock) -> None:
        self.at = clock()

    def __call__(self):
        return self.at


@pytest.fixture
async def gateway() -> Gateway:
    return Gateway()


@pytest.fixture
async def gateway_url(gateway: Gateway) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/codes", gateway.take)
    app.router.add_route("*", "/elsewhere", gateway.take)
    async with TestServer(app) as server:
        yield str(server.make_url("/codes"))


@pytest.fixture
async def parts(
    settings: Settings, database_url: str, gateway_url: str, clock: Clock
) -> AsyncIterator[Parts]:
    settings = replace(
        settings,
        mode="production",
        database_url=database_url,
        sms_gateway_url=gateway_url,
        sms_gateway_token=TOKEN,
    )
    wired = wire(settings)
    with transaction(wired.sessions) as session:
        load_sample(session, now=clock(), keys=wired.keys, count=60)
    yield replace(wired, clock=Mover(clock))
    await unwire(wired)


def ask_for_code(parts: Parts) -> None:
    with transaction(parts.sessions) as session:
        sent = start_binding(
            session,
            identity_key=VISITOR,
            uscc=FIRM.uscc,
            role=Role.TAX_CLERK,
            keys=parts.keys,
            now=parts.clock(),
            settings=parts.settings,
        )
    assert sent.demo_code is None


async def work_off(parts: Parts, after: timedelta = timedelta()) -> DueWork:
    """Do what is due after that time; returns the sending of the code."""
    parts.clock.at += after
    sms = SmsGateway(parts.settings, parts.keys, parts.clock)
    loop = DueLoop(parts, handlers(parts, load_kinds()), senders(parts, None, sms))
    while await loop.once():
        pass
    await sms.close()
    with reading(parts.sessions) as session:
        return session.scalars(select(DueWork).where(DueWork.kind == "deliver.sms")).one()


async def test_a_code_reaches_the_gateway_in_plain_with_the_token_and_binds_the_firm(
    parts: Parts, gateway: Gateway
) -> None:
    ask_for_code(parts)

    work = await work_off(parts)

    [taken] = gateway.taken
    assert work.done_at is not None
    assert taken["phone"] == OTHER_BOOKKEEPER_PHONE
    assert taken["minutes"] == parts.settings.one_time_code_minutes
    assert gateway.asked[0].headers["Authorization"] == f"Bearer {TOKEN}"
    with transaction(parts.sessions) as session:
        confirmed = confirm_binding(
            session,
            identity_key=VISITOR,
            code=taken["code"],
            keys=parts.keys,
            now=parts.clock(),
            settings=parts.settings,
        )
    assert confirmed.firm().name == FIRM.name


@pytest.mark.parametrize("status", [500, 401, 302])
async def test_a_code_that_was_not_taken_is_handed_over_again_later(
    parts: Parts, gateway: Gateway, status: int
) -> None:
    gateway.failures = [status]
    ask_for_code(parts)

    work = await work_off(parts)
    assert (work.done_at, gateway.taken) == (None, [])
    assert len(gateway.asked) == 1, "a redirect is not followed"

    work = await work_off(parts, timedelta(seconds=90))
    assert work.done_at is not None
    assert [each["minutes"] for each in gateway.taken] == [4]


async def test_a_code_that_expired_meanwhile_is_never_sent(parts: Parts, gateway: Gateway) -> None:
    gateway.failures = [503]
    ask_for_code(parts)
    await work_off(parts)

    work = await work_off(parts, timedelta(minutes=parts.settings.one_time_code_minutes))

    assert work.done_at is not None
    assert len(gateway.asked) == 1


async def test_a_gateway_that_is_gone_is_waited_for(parts: Parts, gateway: Gateway) -> None:
    ask_for_code(parts)
    gone = replace(
        parts, settings=replace(parts.settings, sms_gateway_url="http://127.0.0.1:9/codes")
    )

    work = await work_off(gone)
    assert (work.done_at, work.last_error) == (None, "SmsNotTaken: ClientConnectorError")

    await work_off(parts, timedelta(seconds=10))
    assert len(gateway.taken) == 1


async def test_neither_phone_nor_code_is_logged_or_stored_in_plain(
    parts: Parts,
    gateway: Gateway,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    # a random code would now and then stand in a time or an address by chance
    monkeypatch.setattr("enterprises.codes.new_digits", lambda length: "739184"[:length])
    gateway.failures = [500]
    ask_for_code(parts)
    await work_off(parts)
    work = await work_off(parts, timedelta(seconds=30))

    [taken] = gateway.taken
    written = caplog.text + str(vars(work))
    assert "due work deliver.sms" in caplog.text
    assert taken["phone"] not in written
    assert taken["code"] not in written
