"""The promised date (承诺日期)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from appeals.access import access_appeal_for_staff, list_appeals_for
from appeals.alerts import list_alerts
from appeals.deadlines import deadline_json, recompute_provisional
from appeals.due import handle_escalate, handle_remind
from appeals.moves import (
    accept_appeal,
    answer_appeal,
    ask_for_more,
    reopen_appeal,
    supplement_appeal,
    withdraw_appeal,
)
from appeals.tables import AppealStatus, Priority, Verb
from appeals.wording import due_sentence
from core.calendar import counting_on, current_calendar
from core.clock import CHINA, china_date
from core.database import reading, transaction
from core.due_work import DueWork
from core.errors import InvalidInput
from tests.calendars import invented_2027

OWNER = "web:visitor-1"
OFFICER = "staff:li"


def in_china(month: int, day: int, hour: int = 10, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-02-13", "2026-02-25"),
        ("2026-02-26", "2026-03-02"),
        ("2026-05-07", "2026-05-11"),
        ("2026-09-17", "2026-09-21"),
        ("2026-09-30", "2026-10-10"),
    ],
)
def test_three_working_days_count_holidays_and_make_up_days(opened, due, file):
    assert deadline_json(opened, 3) == {"due_on": due, "provisional": False}

    day = date.fromisoformat(opened)
    filed = file(now=in_china(day.month, day.day))
    assert filed.appeal.due_on.isoformat() == due


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-09-17T23:59", "2026-09-21"),  # Chinese time where no zone is said
        ("2026-09-17T15:59:59Z", "2026-09-21"),
        ("2026-09-17T16:00:00+00:00", "2026-09-21"),  # already the 18th: 20, 21, 22
        (" 2026-09-17 ", "2026-09-21"),
    ],
)
def test_the_day_of_opening_is_the_chinese_one(opened, due):
    expected = "2026-09-22" if "16:00:00+00:00" in opened else due

    assert deadline_json(opened, 3)["due_on"] == expected


@pytest.mark.parametrize(
    ("opened", "days", "field"),
    [
        ("", 3, "opened"),
        ("昨天", 3, "opened"),
        ("2026-02-30", 3, "opened"),
        ("9999-12-30", 3, "opened"),
        ("2026-02-13", 0, "working_days"),
        ("2026-02-13", -1, "working_days"),
        ("2026-02-13", 10**9, "working_days"),
    ],
)
def test_bad_input_is_refused_by_name(opened, days, field):
    with pytest.raises(InvalidInput) as refused:
        deadline_json(opened, days)

    assert refused.value.details["field"] == field


def test_three_days_agree_with_another_calendar_on_every_day_of_two_years():
    day, compared = date(2025, 1, 1), 0
    while day <= date(2026, 12, 25):
        due, left = day, 3
        while left:
            due += timedelta(days=1)
            left -= chinese_calendar.is_workday(due)
        if due.year <= 2026:
            assert deadline_json(day.isoformat(), 3)["due_on"] == due.isoformat(), day
            compared += 1
        day += timedelta(days=1)

    assert compared == 724


@pytest.mark.parametrize(
    ("opened", "provisional"), [("2026-12-28", False), ("2026-12-29", True), ("2026-12-31", True)]
)
def test_a_promise_is_provisional_as_soon_as_it_touches_a_year_not_announced(opened, provisional):
    assert deadline_json(opened, 3)["provisional"] is provisional


@given(
    opened=st.dates(date(2025, 1, 1), date(2026, 10, 1)),
    days=st.integers(1, 40),
)
def test_a_promise_ends_on_a_working_day_with_exactly_that_many_in_between(opened, days):
    due = date.fromisoformat(deadline_json(opened.isoformat(), days)["due_on"])

    assert chinese_calendar.is_workday(due)
    after = opened + timedelta(days=1)
    assert len(chinese_calendar.get_workdays(after, due)) == days


@pytest.mark.parametrize(
    ("day", "provisional", "said"),
    [
        (date(2026, 10, 10), False, "10月10日（周六，调休上班）前"),
        (date(2026, 9, 20), False, "9月20日（周日，调休上班）前"),
        (date(2026, 9, 21), False, "9月21日（周一）前"),
        (date(2026, 10, 11), False, "10月11日（周日）前"),
        (date(2027, 1, 5), True, "1月5日（周二，暂定）前"),
    ],
)
def test_a_date_is_said_with_its_weekday_and_what_is_unusual_about_it(day, provisional, said):
    assert due_sentence(day, provisional) == said


def wait_for_taxpayer(do, number: str, asked: datetime, brought: datetime):
    do(ask_for_more, number, actor=OFFICER, text="请发截图", now=asked)
    return do(supplement_appeal, number, actor=OWNER, text="已发。", now=brought)


def test_the_working_days_of_a_pause_move_the_date(bring_to, do):
    number = bring_to(AppealStatus.WORKING)  # filed on the 17th, due on the 21st

    appeal = wait_for_taxpayer(do, number, in_china(9, 18), in_china(9, 23))

    # 20, 21, 22 and 23 September were working days
    assert appeal.paused_working_days == 4
    assert appeal.due_on == date(2026, 9, 28)
    assert appeal.moves[-1].note_public == "您补充了：已发。继续办理，承诺9月28日（周一）前答复。"


def test_a_pause_within_one_day_or_over_days_off_costs_nothing(bring_to, do):
    number = bring_to(AppealStatus.WORKING)
    wait_for_taxpayer(do, number, in_china(9, 18, 9), in_china(9, 18, 17))

    appeal = wait_for_taxpayer(do, number, in_china(9, 18, 18), in_china(9, 19, 12))

    assert (appeal.paused_working_days, appeal.due_on) == (0, date(2026, 9, 21))


def test_pauses_add_up(bring_to, do):
    number = bring_to(AppealStatus.WORKING)
    wait_for_taxpayer(do, number, in_china(9, 18), in_china(9, 20))

    appeal = wait_for_taxpayer(do, number, in_china(9, 21), in_china(9, 22))

    assert (appeal.paused_working_days, appeal.due_on) == (2, date(2026, 9, 23))


def test_an_answer_without_the_material_ends_the_pause(bring_to, do):
    number = bring_to(AppealStatus.WAITING)

    appeal = do(answer_appeal, number, actor=OFFICER, text="不用补了", now=in_china(9, 21))

    assert appeal.paused_since is None
    assert appeal.status is AppealStatus.ANSWERED


def test_while_the_taxpayer_is_waited_for_no_date_is_said(bring_to, sessions):
    bring_to(AppealStatus.WAITING)

    with reading(sessions) as session:
        [view] = list_appeals_for(session, identity_keys=[OWNER])
    assert view.due_text == "待您补充，承诺日期暂停计算"


def clock_work(sessions, kind: str) -> list[DueWork]:
    with reading(sessions) as session:
        found = select(DueWork).where(DueWork.kind == f"appeals.{kind}").order_by(DueWork.id)
        return list(session.scalars(found))


def first_rungs(sessions) -> list[DueWork]:
    return [work for work in clock_work(sessions, "escalate") if work.payload["rung"] == 0]


def test_reminders_are_filed_for_half_and_four_fifths_of_the_working_time(file, sessions):
    # Filed at nine on Wednesday 30 September, due on Saturday 10 October: four days of work,
    # the 30th, then the 8th, 9th and 10th; 6.5 hours each.
    file(now=in_china(9, 30, 9))

    half, most = clock_work(sessions, "remind")

    assert (half.payload["share"], half.due_at) == (50, in_china(10, 8, 17))
    assert (most.payload["share"], most.due_at) == (
        80,
        in_china(10, 10, 10) + timedelta(minutes=18),
    )


def test_every_rung_of_the_ladder_is_filed_the_first_for_nine_on_the_next_morning(file, sessions):
    file(now=in_china(9, 30))  # due on Saturday, 10 October

    assert [work.due_at for work in clock_work(sessions, "escalate")] == [
        in_china(10, 11, 9),
        in_china(10, 13, 9),
        in_china(10, 16, 9),
    ]


def test_a_broken_promise_is_escalated_rung_by_rung_each_once_and_told(file, sessions):
    number = file().appeal.number
    rungs = clock_work(sessions, "escalate")

    for _ in range(2):
        for work in rungs:
            with transaction(sessions) as session:
                handle_escalate(session, work.payload, work.due_at)

    with reading(sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        assert [m.verb for m in appeal.moves] == [Verb.FILE, *[Verb.ESCALATE] * 3]
        assert appeal.escalation_level == 3
        seen = {
            role: [alert.reason for alert in list_alerts(session, login="wang", roles=[role])]
            for role in ("supervisor", "oversight", "deputy_head")
        }
    told = [work.payload["text"] for work in clock_work(sessions, "tell")]
    for line, role in zip(told, ("班长", "督办负责人", "分管局领导"), strict=True):
        assert role in line
    assert seen == dict.fromkeys(seen, ["breach"]), "each rung reaches its own role, no other"


def test_a_broken_promise_is_escalated_once_and_told(file, sessions):
    number = file().appeal.number
    [work] = first_rungs(sessions)

    for _ in range(2):
        with transaction(sessions) as session:
            handle_escalate(session, work.payload, in_china(9, 22, 9))

    with reading(sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        assert [m.verb for m in appeal.moves] == [Verb.FILE, Verb.ESCALATE]
        assert (appeal.escalation_level, appeal.priority) == (1, Priority.ESCALATED)
        assert appeal.status is AppealStatus.SUBMITTED
    [told] = clock_work(sessions, "tell")
    assert told.payload["verb"] == "escalate"


def test_the_reminder_is_written_once_for_staff_only(file, sessions):
    number = file().appeal.number
    work = clock_work(sessions, "remind")[-1]

    for _ in range(2):
        with transaction(sessions) as session:
            handle_remind(session, work.payload, in_china(9, 20, 9))

    with reading(sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        assert [m.verb for m in appeal.moves] == [Verb.FILE, Verb.REMIND]
        assert appeal.moves[-1].note_public is None
        assert "9月21日（周一）前" in appeal.moves[-1].note_internal
    assert clock_work(sessions, "tell") == []


@pytest.mark.parametrize(
    "status",
    [
        AppealStatus.WAITING,
        AppealStatus.ANSWERED,
        AppealStatus.CLOSED,
        AppealStatus.WITHDRAWN,
    ],
)
def test_what_no_longer_runs_is_neither_reminded_nor_escalated(status, bring_to, sessions):
    number = bring_to(status)
    [work] = clock_work(sessions, "escalate")[:1]
    with reading(sessions) as session:
        before = access_appeal_for_staff(session, number=number).version

    with transaction(sessions) as session:
        handle_remind(session, work.payload, in_china(9, 22, 9))
        handle_escalate(session, work.payload, in_china(9, 22, 9))

    with reading(sessions) as session:
        assert access_appeal_for_staff(session, number=number).version == before


def test_work_for_a_date_that_was_moved_does_nothing_and_the_new_date_counts(
    bring_to, do, sessions
):
    number = bring_to(AppealStatus.WORKING)
    wait_for_taxpayer(do, number, in_china(9, 18), in_china(9, 23))  # now due on the 28th
    first, second = first_rungs(sessions)
    assert second.due_at == in_china(9, 29, 9)

    with transaction(sessions) as session:
        handle_escalate(session, first.payload, in_china(9, 24, 9))
        assert access_appeal_for_staff(session, number=number).escalation_level == 0
        handle_escalate(session, second.payload, in_china(9, 29, 9))
        assert access_appeal_for_staff(session, number=number).escalation_level == 1


def test_a_pause_after_the_escalation_does_not_escalate_again_but_a_second_promise_does(
    bring_to, do, sessions
):
    number = bring_to(AppealStatus.WORKING)

    def run_escalations(now: datetime) -> int:
        for work in clock_work(sessions, "escalate"):
            if work.due_at <= now:
                with transaction(sessions) as session:
                    handle_escalate(session, work.payload, now)
        with reading(sessions) as session:
            return access_appeal_for_staff(session, number=number).escalation_level

    assert run_escalations(in_china(9, 22, 9)) == 1
    late = wait_for_taxpayer(do, number, in_china(9, 22), in_china(9, 24))
    assert late.due_on == date(2026, 9, 23), "late by one working day before and after"
    assert run_escalations(in_china(9, 24, 11)) == 1

    do(answer_appeal, number, actor=OFFICER, text="好了", now=in_china(9, 24))
    again = do(reopen_appeal, number, actor=OWNER, now=in_china(9, 24))
    assert again.due_on == date(2026, 9, 30)
    assert run_escalations(in_china(10, 1, 9)) == 3


def test_a_provisional_date_is_counted_again_when_the_calendar_arrives(file, sessions):
    filed = file(now=in_china(12, 30))
    firm = file(now=in_china(12, 1), detail="另一件")
    withdrawn = file(now=in_china(12, 30), detail="撤回的")
    with transaction(sessions) as session:
        appeal = access_appeal_for_staff(session, number=withdrawn.appeal.number)
        withdraw_appeal(session, appeal=appeal, actor=OWNER, now=in_china(12, 30))
    assert (filed.appeal.due_on, filed.appeal.provisional) == (date(2027, 1, 5), True)

    with transaction(sessions) as session:
        assert recompute_provisional(session, in_china(12, 31)) == [], "nothing is known yet"

    announced = invented_2027(
        ("to: 2027-01-03", "to: 2027-01-02"),
        ("workdays:", "exception: 测试\nworkdays:\n  - 2027-01-03"),
    )
    with counting_on(current_calendar().with_year(announced)):
        with transaction(sessions) as session:
            [changed] = recompute_provisional(session, in_china(12, 31))
            assert changed.number == filed.appeal.number
            assert (changed.due_on, changed.provisional) == (date(2027, 1, 4), False)
            assert changed.moves[-1].verb is Verb.RECOUNT
        with transaction(sessions) as session:
            assert recompute_provisional(session, in_china(12, 31)) == []
    assert firm.appeal.provisional is False
    [told] = clock_work(sessions, "tell")
    assert "1月4日（周一）前" in told.payload["text"]


def test_lateness_is_never_forgiven_by_the_days_of_a_pause(bring_to, do):
    number = bring_to(AppealStatus.ACCEPTED)

    appeal = wait_for_taxpayer(do, number, in_china(9, 28), in_china(9, 30))

    assert appeal.due_on < china_date(datetime(2026, 9, 30, 2, tzinfo=UTC))


def test_accepting_does_not_move_the_promise(file, do):
    filed = file()

    appeal = do(accept_appeal, filed.appeal.number, actor=OFFICER, now=in_china(9, 21))

    assert appeal.due_on == filed.appeal.due_on
