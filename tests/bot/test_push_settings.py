"""Turning on and off what is sent unasked, as the taxpayer meets it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.database import reading
from outreach.tables import PushKind
from outreach.wishes import wishes_of
from tests.bot.talks import Said, Visit

Visits = Callable[..., Visit]
DEADLINES, POLICIES = PushKind.DEADLINE_REMINDER, PushKind.POLICY_CHANGE


def say(talk: Visit, text: str) -> Said:
    return talk.say("action_push_settings", text, act="push_settings")


def wishes(talk: Visit) -> dict[PushKind, bool]:
    with reading(talk.services.sessions) as session:
        return wishes_of(session, identity_key=talk.identity_key)


def test_the_settings_begin_as_off_and_show_buttons_to_turn_on(visit: Visits):
    said = say(visit(), "推送设置")

    assert said.outcome == "answered"
    assert "申报期限提醒未打开，政策变化提醒未打开" in said.text
    assert said.labels == ["打开申报期限提醒", "打开政策变化提醒", "绑定企业"]


def test_reminders_can_be_wanted_before_a_firm_is_bound_and_it_says_what_is_missing(
    visit: Visits,
):
    talk = visit()
    said = say(talk, "打开申报提醒")

    assert wishes(talk) == {DEADLINES: True, POLICIES: False}
    assert "申报期限提醒已打开" in said.text
    assert "3个工作日" in said.text
    assert "还没有绑定企业" in said.text
    assert said.labels == ["关闭申报期限提醒", "打开政策变化提醒", "绑定企业"]


def test_with_a_bound_firm_nothing_is_missing(visit: Visits):
    talk = visit()
    talk.bind(talk.firms()[0].uscc)
    said = say(talk, "打开申报提醒")

    assert "绑定" not in said.text
    assert "绑定企业" not in said.labels


@pytest.mark.parametrize("refusal", ["关闭提醒", "不要给我推送", "别再发消息给我"])
def test_a_refusal_turns_everything_off_at_once(visit: Visits, refusal: str):
    talk = visit()
    say(talk, "打开申报提醒")
    say(talk, "打开政策提醒")
    said = say(talk, refusal)

    assert wishes(talk) == {DEADLINES: False, POLICIES: False}
    assert "已关闭，不会再发" in said.text
    assert "绑定企业" not in said.text


def test_policy_changes_are_told_to_be_corrections_of_earlier_answers(visit: Visits):
    talk = visit()
    said = say(talk, "有新政策通知我")

    assert wishes(talk) == {DEADLINES: False, POLICIES: True}
    assert "我们答复过您的内容后来变了，您3天内没有再来" in said.text
    assert "绑定企业" not in said.text


def test_a_question_about_reminders_changes_nothing(visit: Visits):
    talk = visit()
    say(talk, "打开申报提醒")
    said = say(talk, "怎么关闭提醒")

    assert wishes(talk)[DEADLINES] is True
    assert "申报期限提醒已打开" in said.text
    assert said.labels[0] == "关闭申报期限提醒"


def test_every_button_does_what_it_says(visit: Visits):
    talk = visit()
    for label in say(talk, "推送设置").labels[:2]:
        say(talk, label)
    assert wishes(talk) == {DEADLINES: True, POLICIES: True}

    for label in say(talk, "推送设置").labels[:2]:
        say(talk, label)
    assert wishes(talk) == {DEADLINES: False, POLICIES: False}
