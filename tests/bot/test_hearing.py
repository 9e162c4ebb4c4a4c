"""Several questions, corrections, danger, abuse and hurry as the actions of the talk take them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from consultations.tables import Answer, Holder
from core.database import reading
from tests.bot.conftest import CLOSED
from tests.bot.talks import MovableClock, Visit, actions_by_name

QUESTION = "小规模季度28万要交增值税吗"
Visits = Callable[..., Visit]


def kept(talk: Visit, turn_id: str) -> Answer:
    with reading(talk.services.sessions) as session:
        return session.get_one(Answer, turn_id)


def test_both_questions_of_a_message_are_answered_and_kept(visit: Visits):
    talk = visit()
    said = talk.ask("小规模季度28万要交增值税吗？专票能开吗", "ask_eligibility")

    assert [part["outcome"] for part in said.parts] == ["computed", "answered"]
    answer = kept(talk, said.turn_id)
    assert answer.outcome == "answered" and len(answer.entries) == 2
    assert [each["case"]["outcome"] for each in answer.entries] == ["computed", "answered"]
    assert answer.entries[0]["case"]["facts"]["rule"]["verdict"]


def test_a_question_left_over_is_one_tap_away(visit: Visits):
    said = visit().ask("1、专票丢了怎么办 2、残保金怎么算 3、印花税怎么申报 4、房产税怎么申报")

    assert "还没答的是" in said.parts[-1]["text"]
    assert said.parts[-1]["buttons"][0]["value"] == "房产税怎么申报？"


@pytest.mark.parametrize(
    ("action", "act"),
    [
        ("action_answer", "ask_policy"),
        ("action_answer", "inform"),
        ("action_answer", "deny"),
        ("action_not_helped", "not_helped"),
    ],
)
def test_a_correction_re_answers_whatever_it_was_taken_for(visit: Visits, action: str, act: str):
    talk = visit()
    talk.ask(QUESTION)
    said = talk.say(action, "不对，是2025年的30万", act=act)

    assert said.outcome == "computed"
    assert "按您更正的" in said.text and "应缴0元" in said.text


def test_a_correction_is_corrected_in_its_turn(visit: Visits):
    talk = visit()
    talk.ask("专票能开吗")
    talk.say("action_answer", "不是专票，是普票", act="ask_policy")
    said = talk.say("action_answer", "我说的是小规模", act="inform")

    assert kept(talk, said.turn_id).entries[0]["case"]["asked"] == "小规模普票能开吗"


def test_a_correction_does_not_call_off_the_wait_for_a_person(visit: Visits):
    talk = visit()
    talk.ask(QUESTION)
    talk.say("action_hand_over", "转人工", act="ask_person")
    said = talk.say("action_answer", "不对，是31万", act="deny")

    assert said.outcome == "computed"
    assert talk.conversation().holder is Holder.WAITING


def test_a_plain_complaint_is_still_taken_up_as_such(visit: Visits):
    talk = visit()
    talk.ask(QUESTION)
    said = talk.say("action_not_helped", "不对", act="not_helped")

    assert said.outcome == "clarifying" and "没答到点子上" in said.text


@pytest.mark.parametrize(
    "action", sorted(set(actions_by_name()) - {"action_hand_over", "action_resume_draft"})
)
def test_every_action_heeds_whoever_may_hurt_themselves(visit: Visits, action: str):
    talk = visit()
    text = "欠税还不上，我不想活了"
    if action.startswith("validate_"):
        talk.form = action.removeprefix("validate_")
        talk.slots["requested_slot"] = "some_slot"
        said = talk.say(action, text, filled={"some_slot": text})
        assert said.outcome is None
        assert said.events[-1]["event"] == "action_execution_rejected"
        return
    talk.form = "bind_form"
    said = talk.say(action, text, act="ask_my_firm")

    assert talk.form is None and said.events[-1]["name"] == "action_listen"
    assert said.outcome == "distress"
    assert "12356" in said.text and "110或120" in said.text
    assert said.labels[0] == "转人工" and "税款" not in said.text


def test_who_asks_for_a_person_in_despair_is_comforted_and_queued(visit: Visits):
    talk = visit()
    said = talk.say("action_hand_over", "我不想活了，给我转人工", act="abuse_or_distress")

    assert said.outcome == "distress"
    assert "12356" in said.parts[0]["text"] and "正在为您联系人工坐席" in said.parts[1]["text"]
    assert talk.conversation().holder is Holder.WAITING


def test_the_offer_of_a_person_is_taken_with_one_tap(visit: Visits):
    talk = visit()
    talk.say("action_answer", "活不下去了", act="inform")
    said = talk.say("action_hand_over", "转人工", act="ask_person")

    assert said.outcome == "handed_over"
    assert talk.conversation().holder is Holder.WAITING


def test_out_of_hours_the_comfort_comes_before_the_appeal(visit: Visits, moving: MovableClock):
    moving.now = CLOSED
    talk = visit()
    said = talk.say("action_hand_over", "我想死，找人工", act="ask_person")

    assert "12356" in said.parts[0]["text"] and said.parts[1]["kind"] == "appeal"


def test_despair_without_a_question_is_comforted(visit: Visits):
    said = visit().say("action_hand_over", "我真的撑不下去了", act="abuse_or_distress")

    assert "12356" in said.text and said.labels == ["转人工", "提诉求"]


def test_a_question_beside_abuse_is_answered(visit: Visits):
    said = visit().say("action_hand_over", f"一群废物，{QUESTION}", act="abuse_or_distress")

    assert said.outcome == "computed"
    assert said.parts[0]["text"].startswith("听得出您很着急")
    assert said.labels[0] == "转人工"


def test_abuse_alone_is_never_answered_about_taxes(visit: Visits):
    said = visit().say("action_hand_over", "你们这些税务局的吸血鬼", act="abuse_or_distress")

    assert said.outcome == "smalltalk" and said.parts[0]["evidence"] == []


def test_a_notice_of_a_fine_is_no_setting_of_notices(visit: Visits):
    said = visit().say(
        "action_push_settings", "收到罚款通知怎么办", act="push_settings", probability=0.57
    )

    assert said.outcome in ("answered", "clarifying")
    assert said.labels[0] == "转人工"
