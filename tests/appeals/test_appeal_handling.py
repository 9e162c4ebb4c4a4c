"""Handing on, asking for more time, merging, settling, calling back (办理的各个环节)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from appeals.access import access_appeal_for_staff
from appeals.alerts import count_alerts, list_alerts, see_alert
from appeals.due import handle_escalate, handle_lapse, handle_unaccepted, note_untold
from appeals.errors import (
    AlertUnknown,
    AppealHeldByColleague,
    AppealRightMissing,
    ExtensionRefused,
    ExtensionTooLate,
    HasRepeats,
    MergeRefused,
    ReopeningTooLate,
    RequestMissing,
    RequestPending,
    SamePerson,
    TransferRefused,
)
from appeals.extending import ask_extension, deny_extension, grant_extension
from appeals.handling_tables import AppealRequest, AppealTransfer, RequestState
from appeals.kinds import load_kinds
from appeals.merging import merge_appeal, unmerge_appeal
from appeals.moves import (
    accept_appeal,
    answer_appeal,
    ask_for_more,
    confirm_appeal,
    refuse_appeal,
    reopen_appeal,
    supplement_appeal,
    urge_appeal,
    withdraw_appeal,
)
from appeals.objecting import object_to_assignment, overrule_objection, uphold_objection
from appeals.people import Doer
from appeals.possible import possible_moves
from appeals.public import public_view
from appeals.settling import call_back, rate_appeal
from appeals.tables import Appeal, Closing, Priority, Verb
from appeals.tables import AppealStatus as S
from appeals.transfers import (
    close_transferred,
    record_receipt,
    take_back,
    transfer_appeal,
    transfer_out,
)
from core.clock import CHINA
from core.database import reading, transaction
from core.due_work import DueWork
from core.errors import InvalidInput

OWNER, OTHER = "web:visitor-1", "web:visitor-2"
OFFICER, COLLEAGUE = "staff:li", "staff:zhao"
SUPERVISOR = Doer("staff:wang", supervises=True)
SECOND = Doer("staff:sun", supervises=True)
OFFICE = {"office": "社保局", "telephone": "12333", "why": "归那边管"}


def in_china(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=CHINA)


def told(sessions, number: str) -> list[str]:
    with reading(sessions) as session:
        work = session.scalars(
            select(DueWork).where(DueWork.kind == "appeals.tell").order_by(DueWork.id)
        )
        return [each.payload["text"] for each in work if each.key.startswith(number)]


def due_work(sessions, kind: str) -> list[DueWork]:
    with reading(sessions) as session:
        found = select(DueWork).where(DueWork.kind == f"appeals.{kind}").order_by(DueWork.id)
        return list(session.scalars(found))


def alerts_of(sessions, login: str, *roles: str) -> list[str]:
    with reading(sessions) as session:
        found = list_alerts(session, login=login, roles=roles or ["agent"])
        return [each.reason for each in found]


def merge(do, child: str, parent: str, **values):
    def under(session, *, appeal, **more):
        other = access_appeal_for_staff(session, number=parent)
        merge_appeal(session, appeal=appeal, parent=other, **more)

    return do(under, child, **values)


class TestExtending:
    def test_a_granted_extension_moves_the_date_and_says_why(self, bring_to, do, sessions):
        number = bring_to(S.WORKING)  # due on Monday, 21 September

        do(ask_extension, number, actor=OFFICER, working_days=3, why="要调取纸质档案",
           now=in_china(9, 18))  # fmt: skip
        granted = do(grant_extension, number, actor=SUPERVISOR, now=in_china(9, 18, 11))

        assert granted.due_on == date(2026, 9, 24)
        assert "9月24日（周四）前" in told(sessions, number)[-1]
        assert "要调取纸质档案" in told(sessions, number)[-1]
        assert alerts_of(sessions, "li") == ["grant_extension", "assign"]

    def test_nobody_decides_on_their_own_request(self, bring_to, do, now):
        number = bring_to(S.WORKING)
        do(ask_extension, number, actor=SUPERVISOR, working_days=1, why="要查", now=now)

        with pytest.raises(SamePerson):
            do(grant_extension, number, actor=SUPERVISOR, now=now)
        with pytest.raises(AppealRightMissing):
            do(grant_extension, number, actor=OFFICER, now=now)
        assert do(grant_extension, number, actor=SECOND, now=now).extensions == 1

    def test_it_is_asked_for_and_granted_before_the_deadline_to_the_second(self, bring_to, do):
        last = datetime(2026, 9, 21, 23, 59, 59, tzinfo=CHINA)
        one, other = bring_to(S.WORKING), bring_to(S.WORKING, detail="另一件")
        asked = {"actor": OFFICER, "working_days": 1, "why": "要查"}

        with pytest.raises(ExtensionTooLate):
            do(ask_extension, one, now=last + timedelta(seconds=1), **asked)
        do(ask_extension, one, now=last, **asked)
        do(ask_extension, other, now=last, **asked)
        assert do(grant_extension, one, actor=SUPERVISOR, now=last).due_on == date(2026, 9, 22)
        with pytest.raises(ExtensionTooLate):
            do(grant_extension, other, actor=SUPERVISOR, now=last + timedelta(seconds=1))

    def test_a_breach_ends_a_request_nobody_decided(self, bring_to, do, sessions):
        number = bring_to(S.WORKING)
        do(ask_extension, number, actor=OFFICER, working_days=1, why="要查", now=in_china(9, 21))
        first = due_work(sessions, "escalate")[0]

        with transaction(sessions) as session:
            handle_escalate(session, first.payload, first.due_at)

        with reading(sessions) as session:
            assert session.scalars(select(AppealRequest)).one().state is RequestState.LAPSED
        assert "extension_lapsed" in alerts_of(sessions, "li")
        with pytest.raises(RequestMissing):
            do(deny_extension, number, actor=SUPERVISOR, why="晚了", now=in_china(9, 22))

    @pytest.mark.parametrize(
        ("kind", "days", "reason"),
        [
            ("consultation", 6, "最多延长 5 个工作日"),
            ("consultation", 0, "最多延长 5 个工作日"),
            ("relief_not_delivered", 1, "不能延期"),
        ],
    )
    def test_what_the_kind_does_not_allow_is_refused(self, kind, days, reason, bring_to, do, now):
        number = bring_to(S.WORKING, kind=kind)

        with pytest.raises(ExtensionRefused) as refused:
            do(ask_extension, number, actor=OFFICER, working_days=days, why="要查", now=now)

        assert reason in refused.value.details["reason"]

    def test_it_is_granted_once_and_waits_once(self, bring_to, do, now):
        number = bring_to(S.WORKING)
        asked = {"actor": OFFICER, "working_days": 1, "why": "要查", "now": now}
        do(ask_extension, number, **asked)

        with pytest.raises(RequestPending):
            do(ask_extension, number, **asked)
        do(deny_extension, number, actor=SUPERVISOR, why="来得及", now=now)
        do(ask_extension, number, **asked)
        do(grant_extension, number, actor=SUPERVISOR, now=now)
        with pytest.raises(ExtensionRefused):
            do(ask_extension, number, **asked)


class TestHandingOn:
    def test_another_unit_signs_and_the_promise_stands(self, bring_to, do, sessions, now):
        number = bring_to(S.WORKING)

        moved = do(transfer_appeal, number, actor=OFFICER, unit="信息中心", why="系统的事", now=now)
        assert (moved.status, moved.unit, moved.assigned_to) == (S.ACCEPTED, "信息中心", None)
        signed = do(record_receipt, number, actor=COLLEAGUE, receipt_no="XX-7", now=now)

        assert (signed.status, signed.assigned_to) == (S.WORKING, "zhao")
        assert signed.due_on == date(2026, 9, 21)
        assert "承诺日期不变" in told(sessions, number)[-2]
        with reading(sessions) as session:
            transfer = session.scalars(select(AppealTransfer)).one()
            assert (transfer.receipt_no, transfer.receipt_by) == ("XX-7", "zhao")
        with pytest.raises(TransferRefused):
            do(transfer_appeal, number, actor=COLLEAGUE, unit="信息中心", why="再转", now=now)

    def test_another_office_keeps_the_clock_running_until_its_receipt(self, bring_to, do, sessions):
        number = bring_to(S.TRANSFERRED)
        first = due_work(sessions, "escalate")[0]
        with pytest.raises(TransferRefused):
            do(close_transferred, number, actor=OFFICER, now=in_china(9, 18))

        with transaction(sessions) as session:
            handle_escalate(session, first.payload, first.due_at)
            assert access_appeal_for_staff(session, number=number).escalation_level == 1
        signed = do(record_receipt, number, actor=OFFICER, receipt_no="SC-9", now=in_china(9, 22))
        closed = do(close_transferred, number, actor=OFFICER, now=in_china(9, 23))

        assert signed.receipt_at is not None
        assert (closed.status, closed.closing) == (S.CLOSED, Closing.HANDED_ON)
        everything = "".join(told(sessions, number))
        assert "12315" in everything and "SC-9" in everything

    def test_what_comes_back_is_worked_on_here_with_a_new_promise(self, bring_to, do):
        number = bring_to(S.TRANSFERRED)
        do(record_receipt, number, actor=OFFICER, receipt_no="SC-9", now=in_china(9, 18))

        back = do(take_back, number, actor=OFFICER, why="对方说不归他们", now=in_china(9, 22))

        assert (back.status, back.round_no, back.receipt_at) == (S.WORKING, 2, None)
        assert back.due_on == date(2026, 9, 28), "three working days, two of them after 中秋"

    def test_relief_stays_with_the_tax_bureau(self, bring_to, do, now):
        number = bring_to(S.ACCEPTED, kind="relief_not_delivered")

        with pytest.raises(TransferRefused):
            do(transfer_out, number, actor=OFFICER, now=now, **OFFICE)

    def test_an_objection_is_decided_by_another_person(self, bring_to, do, sessions, now):
        number = bring_to(S.WORKING)
        objecting = {"actor": OFFICER, "unit": "税政", "why": "是政策口径", "now": now}
        do(object_to_assignment, number, **objecting)

        assert "object" in alerts_of(sessions, "wang", "supervisor")
        assert len(told(sessions, number)) == 2, "what is inside the bureau is not told"
        with pytest.raises(RequestPending):
            do(object_to_assignment, number, **objecting)
        do(overrule_objection, number, actor=SUPERVISOR, why="就归你们", now=now)
        do(object_to_assignment, number, **objecting)
        moved = do(uphold_objection, number, actor=SUPERVISOR, now=now)
        assert (moved.status, moved.unit, moved.assigned_to) == (S.ACCEPTED, "税政", None)


class TestMerging:
    @pytest.fixture
    def pair(self, file, do, now):
        parent = file(subject="申报系统打不开").appeal.number
        child = file(identity_key=OTHER, subject="电子税务局登不上").appeal.number
        for number in (parent, child):
            do(accept_appeal, number, actor=OFFICER, now=now)
        merge(do, child, parent, actor=OFFICER, now=now)
        return parent, child

    def test_the_answer_of_the_parent_answers_each_filer_in_their_own_talk(
        self, pair, do, sessions, now
    ):
        parent, child = pair

        do(answer_appeal, parent, actor=OFFICER, text="系统已恢复。", now=now)

        with reading(sessions) as session:
            for number in pair:
                appeal = access_appeal_for_staff(session, number=number)
                assert (appeal.status, appeal.answer_text) == (S.ANSWERED, "系统已恢复。")
            work = session.scalars(select(DueWork).where(DueWork.kind == "appeals.tell"))
            answers = {
                each.payload["identity_key"]
                for each in work
                if "系统已恢复。" in each.payload["text"]
            }
        assert answers == {OWNER, OTHER}
        do(reopen_appeal, child, actor=OTHER, now=now)
        do(confirm_appeal, parent, actor=OWNER, now=now)

    def test_a_repeat_is_let_go_before_the_answer_and_when_its_parent_is_withdrawn(
        self, pair, file, do, now
    ):
        parent, child = pair
        alone = do(unmerge_appeal, child, actor=OFFICER, why="不是一回事", now=now)
        assert alone.status is S.ACCEPTED

        merge(do, child, parent, actor=OFFICER, now=now)
        do(withdraw_appeal, parent, actor=OWNER, now=now)
        with pytest.raises(MergeRefused):
            merge(do, child, parent, actor=OFFICER, now=now)
        third = file(identity_key="web:visitor-3").appeal.number
        merge(do, child, third, actor=OFFICER, now=now)

    def test_what_would_leave_repeats_without_an_answer_is_refused(self, pair, file, do, now):
        parent, child = pair
        third = file(identity_key="web:visitor-3").appeal.number

        with pytest.raises(HasRepeats):
            do(refuse_appeal, parent, actor=OFFICER, why="不归我们", now=now)
        with pytest.raises(HasRepeats):
            do(transfer_out, parent, actor=OFFICER, now=now, **OFFICE)
        for one, under in ((parent, third), (third, child), (third, third)):
            with pytest.raises(MergeRefused):
                merge(do, one, under, actor=OFFICER, now=now)

    def test_the_promise_of_a_repeat_is_its_own_and_is_escalated(self, pair, do, sessions):
        _, child = pair
        work = [each for each in due_work(sessions, "escalate") if each.key.startswith(child)][0]

        with transaction(sessions) as session:
            handle_escalate(session, work.payload, work.due_at)

        with reading(sessions) as session:
            appeal = access_appeal_for_staff(session, number=child)
            assert (appeal.status, appeal.escalation_level) == (S.MERGED, 1)

    def test_urging_a_repeat_moves_its_parent_forward(self, pair, do, sessions, now):
        parent, child = pair

        do(urge_appeal, child, actor=OTHER, now=now)

        with reading(sessions) as session:
            assert access_appeal_for_staff(session, number=parent).priority == Priority.URGED

    def test_what_must_be_settled_goes_under_no_case_that_is_only_answered(self, file, do, now):
        parent = file().appeal.number
        relief = file(identity_key=OTHER, kind="relief_not_delivered").appeal.number

        with pytest.raises(MergeRefused):
            merge(do, relief, parent, actor=OFFICER, now=now)


class TestKindsOfTheirOwn:
    def test_relief_is_settled_and_not_only_answered(self, bring_to, file, do, sessions, now):
        number = file(kind="relief_not_delivered").appeal.number
        do(accept_appeal, number, actor=OFFICER, now=now)

        for wrong in (None, "no_such"):
            with pytest.raises(InvalidInput) as refused:
                do(answer_appeal, number, actor=OFFICER, text="知道了", resolution=wrong, now=now)
            assert refused.value.details["field"] == "resolution"
        answer = {"actor": OFFICER, "text": "已退 800 元。", "resolution": "delivered", "now": now}
        do(answer_appeal, number, **answer)

        assert "已落实到位" in told(sessions, number)[-1]
        assert "落实解决" in told(sessions, number)[0]

    def test_relief_is_never_paused(self, file, do, sessions):
        number = file(kind="relief_not_delivered").appeal.number  # due on 21 September
        do(accept_appeal, number, actor=OFFICER, now=in_china(9, 17))
        asked = do(ask_for_more, number, actor=OFFICER, text="请发申报表", now=in_china(9, 17))

        assert "承诺日期不变" in told(sessions, number)[-1]
        view = public_view(asked)
        assert view.due_text == "9月21日（周一）前"
        assert "暂停" not in view.meaning + view.next
        back = do(supplement_appeal, number, actor=OWNER, text="已发", now=in_china(9, 25))
        assert back.due_on == date(2026, 9, 21)

    def test_a_case_that_waits_without_a_pause_is_escalated(self, file, do, sessions):
        number = file(kind="relief_not_delivered").appeal.number
        do(accept_appeal, number, actor=OFFICER, now=in_china(9, 17))
        do(ask_for_more, number, actor=OFFICER, text="请发申报表", now=in_china(9, 17))
        work = due_work(sessions, "escalate")[0]

        with transaction(sessions) as session:
            handle_escalate(session, work.payload, work.due_at)
            assert access_appeal_for_staff(session, number=number).escalation_level == 1

    def test_a_complaint_about_a_person_is_answered_by_a_supervisor(self, file, do, now):
        number = file(kind="service_conduct").appeal.number
        do(accept_appeal, number, actor=OFFICER, now=now)

        with pytest.raises(AppealRightMissing):
            do(answer_appeal, number, actor=OFFICER, text="已批评", now=now)
        assert do(answer_appeal, number, actor=SUPERVISOR, text="已批评", now=now).answered_at

    def test_an_urgent_wish_for_help_counts_minutes_of_work(self, file, sessions):
        filed = file(kind="help", now=in_china(9, 30, 16))  # an hour before closing

        appeal = filed.appeal

        # One hour that day; after the holiday 09:00—12:00.
        assert (appeal.due_on, appeal.due_at) == (date(2026, 10, 8), in_china(10, 8, 12))
        with reading(sessions) as session:
            kept = access_appeal_for_staff(session, number=appeal.number)
            assert public_view(kept).due_text == "10月8日（周四）12:00前"

    def test_a_bureaus_own_hours_count(self, file):
        kinds = load_kinds(hours=load_kinds()["help"].hours[:1])  # mornings only

        filed = file(kind="help", kinds=kinds, now=in_china(9, 17, 9))

        assert filed.appeal.due_at == in_china(9, 18, 10)

    def test_rules_that_change_later_leave_old_promises_alone(self, file, do, sessions, tmp_path):
        override = tmp_path / "bureau.yml"
        override.write_text("working_days: {consultation: 1}", "utf-8")
        number = file(kinds=load_kinds(override)).appeal.number

        do(accept_appeal, number, actor=OFFICER, now=in_china(9, 17))
        do(ask_for_more, number, actor=OFFICER, text="请发截图", now=in_china(9, 18))
        back = do(supplement_appeal, number, actor=OWNER, text="已发", now=in_china(9, 21))

        assert back.due_on == date(2026, 9, 21), "one day as promised, two working days of pause"


class TestSettling:
    def test_silence_closes_after_the_days_that_were_told_and_is_no_satisfaction(
        self, bring_to, sessions
    ):
        number = bring_to(S.ANSWERED)  # on Thursday, 17 September
        assert "9月23日（周三）" in told(sessions, number)[-1]
        [work] = due_work(sessions, "lapse")
        assert work.due_at == in_china(9, 24, 9)

        for _ in range(2):
            with transaction(sessions) as session:
                handle_lapse(session, work.payload, work.due_at)

        with reading(sessions) as session:
            appeal = access_appeal_for_staff(session, number=number)
            assert (appeal.status, appeal.closing, appeal.rating) == (
                S.CLOSED, Closing.LAPSED, None
            )  # fmt: skip
        assert "10 个工作日内" in told(sessions, number)[-1]
        assert "call_back" in alerts_of(sessions, "li")

    def test_an_answer_after_reopening_has_days_of_its_own(self, bring_to, do, sessions):
        number = bring_to(S.ANSWERED)
        do(reopen_appeal, number, actor=OWNER, now=in_china(9, 18))
        do(answer_appeal, number, actor=OFFICER, text="再答", now=in_china(9, 22))
        first, second = due_work(sessions, "lapse")

        with transaction(sessions) as session:
            handle_lapse(session, first.payload, first.due_at)
            assert access_appeal_for_staff(session, number=number).status is S.ANSWERED
            handle_lapse(session, second.payload, second.due_at)
            assert access_appeal_for_staff(session, number=number).status is S.CLOSED

    def test_a_closed_case_is_reopened_within_ten_working_days_and_twice(self, bring_to, do):
        late = bring_to(S.CLOSED)
        with pytest.raises(ReopeningTooLate):  # the eleventh working day
            do(reopen_appeal, late, actor=OWNER, now=in_china(10, 9))
        again = do(reopen_appeal, late, actor=OWNER, now=in_china(10, 8))
        assert (again.status, again.round_no, again.closed_at) == (S.WORKING, 2, None)

        for _ in range(2):
            do(answer_appeal, late, actor=OFFICER, text="再答", now=in_china(10, 8))
            if again.reopenings < 2:
                again = do(reopen_appeal, late, actor=OWNER, now=in_china(10, 8))
        with pytest.raises(ReopeningTooLate) as refused:
            do(reopen_appeal, late, actor=OWNER, now=in_china(10, 8))
        assert "2 次" in refused.value.details["reason"]

    def test_a_low_rating_asks_for_a_reason_and_may_go_on(self, bring_to, do, sessions, now):
        number = bring_to(S.CLOSED)

        with pytest.raises(InvalidInput):
            do(call_back, number, actor=COLLEAGUE, rating=2, now=now)
        again = do(
            call_back,
            number,
            actor=COLLEAGUE,
            rating=2,
            comment="钱还没到账",
            wants_reopening=True,
            now=now,
        )

        assert (again.status, again.rating) == (S.WORKING, 2)
        assert [move.verb for move in again.moves[-2:]] == [Verb.CALL_BACK, Verb.REOPEN]
        assert "回访时" in told(sessions, number)[-1]
        assert "reopen" in alerts_of(sessions, "wang", "supervisor")

    def test_a_reopening_that_is_not_possible_leaves_no_call_back_either(self, bring_to, do):
        number = bring_to(S.CLOSED)
        late = {"actor": COLLEAGUE, "rating": 1, "comment": "没好", "now": in_china(10, 30)}

        with pytest.raises(ReopeningTooLate):
            do(call_back, number, wants_reopening=True, **late)

        noted = do(call_back, number, **late)
        assert [move.verb for move in noted.moves].count(Verb.CALL_BACK) == 1

    def test_the_owner_rates_afterwards(self, bring_to, do, now):
        number = bring_to(S.CLOSED)

        assert do(rate_appeal, number, actor=OWNER, rating=4, now=now).rating == 4
        for rating in (0, 6, 2):
            with pytest.raises(InvalidInput):
                do(rate_appeal, number, actor=OWNER, rating=rating, now=now)


class TestTheDesk:
    def test_an_appeal_nobody_decides_on_is_shown_to_supervisors_once(self, file, do, sessions):
        number = file().appeal.number
        accepted = file(detail="另一件").appeal.number
        do(accept_appeal, accepted, actor=OFFICER, now=in_china(9, 17))
        work = due_work(sessions, "unaccepted")
        assert {each.due_at for each in work} == {in_china(9, 19, 9)}

        for each in work * 2:
            with transaction(sessions) as session:
                handle_unaccepted(session, each.payload, each.due_at)

        with reading(sessions) as session:
            [alert] = list_alerts(session, login="wang", roles=["supervisor"])
            assert (alert.number, alert.reason) == (number, "unaccepted")
            assert list_alerts(session, login="li", roles=["agent"]) == []

    def test_an_alert_is_seen_once_and_only_by_whom_it_is_for(self, bring_to, do, sessions, now):
        number = bring_to(S.WORKING)
        do(urge_appeal, number, actor=OWNER, now=now)
        with reading(sessions) as session:
            assert count_alerts(session, login="wang", roles=["supervisor"]) == 1
            [alert] = list_alerts(session, login="wang", roles=["supervisor"])

        with transaction(sessions) as session, pytest.raises(AlertUnknown):
            see_alert(session, alert_id=alert.id, login="zhao", roles=["agent"], now=now)
        for who in ("wang", "sun"):
            with transaction(sessions) as session:
                see_alert(session, alert_id=alert.id, login=who, roles=["supervisor"], now=now)

        with reading(sessions) as session:
            assert count_alerts(session, login="wang", roles=["supervisor"]) == 0
            [seen] = list_alerts(session, login="sun", roles=["supervisor"], unseen_only=False)
            assert seen.seen_by == "wang"

    def test_who_cannot_be_reached_in_a_talk_is_called(self, bring_to, sessions, now):
        bring_to(S.WORKING)
        last = due_work(sessions, "tell")[-1]

        for _ in range(2):
            with transaction(sessions) as session:
                note_untold(session, last.payload, now)

        assert alerts_of(sessions, "li").count("untold") == 1

    @pytest.mark.parametrize("status", list(S), ids=lambda s: s.value)
    @pytest.mark.parametrize("doer", [Doer(OWNER), Doer(OFFICER), Doer(COLLEAGUE), SUPERVISOR])
    def test_what_is_offered_is_what_the_table_allows_this_person(
        self, status, doer, bring_to, sessions, now
    ):
        number = bring_to(status)

        with reading(sessions) as session:
            appeal = access_appeal_for_staff(session, number=number)
            offered = possible_moves(session, appeal, doer, now)

        from appeals.lifecycle import check_move

        for each in offered:
            check_move(appeal, each.verb, doer)
        verbs = {each.verb for each in offered}
        assert not verbs & {Verb.GATHER, Verb.ANSWER_MERGED, Verb.LAPSE, Verb.ESCALATE}
        assert not verbs & {Verb.GRANT_EXTENSION, Verb.DENY_EXTENSION}, "nobody asked"

    def test_a_colleagues_case_is_left_alone_but_may_be_called_back(self, bring_to, do, now):
        number = bring_to(S.ANSWERED)

        assert do(call_back, number, actor=COLLEAGUE, rating=5, now=now).rating == 5
        working = bring_to(S.WORKING, detail="另一件")
        with pytest.raises(AppealHeldByColleague):
            do(answer_appeal, working, actor=COLLEAGUE, text="我来答", now=now)


def test_every_appeal_of_this_file_was_kept_in_a_table_with_its_rules(bring_to, sessions):
    bring_to(S.WORKING)

    with reading(sessions) as session:
        appeal = session.scalars(select(Appeal)).one()
        assert appeal.rules["working_days"] == 3
        assert appeal.rules["ladder"][0]["named"] == "班长"
