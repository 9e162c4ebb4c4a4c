from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from consultations.tables import Author, Conversation, Message
from consultations.talk import open_conversation
from core.audit import AuditLine
from core.database import Sessions, transaction
from core.due_work import DueWork
from core.settings import Settings
from enterprises.binding import unbind_firm
from enterprises.kinds import EnterpriseStatus, FilingStatus, Tax
from enterprises.tables import EnterpriseRole, Filing
from outreach.planning import PLAN, REMIND, file_plan, plan_day, plan_reminders
from outreach.reminders import remind
from policy_rules.deadlines import announced_deadline
from tests.enterprises.visits import VISITOR

NEIGHBOUR = "wechat:neighbour"


def china(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


#: The last filing day is Monday, 26 October 2026: Wednesday is the third working day before it.
BINDING = china("2026-10-08T10:00")
TUESDAY = china("2026-10-20T09:10")
WEDNESDAY = china("2026-10-21T09:10")
THURSDAY = china("2026-10-22T09:10")
LAST_DAY = china("2026-10-26T09:10")


def announced(year: int, month: int) -> date | None:
    return announced_deadline(date(year, month, 1))


@pytest.fixture
def talk_of(database: Sessions) -> Callable[..., int]:
    def open_talk(identity_key: str = VISITOR, *, now: datetime = BINDING) -> int:
        channel = identity_key.partition(":")[0]
        with transaction(database) as session:
            talk, _ = open_conversation(
                session, channel=channel, identity_key=identity_key, now=now
            )
            return talk.id

    return open_talk


@pytest.fixture
def reminded(database: Sessions) -> Callable[[datetime], list[Message]]:
    """Live through one morning: plan, then do what was planned; gives the new messages."""

    def live(now: datetime) -> list[Message]:
        plan(database, now)
        return [message for message in do_planned(database, now) if message is not None]

    return live


def plan(database: Sessions, now: datetime) -> int:
    with transaction(database) as session:
        return plan_reminders(session, now=now, deadlines=announced)


def planned(session: Session) -> list[DueWork]:
    waiting = select(DueWork).where(DueWork.kind == REMIND, DueWork.done_at.is_(None))
    return list(session.scalars(waiting.order_by(DueWork.id)))


def do_planned(database: Sessions, now: datetime) -> Iterator[Message | None]:
    with transaction(database) as session:
        works = planned(session)
    for work in works:
        with transaction(database) as session:
            session.get_one(DueWork, work.id).done_at = now
            yield remind(session, work.payload, now=now, deadlines=announced)


@pytest.fixture
def waiting_visitor(bound_firm, file_due, want_reminders, talk_of) -> int:
    """A visitor with a talk, a wish and a firm that has VAT to file; gives the firm."""
    firm = bound_firm(now=BINDING)
    file_due(firm)
    want_reminders(BINDING)
    talk_of()
    return firm


def test_a_reminder_says_who_what_when_what_to_do_why_and_how_to_stop(
    waiting_visitor: int, file_due, reminded
) -> None:
    file_due(waiting_visitor, tax=Tax.STAMP_TAX)

    [message] = reminded(WEDNESDAY)

    assert message.author is Author.SYSTEM
    assert message.body["kind"] == "notice"
    assert message.body["title"] == "申报期限提醒"
    lines = message.body["text"].splitlines()
    assert lines[1:3] == [
        "【示例1号公司】",
        "· 增值税、印花税（2026年第三季度）：10月26日（周一）截止，还有3个工作日",
    ]
    assert "请在截止日前到电子税务局申报" in message.body["text"]
    assert lines[-1] == "您打开了“申报期限提醒”，所以收到这条消息。回复“关闭提醒”就不再发。"
    assert message.body["caution"] == "期限以主管税务机关的通知为准。"
    assert [button["value"] for button in message.body["buttons"]][-1] == "关闭提醒"


def test_nothing_is_planned_before_the_third_working_day(
    database: Sessions, waiting_visitor: int
) -> None:
    assert plan(database, TUESDAY) == 0
    assert plan(database, WEDNESDAY) == 1


def test_nothing_goes_to_who_did_not_ask_for_it(
    bound_firm, file_due, talk_of, database: Sessions
) -> None:
    file_due(bound_firm(now=BINDING))
    talk_of()

    assert plan(database, WEDNESDAY) == 0


def test_a_deadline_is_told_once(database: Sessions, waiting_visitor: int, reminded) -> None:
    assert len(reminded(WEDNESDAY)) == 1
    assert plan(database, THURSDAY) == 0
    assert reminded(LAST_DAY) == []


def test_the_plan_made_twice_on_a_day_reminds_once(
    database: Sessions, waiting_visitor: int, reminded
) -> None:
    plan(database, WEDNESDAY)

    assert len(reminded(WEDNESDAY + timedelta(minutes=5))) == 1
    assert reminded(WEDNESDAY + timedelta(minutes=10)) == []


def test_on_the_last_day_it_says_today(waiting_visitor: int, reminded) -> None:
    [message] = reminded(LAST_DAY)

    assert "今天，10月26日（周一）截止" in message.body["text"]


def test_a_missed_day_is_told_as_over(waiting_visitor: int, reminded) -> None:
    [message] = reminded(china("2026-10-27T09:10"))

    assert "10月26日（周一）已经截止，还没有申报记录" in message.body["text"]
    assert "补报" in message.body["text"]
    assert "还有" not in message.body["text"]


def test_what_is_long_over_is_not_told(waiting_visitor: int, reminded) -> None:
    assert reminded(china("2026-11-02T09:10")) == []


def test_a_day_that_is_not_announced_is_called_provisional(
    bound_firm, file_due, want_reminders, talk_of, reminded
) -> None:
    now = china("2027-01-14T09:10")
    firm = bound_firm(now=now)
    file_due(
        firm,
        period_first=date(2026, 10, 1),
        period_last=date(2026, 12, 31),
        due_on=date(2027, 1, 15),
    )
    want_reminders(now)
    talk_of(now=now)

    [message] = reminded(now)

    assert announced(2027, 1) is None
    assert "1月15日（周五）截止，还有1个工作日（暂定" in message.body["text"]


def test_an_announced_day_moves_the_day_on_record(
    waiting_visitor: int, database: Sessions, reminded
) -> None:
    with transaction(database) as session:
        session.execute(update(Filing).values(due_on=date(2026, 10, 15)))

    [message] = reminded(WEDNESDAY)

    assert "10月26日（周一）截止" in message.body["text"]


def test_what_was_filed_between_plan_and_reminder_is_not_told(
    database: Sessions, waiting_visitor: int
) -> None:
    plan(database, WEDNESDAY)
    with transaction(database) as session:
        session.execute(update(Filing).values(filed_on=WEDNESDAY.date(), state=FilingStatus.FILED))

    assert list(do_planned(database, WEDNESDAY)) == [None]


def test_a_wish_withdrawn_between_plan_and_reminder_counts(
    database: Sessions, waiting_visitor: int, want_reminders
) -> None:
    plan(database, WEDNESDAY)
    want_reminders(WEDNESDAY, wanted=False)

    assert plan(database, WEDNESDAY) == 0
    assert list(do_planned(database, WEDNESDAY)) == [None]


def test_a_firm_let_go_between_plan_and_reminder_is_not_told(
    database: Sessions, waiting_visitor: int
) -> None:
    plan(database, WEDNESDAY)
    with transaction(database) as session:
        unbind_firm(session, identity_key=VISITOR, enterprise_id=waiting_visitor, now=WEDNESDAY)

    assert list(do_planned(database, WEDNESDAY)) == [None]


def test_who_lost_the_role_is_told_nothing(
    database: Sessions, waiting_visitor: int, reminded
) -> None:
    with transaction(database) as session:
        session.execute(update(EnterpriseRole).values(until=date(2026, 10, 19)))

    assert reminded(WEDNESDAY) == []


def test_an_expired_proof_reminds_of_nothing(
    database: Sessions, bound_firm, file_due, want_reminders, talk_of, settings: Settings
) -> None:
    then = WEDNESDAY - timedelta(days=settings.binding_days + 1)
    file_due(bound_firm(now=then))
    want_reminders(then)
    talk_of(now=then)

    assert plan(database, WEDNESDAY) == 0


def test_a_deregistered_firm_has_nothing_to_file(
    bound_firm, file_due, want_reminders, talk_of, reminded
) -> None:
    file_due(bound_firm(now=BINDING, status=EnterpriseStatus.DEREGISTERED))
    want_reminders(BINDING)
    talk_of()

    assert reminded(WEDNESDAY) == []


def test_one_message_names_five_firms_and_the_rest_come_the_next_day(
    bound_firm, file_due, want_reminders, talk_of, reminded
) -> None:
    for serial in range(1, 8):
        file_due(bound_firm(serial, now=BINDING))
    want_reminders(BINDING)
    talk_of()

    [first] = reminded(WEDNESDAY)
    [second] = reminded(THURSDAY)

    assert first.body["text"].count("【") == 5
    assert "还有2户也临近或已过期限" in first.body["text"]
    assert second.body["text"].count("【") == 2
    assert "【示例7号公司】" in second.body["text"]
    assert "户也临近" not in second.body["text"]


def test_every_look_at_a_firm_that_is_named_stands_in_the_trail(
    database: Sessions, waiting_visitor: int, reminded
) -> None:
    reminded(WEDNESDAY)

    with transaction(database) as session:
        line = session.scalars(
            select(AuditLine).where(AuditLine.deed == "enterprises.firm.read")
        ).one()
    assert line.subject == f"enterprise:{waiting_visitor}"
    assert line.data == {"purpose": "deadline_reminder"}
    assert VISITOR not in line.actor


def test_it_goes_into_the_visitors_latest_talk_and_to_nobody_else(
    database: Sessions, waiting_visitor: int, talk_of, reminded
) -> None:
    latest = talk_of(now=TUESDAY)
    talk_of(NEIGHBOUR, now=TUESDAY)

    [message] = reminded(WEDNESDAY)

    assert message.conversation_id == latest


def test_on_wechat_it_leaves_through_the_outbox(
    database: Sessions, bound_firm, file_due, want_reminders, talk_of, reminded
) -> None:
    file_due(bound_firm(now=BINDING, identity_key=NEIGHBOUR))
    want_reminders(BINDING, identity_key=NEIGHBOUR)
    talk_of(NEIGHBOUR)

    [message] = reminded(WEDNESDAY)

    with transaction(database) as session:
        sent = session.scalars(select(DueWork).where(DueWork.kind == "deliver.wechat")).one()
    assert sent.payload["message_id"] == message.id


def test_without_a_talk_nothing_is_counted_as_told(
    database: Sessions, waiting_visitor: int, reminded
) -> None:
    with transaction(database) as session:
        session.execute(update(Conversation).values(deleted_at=BINDING))
    assert reminded(WEDNESDAY) == []

    with transaction(database) as session:
        session.execute(update(Conversation).values(deleted_at=None))
    assert len(reminded(THURSDAY)) == 1


def test_a_reminder_that_comes_late_waits_for_the_plan_of_the_next_day(
    database: Sessions, waiting_visitor: int, reminded
) -> None:
    plan(database, WEDNESDAY)

    assert list(do_planned(database, THURSDAY)) == [None]
    assert len(reminded(THURSDAY)) == 1


def test_nobody_is_disturbed_in_the_evening(database: Sessions, waiting_visitor: int) -> None:
    evening = china("2026-10-21T20:30")
    with transaction(database) as session:
        assert plan_day(session, now=evening, deadlines=announced) == 0
    plan(database, WEDNESDAY)

    assert list(do_planned(database, evening)) == [None]


def test_a_day_is_planned_once_and_files_the_next_at_ten_past_nine(database: Sessions) -> None:
    with transaction(database) as session:
        file_plan(session, WEDNESDAY.date())
        file_plan(session, WEDNESDAY.date())
        plan_day(session, now=WEDNESDAY, deadlines=announced)

    with transaction(database) as session:
        plans = session.scalars(
            select(DueWork).where(DueWork.kind == PLAN).order_by(DueWork.due_at)
        ).all()
    assert [work.due_at for work in plans] == [WEDNESDAY, THURSDAY]
