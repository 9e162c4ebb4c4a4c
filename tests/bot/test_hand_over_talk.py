"""Asking for a person (转人工) in the talk: waiting, an appeal out of hours, comfort."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from bot.sentences import read_sentences
from consultations.hand_over import accept_talk
from consultations.tables import Holder
from core.database import transaction
from core.due_work import DueWork
from tests.bot.conftest import CLOSED
from tests.bot.talks import MovableClock, Said, Visit

FOREIGN = "火星上开公司怎么交税"
Visits = Callable[..., Visit]


def call(talk: Visit, text: str = "转人工", **more: str) -> Said:
    return talk.say("action_hand_over", text, act="ask_person", **more)


def lapses(talk: Visit) -> int:
    with talk.services.sessions() as session:
        kind = "consultations.hand_over_lapsed"
        found = session.query(DueWork).filter_by(kind=kind, done_at=None)
        return found.count()


def test_within_hours_a_person_is_called_and_the_wait_is_told(visit: Visits):
    talk = visit()
    talk.ask(FOREIGN)
    said = call(talk)

    assert said.outcome == "handed_over"
    assert "正在为您联系人工坐席，前面还有0位" in said.text and "5分钟" in said.text
    assert "自动转为诉求" in said.text and said.labels == ["不用转了"]
    conversation = talk.conversation()
    assert conversation.holder is Holder.WAITING and conversation.wait_reason == FOREIGN
    assert lapses(talk) == 1 and talk.appeals() == []


def test_called_twice_for_one_turn_it_waits_once(visit: Visits):
    talk = visit()
    first = call(talk)
    since = talk.conversation().waiting_since
    again = call(talk, turn_id=first.turn_id)

    assert again.parts == first.parts
    assert talk.conversation().waiting_since == since and lapses(talk) == 1


def test_who_waits_already_hears_the_place(visit: Visits):
    before, talk = visit(identity_key="web:visitor-0"), visit()
    call(before)
    call(talk)
    said = call(talk, "怎么还没人")

    assert "前面还有1位" in said.text and lapses(talk) == 2


@pytest.mark.parametrize(
    ("action", "text", "act"),
    [
        ("action_hand_over", "不用转人工了", "ask_person"),
        ("action_answer", "不用转了", "cancel"),
        ("action_answer", "不用了", "deny"),
    ],
)
def test_waiting_can_be_called_off(visit: Visits, action: str, text: str, act: str):
    talk = visit()
    call(talk)
    said = talk.say(action, text, act=act)

    assert "不再等人工坐席" in said.text
    assert talk.conversation().holder is Holder.BOT and lapses(talk) == 0


def test_out_of_hours_an_appeal_is_filed_at_once(visit: Visits, moving: MovableClock):
    moving.now = CLOSED
    talk = visit()
    talk.ask(FOREIGN)
    said = call(talk)
    [appeal] = talk.appeals()

    assert said.outcome == "appeal_filed"
    assert said.parts[0]["appeal"]["number"] == appeal.number and appeal.number in said.text
    assert "11月23日（周一）09:00" in said.text and "09:00—12:00" in said.text
    assert "11月25日（周三）前" in said.text
    assert (appeal.kind, appeal.detail) == ("consultation", FOREIGN)
    assert FOREIGN in [each.asked_text for each in appeal.evidence]
    assert talk.conversation().holder is Holder.BOT


def test_out_of_hours_the_same_wish_again_names_the_first_appeal(
    visit: Visits, moving: MovableClock
):
    moving.now = CLOSED
    talk = visit()
    talk.ask(FOREIGN)
    call(talk)
    said = call(talk)

    assert talk.appeals()[0].number in said.text and len(talk.appeals()) == 1


def test_the_evaluation_channel_calls_nobody_and_files_nothing(visit: Visits, moving: MovableClock):
    talk = visit(channel="evaluation")
    call(talk)
    moving.now = CLOSED
    said = call(talk)

    assert said.outcome == "handed_over" and "评测" in said.text
    assert talk.conversation().holder is Holder.BOT and talk.appeals() == []


def test_a_complaint_taken_for_the_wish_files_nothing(visit: Visits, moving: MovableClock):
    moving.now = CLOSED
    talk = visit()
    said = talk.say("action_hand_over", "窗口那位说话很难听", act="ask_person", probability=0.4)

    assert said.labels[-1] == "转人工" and talk.appeals() == []


def test_a_desperate_person_is_comforted_and_offered_people(visit: Visits):
    talk = visit()
    said = talk.say("action_hand_over", "交不起了，我不想活了", act="abuse_or_distress")

    assert "12356" in said.text and "110或120" in said.text
    assert said.labels == ["转人工", "提诉求"] and talk.conversation().holder is Holder.BOT


def test_abuse_is_met_calmly_with_a_way_on(visit: Visits):
    said = visit().say("action_hand_over", "你们都是废物", act="abuse_or_distress")

    assert "听得出您很生气" in said.text and "12356" not in said.text
    assert said.labels == ["转人工", "提诉求"]


def test_only_the_person_who_accepts_says_that_one_is_there(visit: Visits):
    def own_sentences() -> Iterator[str]:
        yield from (sentence.text for sentence in read_sentences().values())

    assert not [text for text in own_sentences() if "已转人工" in text or "已经转人工" in text]
    talk = visit()
    call(talk)
    with transaction(talk.services.sessions) as session:
        accept_talk(
            session,
            talk.conversation_id,
            staff_login="agent01",
            staff_name="王坐席",
            now=talk.services.clock(),
        )
    assert talk.conversation().holder is Holder.PERSON
