"""Calls that do not come from the platform, or come twice."""

from __future__ import annotations

import time
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select
from wechat_account import USER, Account, answer_to

from channels.keys import SERVICES
from channels.wechat import add_wechat_routes
from channels.wechat_tables import WechatFollower, WechatReceipt
from consultations.tables import Turn
from core.database import reading
from core.settings import BadSetting
from tests.wechat_platform import (
    ACCOUNT,
    AES_KEY,
    OTHER_AES_KEY,
    TOKEN,
    Call,
    as_xml,
    sign,
)


def message(text: str = "你好", message_id: str = "501") -> str:
    return as_xml(
        {
            "ToUserName": ACCOUNT,
            "FromUserName": USER,
            "CreateTime": str(int(time.time())),
            "MsgType": "text",
            "Content": text,
            "MsgId": message_id,
        }
    )


def count(account: Account, table: type) -> int:
    with reading(account.services.sessions) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


async def call(account: Account, sent: Call) -> tuple[int, str | None]:
    return await account.platform.call_once(account.platform.urls[0], sent)


async def test_the_platform_gets_its_word_back_when_it_checks_the_address(
    account: Account,
) -> None:
    stamp = str(int(time.time()))
    params = {"timestamp": stamp, "nonce": "n1", "echostr": "5827391"}

    async with aiohttp.ClientSession() as session:
        good = {**params, "signature": sign(TOKEN, stamp, "n1")}
        async with session.get(account.platform.urls[0], params=good) as response:
            assert (response.status, await response.text()) == (200, "5827391")
            assert response.content_type == "text/plain"
        bad = {**params, "signature": sign("wrong", stamp, "n1")}
        async with session.get(account.platform.urls[0], params=bad) as response:
            assert response.status == 403
            assert "5827391" not in await response.text()


async def test_a_forged_call_is_refused_and_leaves_nothing_behind(account: Account) -> None:
    sent = account.platform.sealed(message())
    sent.params["msg_signature"] = "0" * 40

    status, _ = await call(account, sent)

    assert status == 403
    assert count(account, WechatReceipt) == 0
    assert count(account, WechatFollower) == 0


async def test_a_plain_message_without_encryption_is_refused(account: Account) -> None:
    sent = account.platform.sealed(message())

    status, _ = await call(account, Call(sent.params, message()))

    assert status == 403


async def test_a_call_signed_six_minutes_ago_is_refused(account: Account) -> None:
    sent = account.platform.sealed(message(), at=time.time() - 360)

    status, _ = await call(account, sent)

    assert status == 403
    assert count(account, WechatReceipt) == 0


async def test_a_call_replayed_within_minutes_gets_the_same_answer_and_makes_no_second_turn(
    account: Account,
) -> None:
    await account.agree()
    sent = account.platform.sealed(message("几号申报截止"))

    first = await call(account, sent)
    again = await call(account, sent)

    contents = [account.platform.read_reply(str(body))["Content"] for _, body in (first, again)]
    assert contents == [answer_to("几号申报截止")] * 2
    assert count(account, Turn) == 1
    assert account.rasa.asked == ["几号申报截止"]


async def test_a_message_for_another_account_is_refused(account: Account) -> None:
    sent = account.platform.sealed(message(), app_id="wxffffffffffffffff")

    assert (await call(account, sent))[0] == 403


async def test_an_entity_bomb_inside_a_rightly_signed_call_is_refused(account: Account) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><xml><Content>&b;</Content></xml>'

    status, _ = await call(account, account.platform.sealed(bomb))

    assert status == 400


async def test_an_entity_bomb_around_the_encrypted_part_is_never_expanded(
    account: Account,
) -> None:
    await account.agree()
    sent = account.platform.sealed(message("你好", "777"))
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(12))
    body = f"<!DOCTYPE x [{lol}]>" + sent.body.replace("</xml>", "<Bomb>&l11;</Bomb></xml>")
    started = time.monotonic()

    status, _ = await call(account, Call(sent.params, body))

    assert status == 200
    assert time.monotonic() - started < 3


async def test_a_body_too_large_for_any_message_is_not_read(account: Account) -> None:
    sent = account.platform.sealed(message())

    status, _ = await call(account, Call(sent.params, sent.body + " " * 70_000))

    assert status == 413


async def test_a_message_encrypted_with_the_previous_key_is_answered_with_it(
    account: Account,
) -> None:
    settings = account.platform.settings(
        wechat_aes_key=OTHER_AES_KEY, wechat_previous_aes_key=AES_KEY
    )
    account.services.settings = settings
    app = web.Application()
    app[SERVICES] = account.services
    add_wechat_routes(app)
    async with TestServer(app) as server:
        account.platform.urls = [str(server.make_url("/wechat"))]

        told = await account.platform.event(USER, "subscribe")

    assert told is not None


async def test_without_a_token_there_is_no_door(account: Account) -> None:
    account.services.settings = account.platform.settings(wechat_token="")
    app = web.Application()
    app[SERVICES] = account.services

    add_wechat_routes(app)

    assert not list(app.router.routes())


@pytest.mark.parametrize("missing", ["wechat_app_id", "wechat_aes_key"])
async def test_a_half_set_up_account_is_named_at_the_start(account: Account, missing: str) -> None:
    account.services.settings = account.platform.settings(**{missing: ""})
    app = web.Application()
    app[SERVICES] = account.services

    with pytest.raises(BadSetting) as raised:
        add_wechat_routes(app)

    assert raised.value.details["name"] == f"RUNMIAO_{missing.upper()}"


async def test_if_the_database_is_gone_the_user_hears_it_and_the_message_is_not_kept(
    account: Account, tmp_path: Path
) -> None:
    await account.agree()
    with reading(account.services.sessions) as session:
        session.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    account.services.sessions.kw["bind"].dispose()
    database = tmp_path / "runmiao.db"
    kept = database.rename(tmp_path / "away.db")
    database.mkdir()

    told = await account.say("还在吗")

    assert told is not None
    assert "没有收下" in told
    database.rmdir()
    kept.rename(database)
    assert await account.say("还在吗") == answer_to("还在吗")
    assert count(account, Turn) == 1
