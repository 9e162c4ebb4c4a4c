"""Answers, thanks and complaints (解答与评价) as the actions give them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.actions.answer import ActionAnswer
from consultations.tables import Answer
from core.database import reading
from enterprises.service import READ
from tests.bot.talks import Visit

QUESTION = "小规模纳税人增值税免税标准是多少"
FOREIGN = "火星上开公司怎么交税"
Visits = Callable[..., Visit]


def test_a_question_is_answered_with_its_sources_and_stored_under_its_turn(visit: Visits):
    said = visit().ask(QUESTION, "ask_eligibility")

    assert said.outcome in ("answered", "computed")
    assert "增值税" in said.text
    assert said.parts[0]["evidence"]
    assert said.messages[0]["custom"] == {"turn_id": said.turn_id}
    assert said.act == "ask_eligibility"


def test_a_mistaken_greeting_does_not_silence_a_good_answer(visit: Visits):
    said = visit().say("action_answer", QUESTION, act="greet", probability=0.4)

    assert said.outcome in ("answered", "computed")


@pytest.mark.parametrize(("said", "act"), [("2", "nlu_fallback"), ("个人", "inform")])
def test_what_is_asked_back_is_answered_in_the_next_turn(visit: Visits, said: str, act: str):
    talk = visit()
    first = talk.ask("捐款能抵税吗")
    told = talk.ask(said, act)

    assert (first.outcome, first.labels[:2]) == ("clarifying", ["公司", "个人"])
    assert told.outcome == "answered"
    assert told.parts[0]["title"] == "个人捐款能抵个税吗，怎么扣？"


def test_called_twice_for_a_turn_it_answers_once(visit: Visits):
    talk = visit()
    first = talk.ask(QUESTION)
    again = talk.say("action_helped", QUESTION, turn_id=first.turn_id)

    assert again.parts == first.parts
    with reading(talk.services.sessions) as session:
        assert session.query(Answer).count() == 1


def test_a_bound_firm_is_audited_when_its_facts_are_used(visit: Visits):
    talk = visit()
    talk.bind(talk.firms()[0].uscc)
    said = talk.ask(QUESTION)

    assert said.outcome in ("answered", "computed", "clarifying")
    assert talk.deeds().count(READ) == 1


def test_a_broken_service_becomes_a_sentence(visit: Visits, caplog: pytest.LogCaptureFixture):
    talk = visit()
    talk.services = replace(talk.services, engine=None)  # type: ignore[arg-type]
    said = talk.ask(QUESTION)

    assert said.outcome == "error_unexpected"
    assert "12366" in said.text
    assert "Action action_answer failed" in caplog.text


def test_a_message_without_a_turn_does_nothing(visit: Visits):
    talk = visit()
    said = talk.call("action_answer", {"intent": {"name": "greet"}}, "", {})

    assert said.events == [] and said.messages == []


def test_an_action_without_services_says_so_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("bot.services._live", [])
    with pytest.raises(LookupError):
        _ = ActionAnswer().services


def test_a_cancel_with_nothing_under_way_says_so(visit: Visits):
    said = visit().say("action_answer", "不弄了", act="cancel")

    assert said.outcome == "smalltalk"
    assert "没有正在办的事" in said.text


def test_not_helped_offers_three_ways_and_marks_the_answer(visit: Visits):
    talk = visit()
    asked = talk.ask(QUESTION)
    said = talk.say("action_not_helped", "没解决", act="not_helped")

    assert said.outcome == "clarifying"
    assert {"转人工", "提诉求"} < set(said.labels)
    assert 1 <= len(said.labels) - 2 <= 3
    assert asked.parts[0]["title"] not in said.labels
    with reading(talk.services.sessions) as session:
        assert session.get_one(Answer, asked.turn_id).rating == "not_solved"


def test_not_helped_before_any_question_asks_for_it(visit: Visits):
    said = visit().say("action_not_helped", "没用", act="not_helped")

    assert "请把遇到的问题说一遍" in said.text


def test_helped_is_kept_as_a_rating(visit: Visits):
    talk = visit()
    asked = talk.ask(QUESTION)
    said = talk.say("action_helped", "懂了，谢谢", act="helped")

    assert "太好了" in said.text
    with reading(talk.services.sessions) as session:
        assert session.get_one(Answer, asked.turn_id).rating == "useful"


def test_helped_without_an_answer_is_only_polite(visit: Visits):
    assert visit().say("action_helped", "有用", act="helped").outcome == "smalltalk"


def test_push_settings_promise_nothing_that_is_not_there(visit: Visits):
    said = visit().say("action_push_settings", "推送设置", act="push_settings")

    assert "不会主动给您发消息" in said.text and "其他政策消息不发" in said.text


def test_my_data_tells_how_long_talks_are_kept_and_where_they_are_deleted(visit: Visits):
    said = visit().say("action_my_data", "你们存了我什么", act="my_data")

    assert "365天" in said.text and "我的数据" in said.text
