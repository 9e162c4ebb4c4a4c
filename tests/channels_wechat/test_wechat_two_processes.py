"""Two real app processes on one database: every question gets exactly one answer."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from sqlalchemy import func, select, update
from wechat_account import SlowRasa, answer_to

from channels.wechat_tables import WechatDelivery
from consultations.tables import Answer, Conversation, Turn
from core.clock import utc_now
from core.database import (
    Base,
    Sessions,
    open_engine,
    open_sessions,
    reading,
    transaction,
)
from core.due_work import DueWork
from tests.wechat_platform import (
    ACCOUNT,
    AES_KEY,
    APP_ID,
    APP_SECRET,
    NO_SERVICE,
    TOKEN,
    WechatPlatform,
    as_xml,
    until,
)

ROOT = Path(__file__).resolve().parents[2]
PROCESS = Path(__file__).parent / "account_process.py"


pytestmark = pytest.mark.asyncio(loop_scope="module")


class Pair:
    """Two processes, the platform that calls them in turn, and the database they share."""

    def __init__(
        self,
        sessions: Sessions,
        platform: WechatPlatform,
        rasa: SlowRasa,
        processes: list[asyncio.subprocess.Process],
    ) -> None:
        self.sessions = sessions
        self.platform = platform
        self.rasa = rasa
        self.processes = processes

    async def agree(self, *users: str) -> None:
        self.rasa.delay = 0
        for user in users:
            await self.platform.event(user, "subscribe")
            await self.platform.say(user, "1")
            self.platform.shown[user].clear()

    def asked(self, user: str) -> list[str]:
        return [said for said in self.rasa.asked if user in said]

    def count(self, table: type, user: str, *where: object) -> int:
        """Turns, answers, messages or deliveries of a user."""
        with reading(self.sessions) as session:
            talks = select(Conversation.id).where(Conversation.identity_key == f"wechat:{user}")
            if table is Answer:
                where = (
                    Answer.turn_id.in_(select(Turn.id).where(Turn.conversation_id.in_(talks))),
                )
            else:
                where = (table.conversation_id.in_(talks), *where)
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

    def open_work(self) -> int:
        with reading(self.sessions) as session:
            counting = select(func.count()).select_from(DueWork).where(DueWork.done_at.is_(None))
            return session.scalar(counting) or 0

    async def settled(self, answers: int, *users: str) -> None:
        """Wait until each user's answers were delivered and nothing is left in the outbox."""
        await until(
            lambda: (
                all(
                    self.count(WechatDelivery, user, WechatDelivery.sent_at.is_not(None)) == answers
                    for user in users
                )
                and self.open_work() == 0
            ),
            30,
        )
        await asyncio.sleep(0.7)  # one more round of both loops, in case of a second answer


@asynccontextmanager
async def running_pair(folder: Path) -> AsyncIterator[Pair]:
    engine = open_engine(f"sqlite:///{folder / 'runmiao.db'}")
    Base.metadata.create_all(engine)
    platform, rasa = WechatPlatform(), SlowRasa()
    async with AsyncExitStack() as stack:
        stack.callback(engine.dispose)
        api = await stack.enter_async_context(TestServer(platform.make_app()))
        rasa_server = await stack.enter_async_context(TestServer(rasa.make_app()))
        ports = [_free_port(), _free_port()]
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "RUNMIAO_DATA_FOLDER": str(folder),
            "RUNMIAO_SECRET_KEY": "the root key of these tests, long enough",
            "RUNMIAO_OPERATOR_TOKEN": "operator token of these tests",
            "RUNMIAO_RASA_URL": str(rasa_server.make_url("")),
            "RUNMIAO_WECHAT_TOKEN": TOKEN,
            "RUNMIAO_WECHAT_APP_ID": APP_ID,
            "RUNMIAO_WECHAT_APP_SECRET": APP_SECRET,
            "RUNMIAO_WECHAT_AES_KEY": AES_KEY,
            "RUNMIAO_WECHAT_API_URL": str(api.make_url("")),
            "RUNMIAO_MESSAGES_PER_MINUTE": "500",
        }
        processes = [await _start(environment, port) for port in ports]
        for process in processes:
            stack.push_async_callback(_stop, process)
        for process in processes:
            assert process.stdout is not None
            assert await asyncio.wait_for(process.stdout.readline(), 60) == b"ready\n"
        platform.urls = [f"http://127.0.0.1:{port}/wechat" for port in ports]
        yield Pair(open_sessions(engine), platform, rasa, processes)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    async with running_pair(tmp_path_factory.mktemp("pair")) as made:
        yield made


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _start(environment: dict[str, str], port: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(PROCESS),
        cwd=ROOT,
        env={**environment, "RUNMIAO_PORT": str(port)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None and process.stdin is not None:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 15)
        except TimeoutError:
            process.kill()
            await process.wait()


async def test_three_tries_at_two_processes_give_one_answer(pair: Pair) -> None:
    await pair.agree("oThree")
    pair.rasa.delay = 1
    pair.platform.answers_to_lose["oThree"] = 2

    told = await pair.platform.say("oThree", "oThree问几号截止")
    await pair.settled(1, "oThree")

    assert told == answer_to("oThree问几号截止")
    assert pair.platform.shown["oThree"] == [told]
    assert pair.asked("oThree") == ["oThree问几号截止"]
    assert (pair.count(Turn, "oThree"), pair.count(Answer, "oThree")) == (1, 1)


async def test_a_late_answer_after_three_tries_at_two_processes_comes_once(pair: Pair) -> None:
    await pair.agree("oLate")
    pair.rasa.delay = 6
    pair.platform.answers_to_lose["oLate"] = 2

    told = await pair.platform.say("oLate", "oLate问几号截止")
    await pair.settled(1, "oLate")

    answer = answer_to("oLate问几号截止")
    assert "正在查找" in str(told)
    assert pair.platform.shown["oLate"] == [told, answer]
    assert [sent for sent in pair.platform.sent if sent[0] == "oLate"] == [("oLate", answer)]
    assert pair.asked("oLate") == ["oLate问几号截止"]


async def test_if_all_three_replies_are_lost_a_late_answer_still_comes(pair: Pair) -> None:
    await pair.agree("oLost")
    pair.rasa.delay = 6
    pair.platform.answers_to_lose["oLost"] = 3

    await pair.platform.say("oLost", "oLost问几号截止")
    await pair.settled(1, "oLost")

    assert pair.platform.shown["oLost"] == [NO_SERVICE, answer_to("oLost问几号截止")]


@pytest.mark.parametrize("delay", [0.0, 1.0, 4.0])
async def test_six_calls_at_the_same_moment_all_get_the_same_reply(
    pair: Pair, delay: float
) -> None:
    user = f"oSix{int(delay)}"
    await pair.agree(user)
    pair.rasa.delay = delay
    fields = {
        "ToUserName": ACCOUNT,
        "FromUserName": user,
        "CreateTime": str(int(time.time())),
        "MsgType": "text",
        "Content": f"{user}问几号截止",
        "MsgId": f"77{int(delay)}",
    }

    calls = await asyncio.gather(
        *(
            pair.platform.call_once(url, pair.platform.sealed(as_xml(fields)))
            for url in pair.platform.urls * 3
        )
    )
    await pair.settled(1, user)

    replies = [pair.platform.read_reply(str(body)) for _, body in calls]
    contents = {reply["Content"] if reply else None for reply in replies}
    sent_later = [text for openid, text in pair.platform.sent if openid == user]
    assert len(contents) == 1
    assert sent_later == (
        [] if contents == {answer_to(f"{user}问几号截止")} else [answer_to(f"{user}问几号截止")]
    )
    assert pair.count(Turn, user) == 1
    assert pair.asked(user) == [f"{user}问几号截止"]


async def test_many_users_on_a_bad_line_each_get_each_answer_once(pair: Pair) -> None:
    users = [f"oUser{number:02d}" for number in range(12)]
    await pair.agree(*users)
    pair.rasa.delay = 0.4
    chance = random.Random(20261121)

    async def talk(user: str) -> None:
        for number in range(3):
            pair.platform.answers_to_lose[user] = chance.randrange(3)
            await pair.platform.say(user, f"{user}的问题{number}")

    await asyncio.gather(*(talk(user) for user in users))
    await pair.settled(3, *users)

    for user in users:
        expected = [answer_to(f"{user}的问题{number}") for number in range(3)]
        shown = [text for text in pair.platform.shown[user] if "正在查找" not in text]
        assert sorted(shown) == expected
        assert len(pair.asked(user)) == 3


async def test_a_process_killed_in_the_middle_of_a_question_leaves_it_to_the_other(
    tmp_path: Path,
) -> None:
    async with running_pair(tmp_path) as pair:
        await pair.agree("oKilled")
        pair.rasa.delay = 2
        pair.platform.calls = 0  # the next call goes to the first process

        asking = asyncio.create_task(pair.platform.say("oKilled", "oKilled问几号截止"))
        await until(lambda: pair.asked("oKilled") == ["oKilled问几号截止"])
        pair.processes[0].kill()
        told = await asking
        with transaction(pair.sessions) as session:  # as if the forty seconds were over
            session.execute(
                update(DueWork)
                .where(DueWork.kind == "consultations.answer", DueWork.done_at.is_(None))
                .values(due_at=utc_now() - timedelta(seconds=1))
            )
        await pair.settled(1, "oKilled")

        assert "正在查找" in str(told)
        assert pair.platform.shown["oKilled"] == [told, answer_to("oKilled问几号截止")]
        assert (pair.count(Turn, "oKilled"), pair.count(Answer, "oKilled")) == (1, 1)
