"""A correction that nobody came for is sent once, by the rules of what goes out unasked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from consultations.tables import Author, Conversation, Correction, CorrectionVerdict, Message, Turn
from consultations.talk import open_conversation, receive_turn
from consultations.telling import tell_corrections
from core.database import Sessions, reading, transaction
from core.due_work import DueWork, claim_work, finish_work
from outreach.corrections import corrections_to_push, plan_corrections, push_corrections
from outreach.planning import CORRECT, plan_reminders
from outreach.tables import PushKind
from outreach.wishes import forget, set_wish
from policy_rules.deadlines import announced_deadline
from tests.enterprises.visits import VISITOR

NEIGHBOUR = "wechat:neighbour"
WAIT = timedelta(days=3)
LEASE = timedelta(seconds=60)


def china(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


TOLD = china("2026-10-12T15:00")
CHANGED = china("2026-10-17T16:00")
#: The first morning on which the correction has waited three days, and the one before.
TOO_EARLY = china("2026-10-20T09:10")
MORNING = china("2026-10-21T09:10")


@pytest.fixture
def corrected(database: Sessions) -> Callable[..., int]:
    """A talk in which something was told that has changed since; gives the talk."""

    def make(
        identity_key: str = VISITOR,
        *,
        wanted: bool = True,
        verdict: CorrectionVerdict = CorrectionVerdict.CHANGED,
        questions: tuple[str, ...] = ("彩旗要报备吗",),
    ) -> int:
        with transaction(database) as session:
            channel = identity_key.partition(":")[0]
            talk, _ = open_conversation(
                session, channel=channel, identity_key=identity_key, now=TOLD
            )
            for question in questions:
                turn, _ = receive_turn(
                    session, talk, text=question, client_message_id=question, now=TOLD
                )
                session.add(correction_of(turn, talk, question, verdict))
            if wanted:
                wish(database, identity_key, session=session)
            return talk.id

    return make


def correction_of(
    turn: Turn, talk: Conversation, question: str, verdict: CorrectionVerdict
) -> Correction:
    return Correction(
        turn_id=turn.id,
        conversation_id=talk.id,
        identity_key=talk.identity_key,
        entry_id="flags",
        question=question,
        verdict=verdict,
        changes=[{"old": "要报备。", "new": "不用报备。"}],
        told_at=TOLD,
        queued_at=CHANGED,
    )


def wish(database: Sessions, identity_key: str, *, session=None, wanted: bool = True) -> None:
    values = {"identity_key": identity_key, "kind": PushKind.POLICY_CHANGE, "wanted": wanted}
    if session is not None:
        set_wish(session, **values, now=TOLD)
        return
    with transaction(database) as own:
        set_wish(own, **values, now=TOLD)


def plan(database: Sessions, now: datetime) -> int:
    with transaction(database) as session:
        return plan_corrections(session, after=WAIT, now=now)


def work_off(database: Sessions, now: datetime) -> list[Message]:
    """Do what is planned, each piece in one transaction with marking it as done."""
    with transaction(database) as session:
        works = claim_work(session, kinds=[CORRECT], now=now, lease=LEASE)
    sent = []
    for work in works:
        with transaction(database) as session:
            sent.append(push_corrections(session, work.payload, after=WAIT, now=now))
            finish_work(session, work.id, tries=work.tries, now=now)
    return [message for message in sent if message is not None]


def live(database: Sessions, now: datetime) -> list[Message]:
    plan(database, now)
    return work_off(database, now)


def test_who_did_not_come_back_in_three_days_is_told_what_when_why_and_how_to_stop(
    database: Sessions, corrected: Callable[..., int]
) -> None:
    talk = corrected()

    assert live(database, TOO_EARLY) == []
    [message] = live(database, MORNING)

    assert (message.conversation_id, message.author) == (talk, Author.SYSTEM)
    assert (message.body["kind"], message.body["title"]) == ("correction", "我们告诉过您，现在变了")
    assert "您在2026年10月12日问过“彩旗要报备吗”" in message.body["text"]
    assert "原来说：要报备。\n  现在是：不用报备。" in message.body["text"]
    assert "您打开了“政策变化提醒”" in message.body["text"]
    assert message.body["text"].endswith("回复“关闭提醒”就不再发。")
    assert [each["value"] for each in message.body["buttons"]][::2] == ["彩旗要报备吗", "关闭提醒"]


def test_it_is_sent_once_and_not_shown_on_return(
    database: Sessions, corrected: Callable[..., int]
) -> None:
    talk = corrected()
    assert len(live(database, MORNING)) == 1

    assert live(database, MORNING + timedelta(hours=1)) == []
    assert live(database, MORNING + timedelta(days=1)) == []
    with transaction(database) as session:
        assert tell_corrections(session, session.get_one(Conversation, talk), now=MORNING) == []


def test_what_was_shown_between_plan_and_message_is_not_sent(
    database: Sessions, corrected: Callable[..., int]
) -> None:
    talk = corrected()
    plan(database, MORNING)
    with transaction(database) as session:
        assert tell_corrections(session, session.get_one(Conversation, talk), now=MORNING)

    assert work_off(database, MORNING) == []


def test_nothing_goes_to_who_did_not_ask_for_it_or_no_longer_does(
    database: Sessions, corrected: Callable[..., int]
) -> None:
    corrected(wanted=False)
    assert plan(database, MORNING) == 0

    wish(database, VISITOR)
    assert plan(database, MORNING) == 1
    wish(database, VISITOR, wanted=False)
    assert work_off(database, MORNING) == []


def test_the_wish_for_reminders_of_deadlines_is_no_wish_for_this(
    database: Sessions, corrected: Callable[..., int], want_reminders: Callable[..., None]
) -> None:
    corrected(wanted=False)
    want_reminders(TOLD)

    assert plan(database, MORNING) == 0


def test_nobody_is_disturbed_in_the_evening_nor_by_what_comes_a_day_late(
    database: Sessions, corrected: Callable[..., int]
) -> None:
    corrected()
    evening = china("2026-10-21T20:30")
    assert plan(database, evening) == 0
    plan(database, MORNING)

    assert work_off(database, evening) == []
    with reading(database) as session:
        assert session.scalars(select(Correction.shown_at)).all() == [None]
    assert len(live(database, MORNING + timedelta(days=1))) == 1


def test_whoever_is_reminded_of_a_deadline_today_gets_it_tomorrow(
    database: Sessions, corrected, bound_firm, file_due, want_reminders
) -> None:
    file_due(bound_firm(now=TOLD))
    want_reminders(TOLD)
    corrected()
    with transaction(database) as session:
        assert plan_reminders(session, now=MORNING, deadlines=announced) == 1

    assert plan(database, MORNING) == 0
    assert plan(database, MORNING + timedelta(days=1)) == 1


def announced(year: int, month: int) -> date | None:
    return announced_deadline(date(year, month, 1))


def test_several_corrections_are_one_message(
    database: Sessions, corrected: Callable[..., int]
) -> None:
    corrected(questions=("彩旗要报备吗", "灯笼要报备吗"))

    [message] = live(database, MORNING)

    assert message.body["text"].count("原来说") == 2
    assert message.body["text"].count("关闭提醒") == 1
    with reading(database) as session:
        rows = session.scalars(select(Correction)).all()
        assert {(row.shown_at, row.message_id) for row in rows} == {(MORNING, message.id)}


def test_what_has_ended_as_planned_waits_for_the_return(
    database: Sessions, corrected: Callable[..., int]
) -> None:
    talk = corrected(verdict=CorrectionVerdict.ENDED)

    assert plan(database, MORNING) == 0
    with transaction(database) as session:
        [message] = tell_corrections(session, session.get_one(Conversation, talk), now=MORNING)
        assert "已经停用，不再更新" in message.body["text"]


def test_a_process_killed_in_between_leaves_one_message_to_the_next(
    database: Sessions, corrected: Callable[..., int]
) -> None:
    corrected(NEIGHBOUR)
    plan(database, MORNING)
    with transaction(database) as session:
        [work] = claim_work(session, kinds=[CORRECT], now=MORNING, lease=LEASE)
    with pytest.raises(Killed), transaction(database) as session:
        assert push_corrections(session, work.payload, after=WAIT, now=MORNING)
        raise Killed

    assert work_off(database, MORNING) == []
    assert len(work_off(database, MORNING + LEASE + timedelta(seconds=1))) == 1
    with reading(database) as session:
        deliveries = session.scalars(select(DueWork).where(DueWork.kind == "deliver.wechat"))
        assert len(deliveries.all()) == 1


class Killed(Exception):
    """The process ends before its transaction does."""


def test_who_is_forgotten_is_not_written_to(
    database: Sessions, corrected: Callable[..., int]
) -> None:
    corrected()
    corrected(NEIGHBOUR)
    plan(database, MORNING)
    with transaction(database) as session:
        forget(session, identity_key=VISITOR)

    with reading(database) as session:
        assert corrections_to_push(session, after=WAIT, now=MORNING) == [NEIGHBOUR]
        works = session.scalars(select(DueWork).where(DueWork.kind == CORRECT)).all()
    assert [work.payload["identity_key"] for work in works] == [NEIGHBOUR]
