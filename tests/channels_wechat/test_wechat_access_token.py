"""The account's access token: one refresher for all processes, sealed in the database."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select
from wechat_account import USER, Account

from channels.wechat_client import WechatClient, WechatRefused, WechatUnreachable
from channels.wechat_tables import WechatAccessToken
from core.database import reading, transaction
from tests.wechat_platform import APP_ID


@pytest.fixture
async def clients(account: Account):
    made = [WechatClient(account.services) for _ in range(4)]
    yield made
    for each in made:
        await each.close()


async def test_of_many_that_need_a_token_one_fetches_it(
    account: Account, clients: list[WechatClient]
) -> None:
    tokens = await asyncio.gather(*(each.access_token() for each in clients * 3))

    assert len(set(tokens)) == 1
    assert account.platform.tokens_given == 1


async def test_the_token_is_kept_sealed(account: Account, clients: list[WechatClient]) -> None:
    token = await clients[0].access_token()

    with reading(account.services.sessions) as session:
        row = session.get_one(WechatAccessToken, APP_ID)
        assert token not in str(row.sealed_token)
        assert account.services.keys.unseal(str(row.sealed_token)) == token
        assert row.leased_until is None


async def test_a_refused_token_is_replaced_once_and_the_message_goes_out(
    account: Account, clients: list[WechatClient]
) -> None:
    await account.agree()
    await clients[0].access_token()
    account.platform.expire_token()

    await asyncio.gather(*(each.send_text(USER, f"消息{n}") for n, each in enumerate(clients)))

    assert sorted(account.shown) == ["消息0", "消息1", "消息2", "消息3"]
    assert account.platform.tokens_given == 2


async def test_the_token_is_fetched_anew_before_it_runs_out(
    account: Account, clients: list[WechatClient]
) -> None:
    await account.agree()
    first = await clients[0].access_token()
    account.put_forward(timedelta(seconds=7200 - 200))

    second = await clients[1].access_token()

    assert first != second
    await account.platform.event(USER, "SCAN")
    await clients[0].send_text(USER, "好")
    assert account.platform.refusals == []


async def test_the_old_token_serves_while_another_process_fetches_the_next(
    account: Account, clients: list[WechatClient]
) -> None:
    token = await clients[0].access_token()
    account.put_forward(timedelta(seconds=7200 - 200))
    with transaction(account.services.sessions) as session:
        row = session.get_one(WechatAccessToken, APP_ID)
        row.leased_until = account.services.clock() + timedelta(seconds=10)

    assert await clients[1].access_token() == token
    assert account.platform.tokens_given == 1


async def test_a_refresher_that_died_is_replaced_when_its_lease_ends(
    account: Account, clients: list[WechatClient]
) -> None:
    with transaction(account.services.sessions) as session:
        lease = account.services.clock() + timedelta(seconds=0.5)
        session.add(WechatAccessToken(app_id=APP_ID, leased_until=lease))

    assert await asyncio.wait_for(clients[0].access_token(), 5)


async def test_a_failed_fetch_leaves_the_lease_to_the_next(
    account: Account, clients: list[WechatClient]
) -> None:
    real = clients[0]._base
    clients[0]._base = "http://127.0.0.1:9"
    with pytest.raises(WechatUnreachable):
        await clients[0].access_token()
    clients[0]._base = real

    assert await asyncio.wait_for(clients[0].access_token(), 2)


async def test_a_wrong_secret_is_told_by_its_code(account: Account) -> None:
    account.services.settings = account.platform.settings(
        wechat_app_secret="wrong", wechat_api_url=account.services.settings.wechat_api_url
    )
    client = WechatClient(account.services)

    with pytest.raises(WechatRefused) as raised:
        await client.access_token()
    await client.close()

    assert raised.value.code == 40125
    with reading(account.services.sessions) as session:
        assert session.scalars(select(WechatAccessToken.leased_until)).one() is None
