import asyncio
import sqlite3

import pytest
from sqlalchemy import func, select

from consultations.tables import Turn
from core.database import open_engine, open_sessions, reading

QUESTION = "没有收入、没开票，还要申报吗？怎么零申报？"


@pytest.fixture(params=["gone", "read-only", "spoilt"])
def broken_sessions(request, tmp_path):
    """A database server that is down, a file that cannot be written, a file that is none."""
    url = {
        "gone": "postgresql+psycopg://nobody@127.0.0.1:9/nothing?connect_timeout=1",
        "read-only": f"sqlite:///file:{tmp_path / 'runmiao.db'}?mode=ro&uri=true",
        "spoilt": f"sqlite:///{tmp_path / 'spoilt.db'}",
    }[request.param]
    (tmp_path / "spoilt.db").write_bytes(b"this is no database" * 100)
    engine = open_engine(url)
    yield open_sessions(engine)
    engine.dispose()


async def test_a_question_is_refused_with_a_clear_sentence_and_can_be_sent_again(
    door, broken_sessions
):
    await door.open()
    sound, door.services.sessions = door.services.sessions, broken_sessions
    message_id = "5f1c4f0c-9d6e-4c57-8a5a-0d9f3d6f8a10"

    status, error = await door.say(QUESTION, message_id)
    door.services.sessions = sound
    again, _ = await door.say(QUESTION, message_id)

    assert (status, error["error"]["code"]) == (503, "database_gone")
    assert "重试" in error["error"]["message"]
    assert again == 202
    with reading(sound) as session:
        assert session.scalar(select(func.count(Turn.id))) == 1


async def test_the_bureau_and_its_telephone_are_told_all_the_same(door, broken_sessions):
    door.services.sessions = broken_sessions

    status, bureau = await door.call("GET", "/bureau")

    assert (status, bureau["hotline"]) == (200, "12366")


async def test_no_detail_of_the_failure_reaches_the_visitor(door, broken_sessions):
    door.services.sessions = broken_sessions

    _, error = await door.call("POST", "/conversations", {})

    assert error["error"]["details"] == {}
    assert "sqlite" not in str(error).lower()


async def test_a_database_that_is_busy_for_a_moment_is_waited_for(door, tmp_path):
    await door.open()
    other = sqlite3.connect(tmp_path / "runmiao.db", isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")

    asking = asyncio.create_task(door.say(QUESTION))
    await asyncio.sleep(0.3)
    other.execute("COMMIT")
    other.close()

    assert (await asking)[0] == 202
