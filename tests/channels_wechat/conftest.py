"""The WeChat door over the real services, the played platform, and a stand-in for Rasa's HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from wechat_account import Account, Services, SlowRasa

from channels.keys import SERVICES
from channels.wechat import add_wechat_routes
from core.database import Base, Sessions, open_engine, open_sessions
from tests.wechat_platform import WechatPlatform


@pytest.fixture
def sessions(tmp_path: Path) -> Iterator[Sessions]:
    engine = open_engine(f"sqlite:///{tmp_path / 'runmiao.db'}")
    Base.metadata.create_all(engine)
    yield open_sessions(engine)
    engine.dispose()


@pytest.fixture
def platform() -> WechatPlatform:
    return WechatPlatform()


@pytest.fixture
async def rasa() -> AsyncIterator[SlowRasa]:
    made = SlowRasa()
    async with TestServer(made.make_app()) as server:
        made.url = str(server.make_url("")).rstrip("/")
        yield made


@pytest.fixture
def messages_per_minute() -> int:
    return 200


@pytest.fixture
async def services(
    sessions: Sessions, platform: WechatPlatform, rasa: SlowRasa, messages_per_minute: int
) -> AsyncIterator[Services]:
    async with TestServer(platform.make_app()) as api:
        settings = platform.settings(
            wechat_api_url=str(api.make_url("")), messages_per_minute=messages_per_minute
        )
        made = Services(sessions, settings, rasa.url)
        yield made
        await made.turns.wait_all()
        await made.rasa.close()
        made.executor.shutdown(wait=True)


@pytest.fixture
async def account(
    services: Services, platform: WechatPlatform, rasa: SlowRasa
) -> AsyncIterator[Account]:
    app = web.Application()
    app[SERVICES] = services
    add_wechat_routes(app)
    async with TestServer(app) as server:
        platform.urls = [str(server.make_url("/wechat"))]
        made = Account(services, platform, rasa)
        yield made
        await made.sender.close()
