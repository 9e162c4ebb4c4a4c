"""Moves of an appeal (流转): every one that is allowed, every one that is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from appeals.access import access_appeal_for_staff
from appeals.errors import AppealChanged, AppealMoveRefused, AppealUrgedAlready
from appeals.lifecycle import ALLOWED_MOVES, record_move
from appeals.moves import (
    accept_appeal,
    answer_appeal,
    ask_for_more,
    assign_appeal,
    confirm_appeal,
    reassign_appeal,
    remind_appeal,
    reopen_appeal,
    supplement_appeal,
    urge_appeal,
    withdraw_appeal,
)
from appeals.tables import Appeal, AppealStatus, Priority, Verb
from core.audit import AuditLine, first_broken_line
from core.database import reading, transaction
from core.due_work import DueWork
from core.errors import Conflict, InvalidInput

OWNER = "web:visitor-1"
OFFICER = "staff:li"
SUPERVISOR = "staff:wang"
S = AppealStatus
DOINGS = {
    Verb.ACCEPT: (accept_appeal, {"actor": OFFICER}),
    Verb.ASSIGN: (assign_appeal, {"actor": SUPERVISOR, "to": "li"}),
    Verb.REASSIGN: (reassign_appeal, {"actor": SUPERVISOR, "to": "zhao"}),
    Verb.ASK_FOR_MORE: (ask_for_more, {"actor": OFFICER, "text": "请发截图"}),
    Verb.SUPPLEMENT: (supplement_appeal, {"actor": OWNER, "text": "截图如下"}),
    Verb.ANSWER: (answer_appeal, {"actor": OFFICER, "text": "已处理。"}),
    Verb.CONFIRM: (confirm_appeal, {"actor": OWNER, "rating": 5}),
    Verb.REOPEN: (reopen_appeal, {"actor": OWNER}),
    Verb.WITHDRAW: (withdraw_appeal, {"actor": OWNER}),
    Verb.URGE: (urge_appeal, {"actor": OWNER}),
    Verb.REMIND: (remind_appeal, {"actor": SUPERVISOR, "note": "今天要答复"}),
}
#: Written out by hand, so that a change of the table in the code is noticed here.
EXPECTED = {
    (Verb.ACCEPT, S.SUBMITTED): S.ACCEPTED,
    (Verb.ASSIGN, S.ACCEPTED): S.WORKING,
    (Verb.REASSIGN, S.WORKING): S.WORKING,
    (Verb.REASSIGN, S.WAITING): S.WAITING,
    (Verb.ASK_FOR_MORE, S.ACCEPTED): S.WAITING,
    (Verb.ASK_FOR_MORE, S.WORKING): S.WAITING,
    (Verb.SUPPLEMENT, S.SUBMITTED): S.SUBMITTED,
    (Verb.SUPPLEMENT, S.ACCEPTED): S.ACCEPTED,
    (Verb.SUPPLEMENT, S.WORKING): S.WORKING,
    (Verb.SUPPLEMENT, S.WAITING): S.WORKING,
    (Verb.ANSWER, S.ACCEPTED): S.ANSWERED,
    (Verb.ANSWER, S.WORKING): S.ANSWERED,
    (Verb.ANSWER, S.WAITING): S.ANSWERED,
    (Verb.CONFIRM, S.ANSWERED): S.CLOSED,
    (Verb.REOPEN, S.ANSWERED): S.WORKING,
    (Verb.WITHDRAW, S.SUBMITTED): S.WITHDRAWN,
    (Verb.WITHDRAW, S.ACCEPTED): S.WITHDRAWN,
    (Verb.WITHDRAW, S.WORKING): S.WITHDRAWN,
    (Verb.WITHDRAW, S.WAITING): S.WITHDRAWN,
    (Verb.URGE, S.SUBMITTED): S.SUBMITTED,
    (Verb.URGE, S.ACCEPTED): S.ACCEPTED,
    (Verb.URGE, S.WORKING): S.WORKING,
    (Verb.REMIND, S.SUBMITTED): S.SUBMITTED,
    (Verb.REMIND, S.ACCEPTED): S.ACCEPTED,
    (Verb.REMIND, S.WORKING): S.WORKING,
}


@pytest.mark.parametrize("status", list(S), ids=lambda s: s.value)
@pytest.mark.parametrize("verb", list(DOINGS), ids=lambda v: v.value)
def test_a_move_leads_where_the_table_says_or_is_refused_and_changes_nothing(
    verb, status, bring_to, do, sessions, now
):
    number = bring_to(status)
    with reading(sessions) as session:
        before = access_appeal_for_staff(session, number=number)
    doing, values = DOINGS[verb]
    later = now + timedelta(hours=1)

    if (verb, status) in EXPECTED:
        appeal = do(doing, number, now=later, **values)

        assert appeal.status is EXPECTED[verb, status]
        last = appeal.moves[-1]
        assert (last.verb, last.from_status, last.to_status) == (verb, status, appeal.status)
        assert (last.at, last.actor) == (later, values["actor"])
        return

    with pytest.raises(AppealMoveRefused) as refused:
        do(doing, number, now=later, **values)
    assert refused.value.details["status"] == status.value
    with reading(sessions) as session:
        after = access_appeal_for_staff(session, number=number)
        assert (after.status, after.version) == (status, before.version)


def test_the_table_has_no_move_that_is_not_proved_here():
    by_the_clock = {Verb.ESCALATE, Verb.RECOUNT}
    in_code = {
        (verb, source): to
        for verb, ways in ALLOWED_MOVES.items()
        if verb not in by_the_clock
        for source, to in ways.items()
    }

    assert in_code == EXPECTED


def test_of_two_officers_who_saw_the_same_state_the_second_gets_a_conflict(bring_to, do, now):
    number = bring_to(S.WORKING)
    seen = do(remind_appeal, number, actor=SUPERVISOR, note="快", now=now).version
    do(answer_appeal, number, version=seen, actor=OFFICER, text="第一个答复", now=now)

    with pytest.raises(AppealChanged) as refused:
        do(answer_appeal, number, version=seen, actor="staff:zhao", text="第二个答复", now=now)

    assert isinstance(refused.value, Conflict)
    assert refused.value.status == 409


def test_an_answer_that_overlaps_another_is_refused_by_the_database_row_itself(
    bring_to, sessions, now
):
    number = bring_to(S.WORKING)
    slow = sessions()
    with slow.begin():
        seen = access_appeal_for_staff(slow, number=number)
    with transaction(sessions) as quick:
        appeal = access_appeal_for_staff(quick, number=number)
        answer_appeal(quick, appeal=appeal, text="先到", actor="staff:zhao", now=now)

    with pytest.raises(AppealChanged), slow.begin():
        answer_appeal(slow, appeal=seen, text="后到", actor=OFFICER, now=now)
    slow.close()

    with reading(sessions) as session:
        kept = access_appeal_for_staff(session, number=number)
        assert kept.answer_text == "先到"
        assert [m.verb for m in kept.moves].count(Verb.ANSWER) == 1


def test_every_move_has_its_audit_line_and_the_chain_holds(bring_to, sessions):
    number = bring_to(S.CLOSED)

    with reading(sessions) as session:
        lines = session.scalars(select(AuditLine).order_by(AuditLine.id)).all()
        assert first_broken_line(session) is None
    assert [line.deed for line in lines] == [
        f"appeals.appeal.{verb}" for verb in ("file", "accept", "assign", "answer", "confirm")
    ]
    assert {line.subject for line in lines} == {f"appeal:{number}"}
    assert "多缴" not in str([line.data for line in lines]), "no words of the case in the trail"


def test_what_staff_do_is_told_to_the_taxpayer_but_reminders_and_notes_are_not(
    bring_to, do, sessions, now
):
    number = bring_to(S.WORKING)
    do(remind_appeal, number, actor=SUPERVISOR, note="不要外传的话", now=now)
    do(supplement_appeal, number, actor=OWNER, text="我又想起一点", now=now)
    do(answer_appeal, number, actor=OFFICER, text="请看第二栏。", note="内部：老赵核过", now=now)

    with reading(sessions) as session:
        told = session.scalars(
            select(DueWork).where(DueWork.kind == "appeals.tell").order_by(DueWork.id)
        ).all()
    assert [work.payload["verb"] for work in told] == ["accept", "assign", "answer"]
    assert "请看第二栏。" in told[-1].payload["text"]
    assert all(number in work.payload["text"] for work in told)
    assert "不要外传" not in str([work.payload for work in told])
    assert "老赵" not in str([work.payload for work in told])


def test_the_officer_who_asks_for_more_or_answers_takes_an_appeal_nobody_has(bring_to, do, now):
    asked = do(ask_for_more, bring_to(S.ACCEPTED), actor="staff:zhao", text="请发截图", now=now)

    assert asked.assigned_to == "zhao"
    held = do(answer_appeal, asked.number, actor=OFFICER, text="好了", now=now)
    assert held.assigned_to == "zhao", "who has it keeps it"


def test_an_empty_answer_or_question_is_refused(bring_to, do, now):
    number = bring_to(S.WORKING)

    for verb in (answer_appeal, ask_for_more):
        with pytest.raises(InvalidInput):
            do(verb, number, actor=OFFICER, text="  ", now=now)


@pytest.mark.parametrize("rating", [0, 6, -1])
def test_a_rating_outside_one_to_five_is_refused(bring_to, do, now, rating):
    number = bring_to(S.ANSWERED)

    with pytest.raises(InvalidInput):
        do(confirm_appeal, number, actor=OWNER, rating=rating, now=now)


def test_closing_keeps_the_rating_and_masks_the_comment(bring_to, do, now):
    appeal = do(
        confirm_appeal,
        bring_to(S.ANSWERED),
        actor=OWNER,
        rating=4,
        comment="下次打13812345678就行",
        now=now,
    )

    assert (appeal.rating, appeal.rating_comment) == (4, "下次打138****5678就行")
    assert appeal.closed_at == now


def test_reopening_raises_the_level_and_promises_the_full_days_again(bring_to, do):
    number = bring_to(S.ANSWERED)

    appeal = do(reopen_appeal, number, actor=OWNER, now=datetime(2026, 9, 30, 2, tzinfo=UTC))

    assert appeal.escalation_level == 1
    assert appeal.priority == Priority.ESCALATED
    assert appeal.answered_at is None
    assert appeal.due_on == date(2026, 10, 10)
    assert "10月10日（周六，调休上班）前" in appeal.moves[-1].note_public


def test_urging_counts_once_a_working_day(bring_to, do):
    number = bring_to(S.WORKING)
    friday = datetime(2026, 9, 18, 3, tzinfo=UTC)
    do(urge_appeal, number, actor=OWNER, now=friday)

    for too_soon in (friday + timedelta(hours=9), datetime(2026, 9, 19, 3, tzinfo=UTC)):
        with pytest.raises(AppealUrgedAlready):
            do(urge_appeal, number, actor=OWNER, now=too_soon)
    make_up_sunday = datetime(2026, 9, 20, 3, tzinfo=UTC)
    appeal = do(urge_appeal, number, actor=OWNER, now=make_up_sunday)

    assert appeal.urges == 2
    assert appeal.priority == Priority.URGED


def test_urging_does_not_lower_the_priority_of_an_escalated_appeal(bring_to, do, now):
    number = bring_to(S.ANSWERED)
    do(reopen_appeal, number, actor=OWNER, now=now)

    assert do(urge_appeal, number, actor=OWNER, now=now).priority == Priority.ESCALATED


def test_a_reassigned_appeal_keeps_its_promise(bring_to, do, now):
    number = bring_to(S.WORKING)

    appeal = do(reassign_appeal, number, actor=SUPERVISOR, to="zhao", now=now + timedelta(days=2))

    assert appeal.assigned_to == "zhao"
    assert (appeal.due_on, appeal.promise_no) == (date(2026, 9, 21), 1)


def test_moves_are_kept_in_order_and_say_what_was_promised(bring_to, sessions):
    number = bring_to(S.CLOSED)

    with reading(sessions) as session:
        moves = access_appeal_for_staff(session, number=number).moves
        told = [(m.verb.value, m.to_status.value, m.due_on) for m in moves]
    due = date(2026, 9, 21)
    assert told == [
        ("file", "submitted", due),
        ("accept", "accepted", due),
        ("assign", "working", due),
        ("answer", "answered", due),
        ("confirm", "closed", due),
    ]


def test_nothing_of_a_failed_move_stays(bring_to, sessions, now):
    number = bring_to(S.WORKING)

    with pytest.raises(RuntimeError), transaction(sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        record_move(session, appeal, Verb.ANSWER, actor=OFFICER, now=now)
        raise RuntimeError("the door fails after the move")

    with reading(sessions) as session:
        kept = session.scalars(select(Appeal)).one()
        assert kept.status is S.WORKING
        assert [m.verb for m in kept.moves][-1] is Verb.ASSIGN
        assert first_broken_line(session) is None
