"""Whoever asks through the public API is told first what no longer holds of earlier answers."""

from sqlalchemy import select

from consultations.corrections import queue_corrections
from consultations.tables import Correction, Message
from core.database import reading, transaction
from knowledge_base.life_cycle import suspend

QUESTION = "没有收入、没开票，还要申报吗？怎么零申报？"
ENTRY = "filing-zero"


async def _asked_and_suspended(door) -> str:
    _, first = await door.call("POST", "/messages", {"text": QUESTION})
    assert (first["entries"][0]["id"], first["corrections"]) == (ENTRY, [])
    now = door.services.clock()
    with transaction(door.services.sessions) as session:
        suspend(session, ENTRY, version=1, reason="有误", officer="li", now=now)
        assert queue_corrections(session, entry_id=ENTRY, region="全国", now=now) == 1
    return first["conversation_token"]


async def test_a_correction_comes_with_the_next_answer_in_the_form_of_the_web_chat_and_once(door):
    token = await _asked_and_suspended(door)
    asked = {"text": "发票丢了怎么办？", "conversation_token": token}

    status, told = await door.call("POST", "/messages", asked)
    _, again = await door.call("POST", "/messages", asked)

    assert status == 200
    [correction] = told["corrections"]
    assert correction["body"]["kind"] == "correction"
    assert "正在重新核对" in correction["body"]["text"]
    assert list(told).index("corrections") < list(told).index("answer")
    assert again["corrections"] == []
    door.token = token
    _, talk = await door.call("GET", "/conversation")
    assert correction in talk["messages"]


async def test_a_correction_that_was_shown_on_the_page_does_not_come_again(door):
    door.token = await _asked_and_suspended(door)
    await door.call("GET", "/conversation")

    _, told = await door.call(
        "POST", "/messages", {"text": "发票丢了怎么办？", "conversation_token": door.token}
    )

    assert told["corrections"] == []


async def test_an_answer_that_comes_too_late_still_brings_the_correction(door, monkeypatch):
    token = await _asked_and_suspended(door)
    monkeypatch.setattr(
        "channels.public_api._EXTRA_SECONDS", -door.services.settings.rasa_timeout_seconds
    )

    status, error = await door.call(
        "POST", "/messages", {"text": "发票丢了怎么办？", "conversation_token": token}
    )

    assert (status, error["error"]["code"]) == (504, "answer_late")
    [correction] = error["error"]["details"]["corrections"]
    with reading(door.services.sessions) as session:
        shown = session.scalars(select(Correction)).one()
        assert shown.message_id == correction["id"]
        assert session.get_one(Message, shown.message_id).body == correction["body"]
