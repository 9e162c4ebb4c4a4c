"""A turn is answered exactly once, whatever happens to Rasa on the way."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web

from consultations.hand_over import accept_talk
from consultations.sentences import say
from consultations.tables import Answer, Turn, TurnState
from core.database import transaction
from tests.app.stub_rasa import Behave, StubbedTalk, says

QUESTION = "小规模季度销售额29万要交增值税吗"
ANSWER = "免征增值税，应缴0元"
FORM_QUESTION = "请说说您要反映的事情。"
#: Longer than the time a process has for a turn of its own.
_SECONDS_41 = timedelta(seconds=41)


async def test_an_action_answers_and_rasas_empty_relay_adds_nothing(talk: StubbedTalk) -> None:
    async def behave(body: dict[str, Any]) -> web.StreamResponse:
        await talk.act(body)
        return says({"recipient_id": "x", "custom": {"turn_id": body["metadata"]["turn_id"]}})

    talk.rasa.behave = behave
    turn_id = talk.receive(QUESTION)

    await talk.runner.submit(turn_id)

    assert len(talk.shown(turn_id)) == 1
    assert ANSWER in talk.shown(turn_id)[0]
    turn = talk.turn(turn_id)
    assert (turn.state, turn.degraded) == (TurnState.ANSWERED, False)
    assert talk.open_work("consultations.answer") == []
    assert talk.rasa.heard[0]["sender"] == talk.conversation().talk_id


async def test_what_an_action_said_stands_before_the_next_question_of_the_form(
    talk: StubbedTalk,
) -> None:
    async def behave(body: dict[str, Any]) -> web.StreamResponse:
        await talk.act(body)
        return says(
            {"custom": {"turn_id": "x"}},
            {"text": FORM_QUESTION, "buttons": [{"title": "算了", "payload": "算了"}]},
        )

    talk.rasa.behave = behave
    turn_id = talk.receive(QUESTION)

    await talk.runner.submit(turn_id)

    first, second = talk.shown(turn_id)
    assert ANSWER in first
    assert second == FORM_QUESTION
    assert talk.messages()[-1].body["buttons"] == [
        {"label": "算了", "kind": "say", "value": "算了"}
    ]


async def test_the_question_of_a_form_alone_is_the_answer_of_the_turn(talk: StubbedTalk) -> None:
    async def behave(_: dict[str, Any]) -> web.StreamResponse:
        return says({"text": FORM_QUESTION})

    talk.rasa.behave = behave
    turn_id = talk.receive("我要提诉求")

    await talk.runner.submit(turn_id)

    assert talk.shown(turn_id) == [FORM_QUESTION]
    answer = talk.answer(turn_id)
    assert answer is not None
    assert answer.outcome == "clarifying"


async def test_a_rasa_that_says_nothing_leaves_the_answer_to_the_library(
    talk: StubbedTalk,
) -> None:
    turn_id = talk.receive(QUESTION)

    await talk.runner.submit(turn_id)

    (text,) = talk.shown(turn_id)
    assert ANSWER in text
    assert not talk.turn(turn_id).degraded


@pytest.mark.parametrize("patience_seconds", [0.3])
async def test_a_slow_rasa_is_a_fallback_once_and_the_late_action_hands_back_what_was_stored(
    talk: StubbedTalk,
) -> None:
    async def behave(body: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(0.6)
        await talk.act(body)
        return says({"text": "too late"})

    talk.rasa.behave = behave
    turn_id = talk.receive(QUESTION)

    await talk.runner.submit(turn_id)
    before = talk.answer(turn_id)
    await talk.act(talk.rasa.heard[0])

    notice, text = talk.shown(turn_id)
    assert notice == say("degraded")
    assert ANSWER in text
    assert talk.turn(turn_id).degraded
    after = talk.answer(turn_id)
    assert before is not None and after is not None
    assert (before.created_at, before.act) == (after.created_at, None)


@pytest.mark.parametrize("patience_seconds", [0.3])
async def test_the_page_hears_that_it_takes_longer_and_that_rasa_is_away(
    talk: StubbedTalk,
) -> None:
    async def behave(_: dict[str, Any]) -> web.StreamResponse:
        await asyncio.sleep(0.6)
        return says()

    talk.rasa.behave = behave
    turn_id = talk.receive(QUESTION)

    with talk.parts.hub.listen(f"conversation:{talk.id}") as told:
        await talk.runner.submit(turn_id)
        notices = [told.get_nowait() for _ in range(told.qsize())]

    stages = [each.data["stage"] for each in notices if each.kind == "status"]
    assert stages == ["understanding", "slow", "degraded", "done"]
    assert [each.kind for each in notices].count("message") == 2


async def test_a_dead_rasa_is_a_fallback_with_a_notice(talk: StubbedTalk) -> None:
    await talk.rasa.server.close()
    turn_id = talk.receive(QUESTION)

    await talk.runner.submit(turn_id)

    notice, text = talk.shown(turn_id)
    assert notice == say("degraded")
    assert ANSWER in text
    assert not await talk.client.is_ready()


async def test_a_rasa_killed_between_action_and_reply_shows_the_actions_answer_once(
    talk: StubbedTalk,
) -> None:
    async def behave(body: dict[str, Any]) -> web.StreamResponse:
        await talk.act(body)
        raise asyncio.CancelledError  # the connection breaks without an answer

    talk.rasa.behave = behave
    turn_id = talk.receive(QUESTION)

    await talk.runner.submit(turn_id)

    (text,) = talk.shown(turn_id)
    assert ANSWER in text
    answer = talk.answer(turn_id)
    assert answer is not None and answer.act == "ask_tax"


GARBAGE = (
    b"",
    b"<html>502</html>",
    b"\xff\xfe{",
    b"null",
    b"7",
    b'{"text": "not a list"}',
    b'["words"]',
    b"[null]",
    b'[{"text": 5}]',
    b'[{"text": "x", "buttons": [{"title": "no payload"}]}]',
    b'[{"text": "x", "buttons": "none"}]',
)


async def test_garbage_from_rasa_is_a_fallback(talk: StubbedTalk) -> None:
    for garbage in GARBAGE:
        talk.rasa.behave = _answers(200, garbage)
        turn_id = talk.receive(QUESTION)

        await talk.runner.submit(turn_id)

        notice, text = talk.shown(turn_id)
        assert notice == say("degraded"), garbage
        assert ANSWER in text


async def test_an_error_of_rasa_is_a_fallback(talk: StubbedTalk) -> None:
    for status in (404, 500, 503):
        talk.rasa.behave = _answers(status, b"[]")
        turn_id = talk.receive(QUESTION)

        await talk.runner.submit(turn_id)

        assert talk.shown(turn_id)[0] == say("degraded")


def _answers(status: int, body: bytes) -> Behave:
    async def behave(_: dict[str, Any]) -> web.StreamResponse:
        return web.Response(status=status, body=body, content_type="application/json")

    return behave


async def test_submitting_a_turn_twice_runs_it_once(talk: StubbedTalk) -> None:
    turn_id = talk.receive(QUESTION)

    await asyncio.gather(talk.runner.submit(turn_id), talk.runner.submit(turn_id))
    await talk.runner.submit(turn_id)

    assert len(talk.rasa.heard) == 1
    assert len(talk.shown(turn_id)) == 1


async def test_two_processes_that_run_one_turn_answer_it_once(talk: StubbedTalk) -> None:
    other = talk.new_runner(talk.parts)
    turn_id = talk.receive(QUESTION)

    await asyncio.gather(talk.runner.submit(turn_id), other.submit(turn_id))

    assert len(talk.shown(turn_id)) == 1
    assert talk.turn(turn_id).state is TurnState.ANSWERED


async def test_turns_of_one_talk_run_one_after_the_other_in_their_order(
    talk: StubbedTalk,
) -> None:
    under_way, most = 0, 0

    async def behave(body: dict[str, Any]) -> web.StreamResponse:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.02)
        under_way -= 1
        return says({"text": f"答：{body['message']}"})

    talk.rasa.behave = behave
    turn_ids = [talk.receive(f"第{number}问") for number in range(6)]

    await asyncio.gather(*(talk.runner.submit(turn_id) for turn_id in turn_ids))

    assert most == 1
    assert [each["message"] for each in talk.rasa.heard] == [f"第{n}问" for n in range(6)]
    bot_said = [m.body["text"] for m in talk.messages() if m.author.value == "bot"]
    assert bot_said == [f"答：第{n}问" for n in range(6)]


async def test_a_follow_up_sent_at_once_is_read_with_the_answer_before_it(
    talk: StubbedTalk,
) -> None:
    first, second = talk.receive(QUESTION), talk.receive("那31万呢")

    await asyncio.gather(talk.runner.submit(first), talk.runner.submit(second))

    assert "应缴增值税3,100元" in talk.shown(second)[0]


async def test_a_slash_is_never_a_command_to_rasa(talk: StubbedTalk) -> None:
    for text in ("/restart", "／session_start", "/ /restart", "/"):
        await talk.runner.submit(talk.receive(text))

    assert [each["message"] for each in talk.rasa.heard] == [
        "restart", "session_start", "restart", "？",
    ]  # fmt: skip


async def test_once_a_person_holds_the_talk_the_bot_is_silent(talk: StubbedTalk) -> None:
    turn_id = talk.receive(QUESTION)
    with transaction(talk.parts.sessions) as session:
        accept_talk(session, talk.id, staff_login="li", staff_name="李坐席", now=talk.parts.clock())

    await talk.runner.submit(turn_id)

    assert talk.rasa.heard == []
    assert talk.shown(turn_id) == []
    assert talk.turn(turn_id).state is TurnState.WITH_PERSON
    assert talk.open_work("consultations.answer") == []


async def test_an_unknown_turn_is_nothing_to_do(talk: StubbedTalk) -> None:
    await talk.runner.submit("no such turn")

    assert talk.rasa.heard == []


async def test_a_turn_whose_process_died_is_taken_up_by_due_work(talk: StubbedTalk) -> None:
    turn_id = talk.receive(QUESTION)
    assert await talk.work_off() == 0  # its own process still has time

    talk.parts.clock.at += _SECONDS_41  # type: ignore[attr-defined]
    await talk.work_off()

    (text,) = talk.shown(turn_id)
    assert ANSWER in text
    assert talk.open_work("consultations.answer") == []


async def test_a_turn_that_died_after_its_action_shows_the_actions_answer(
    talk: StubbedTalk,
) -> None:
    turn_id = talk.receive(QUESTION)
    await talk.act({"metadata": {"turn_id": turn_id}})
    stored = talk.answer(turn_id)

    talk.parts.clock.at += _SECONDS_41  # type: ignore[attr-defined]
    await talk.work_off()

    assert len(talk.shown(turn_id)) == 1
    after = talk.answer(turn_id)
    assert stored is not None and after is not None
    assert json.dumps(stored.parts) == json.dumps(after.parts)


async def test_a_turn_that_fails_again_stays_due_until_it_is_answered(
    talk: StubbedTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn_id = talk.receive(QUESTION)
    talk.parts.clock.at += _SECONDS_41  # type: ignore[attr-defined]

    with monkeypatch.context() as broken:
        broken.setattr(talk.runner, "_finish", _fails)
        await talk.work_off()

    (work,) = talk.open_work("consultations.answer")
    assert "TurnUnanswered" in (work.last_error or "")
    assert talk.shown(turn_id) == []
    talk.parts.clock.at += _SECONDS_41  # type: ignore[attr-defined]
    await talk.work_off()
    assert len(talk.shown(turn_id)) == 1


async def test_a_deleted_turn_is_no_longer_due(talk: StubbedTalk) -> None:
    turn_id = talk.receive(QUESTION)
    with transaction(talk.parts.sessions) as session:
        session.delete(session.get_one(Turn, turn_id))

    talk.parts.clock.at += _SECONDS_41  # type: ignore[attr-defined]
    await talk.work_off()

    assert talk.open_work("consultations.answer") == []
    with transaction(talk.parts.sessions) as session:
        assert session.get(Answer, turn_id) is None


def _fails(*_: Any) -> list[int]:
    raise RuntimeError("the disk is full")
