"""Moves of an appeal (流转): every one that is allowed, every one that is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from appeals.access import access_appeal_for_staff
from appeals.attachments import attach_file, enclose_file
from appeals.errors import (
    AppealChanged,
    AppealHeldByColleague,
    AppealMoveRefused,
    AppealRightMissing,
    AppealUrgedAlready,
)
from appeals.extending import ask_extension, deny_extension, grant_extension
from appeals.lifecycle import check_move, record_move
from appeals.merging import merge_appeal, unmerge_appeal
from appeals.move_table import move_table
from appeals.moves import (
    accept_appeal,
    answer_appeal,
    ask_for_more,
    assign_appeal,
    confirm_appeal,
    inform_filer,
    reassign_appeal,
    refuse_appeal,
    remind_appeal,
    reopen_appeal,
    supplement_appeal,
    urge_appeal,
    withdraw_appeal,
)
from appeals.objecting import object_to_assignment, overrule_objection, uphold_objection
from appeals.people import THE_SYSTEM, Doer, Right, doer_of
from appeals.settling import call_back, lapse_appeal, rate_appeal
from appeals.tables import Appeal, AppealStatus, Priority, Verb
from appeals.transfers import (
    close_transferred,
    record_receipt,
    take_back,
    transfer_appeal,
    transfer_out,
)
from core.audit import AuditLine, first_broken_line
from core.database import reading, transaction
from core.due_work import DueWork
from core.errors import Conflict, InvalidInput
from core.secrets import Keys
from tests.appeals.attachment_files import plain_file
from tests.appeals.expected_moves import (
    EXPECTED,
    FILERS,
    FILERS_ALONE,
    SUPERVISORS_ALONE,
    THE_CLOCKS,
)

OWNER = "web:visitor-1"
OFFICER = "staff:li"
SUPERVISOR = Doer("staff:wang", supervises=True)
S = AppealStatus


def merge_under(session, *, appeal, parent, **values):
    other = access_appeal_for_staff(session, number=parent)
    return merge_appeal(session, appeal=appeal, parent=other, **values)


def lapse(session, *, appeal, actor, now):
    return lapse_appeal(session, appeal=appeal, now=now)


FILE = {
    "file": plain_file(b"dots"),
    "keys": Keys("a root key that is only used in tests"),
}
OFFICE = {"office": "社保局", "telephone": "12333", "why": "归那边管"}
DOINGS = {
    Verb.ACCEPT: (accept_appeal, {"actor": OFFICER}),
    Verb.ASSIGN: (assign_appeal, {"actor": SUPERVISOR, "to": "li"}),
    Verb.REASSIGN: (reassign_appeal, {"actor": SUPERVISOR, "to": "zhao"}),
    Verb.REFUSE: (refuse_appeal, {"actor": OFFICER, "why": "不归税务管"}),
    Verb.INFORM: (inform_filer, {"actor": OFFICER, "text": "正在核对"}),
    Verb.ASK_FOR_MORE: (ask_for_more, {"actor": OFFICER, "text": "请发截图"}),
    Verb.SUPPLEMENT: (supplement_appeal, {"actor": OWNER, "text": "截图如下"}),
    Verb.ATTACH: (attach_file, {"actor": OWNER, **FILE}),
    Verb.ENCLOSE: (enclose_file, {"actor": OFFICER, "is_internal": False, **FILE}),
    Verb.KEEP_FILE: (enclose_file, {"actor": OFFICER, "is_internal": True, **FILE}),
    Verb.ANSWER: (answer_appeal, {"actor": OFFICER, "text": "已处理。"}),
    Verb.CONFIRM: (confirm_appeal, {"actor": OWNER, "rating": 5}),
    Verb.LAPSE: (lapse, {"actor": "system"}),
    Verb.CLOSE: (close_transferred, {"actor": OFFICER}),
    Verb.RATE: (rate_appeal, {"actor": OWNER, "rating": 4}),
    Verb.CALL_BACK: (call_back, {"actor": OFFICER, "rating": 4}),
    Verb.REOPEN: (reopen_appeal, {"actor": OWNER}),
    Verb.WITHDRAW: (withdraw_appeal, {"actor": OWNER}),
    Verb.URGE: (urge_appeal, {"actor": OWNER}),
    Verb.REMIND: (remind_appeal, {"actor": SUPERVISOR, "note": "今天要答复"}),
    Verb.TRANSFER: (transfer_appeal, {"actor": OFFICER, "unit": "信息中心", "why": "系统问题"}),
    Verb.TRANSFER_OUT: (transfer_out, {"actor": OFFICER, **OFFICE}),
    Verb.RECEIPT: (record_receipt, {"actor": OFFICER, "receipt_no": "HZ-1"}),
    Verb.TAKE_BACK: (take_back, {"actor": OFFICER, "why": "对方退回"}),
    Verb.OBJECT: (object_to_assignment, {"actor": OFFICER, "unit": "税政", "why": "不归我们"}),
    Verb.UPHOLD_OBJECTION: (uphold_objection, {"actor": SUPERVISOR}),
    Verb.OVERRULE_OBJECTION: (overrule_objection, {"actor": SUPERVISOR, "why": "就归你们"}),
    Verb.ASK_EXTENSION: (ask_extension, {"actor": OFFICER, "working_days": 2, "why": "要查档"}),
    Verb.GRANT_EXTENSION: (grant_extension, {"actor": SUPERVISOR}),
    Verb.DENY_EXTENSION: (deny_extension, {"actor": SUPERVISOR, "why": "来得及"}),
    Verb.MERGE: (merge_under, {"actor": OFFICER}),
    Verb.UNMERGE: (unmerge_appeal, {"actor": OFFICER, "why": "不是一回事"}),
}
#: What has to be done before, so that there is something to decide or to sign.
BEFORE = {
    Verb.UPHOLD_OBJECTION: Verb.OBJECT,
    Verb.OVERRULE_OBJECTION: Verb.OBJECT,
    Verb.GRANT_EXTENSION: Verb.ASK_EXTENSION,
    Verb.DENY_EXTENSION: Verb.ASK_EXTENSION,
    Verb.CLOSE: Verb.RECEIPT,
    Verb.RECEIPT: Verb.TRANSFER,
}


@pytest.mark.parametrize("status", list(S), ids=lambda s: s.value)
@pytest.mark.parametrize("verb", list(DOINGS), ids=lambda v: v.value)
def test_a_move_leads_where_the_table_says_or_is_refused_and_changes_nothing(
    verb, status, bring_to, do, file, sessions, now
):
    number = bring_to(status)
    doing, values = DOINGS[verb]
    if verb is Verb.MERGE:
        values = values | {"parent": file(identity_key="web:other", kind="other").appeal.number}
    later = now + timedelta(hours=1)
    with reading(sessions) as session:
        before = access_appeal_for_staff(session, number=number)

    if (verb, status) in EXPECTED:
        first = BEFORE.get(verb)
        if first and (first, status) in EXPECTED:
            do(DOINGS[first][0], number, now=later, **DOINGS[first][1])
        appeal = do(doing, number, now=later, **values)

        assert appeal.status is EXPECTED[verb, status]
        last = appeal.moves[-1]
        assert (last.verb, last.from_status, last.to_status) == (verb, status, appeal.status)
        assert (last.at, last.actor) == (later, doer_of(values["actor"]).actor)
        return

    with pytest.raises(AppealMoveRefused) as refused:
        do(doing, number, now=later, **values)
    assert refused.value.details["status"] == status.value
    with reading(sessions) as session:
        after = access_appeal_for_staff(session, number=number)
        assert (after.status, after.version) == (status, before.version)


def test_the_table_has_no_move_that_is_not_proved_here():
    by_itself = {Verb.ESCALATE, Verb.RECOUNT}
    in_code = {
        (verb, source): to
        for verb, row in move_table().items()
        if verb not in by_itself
        for source, to in row.ways.items()
    }

    assert in_code == EXPECTED
    assert set(move_table()) == set(Verb) - {Verb.FILE}


@pytest.mark.parametrize("verb", [*DOINGS, Verb.ESCALATE, Verb.RECOUNT], ids=lambda v: v.value)
def test_every_move_is_refused_to_whoever_has_no_right_to_it(verb):
    row = move_table()[verb]

    assert (Right.FILER in row.by) == (verb in FILERS)
    assert (Right.OFFICER in row.by) == (verb not in SUPERVISORS_ALONE | FILERS_ALONE | THE_CLOCKS)
    assert (Right.SUPERVISOR in row.by) == (verb not in FILERS_ALONE | THE_CLOCKS)
    appeal = Appeal(number="SQ20260917-AAAAAA", status=next(iter(row.ways)), assigned_to=None)
    for doer in (Doer(OWNER), Doer(OFFICER), SUPERVISOR, THE_SYSTEM):
        if doer.right not in row.by:
            with pytest.raises(AppealRightMissing):
                check_move(appeal, verb, doer)


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
        answer_appeal(quick, appeal=appeal, text="先到", actor=SUPERVISOR, now=now)

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
    with pytest.raises(AppealHeldByColleague):
        do(answer_appeal, asked.number, actor=OFFICER, text="好了", now=now)
    held = do(answer_appeal, asked.number, actor=SUPERVISOR, text="好了", now=now)
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
