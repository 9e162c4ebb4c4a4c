from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from channels.my_data import delete_data, exported_data, give_consent
from consultations.talk import open_conversation
from core.audit import AuditLine
from core.clock import Clock
from core.database import Sessions, transaction
from core.due_work import DueWork
from outreach.planning import plan_reminders
from outreach.tables import PushKind, PushWish, ReminderTold
from outreach.wishes import set_wish, wishes_of
from policy_rules.deadlines import announced_deadline
from tests.enterprises.visits import VISITOR

NEIGHBOUR = "wechat:neighbour"
DEADLINES, POLICIES = PushKind.DEADLINE_REMINDER, PushKind.POLICY_CHANGE


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock()


def hold(
    database: Sessions, now: datetime, *, wanted: bool = True, identity_key: str = VISITOR
) -> None:
    with transaction(database) as session:
        set_wish(session, identity_key=identity_key, kind=DEADLINES, wanted=wanted, now=now)


def test_nothing_is_wanted_by_who_never_asked(database: Sessions) -> None:
    with transaction(database) as session:
        assert wishes_of(session, identity_key=VISITOR) == {DEADLINES: False, POLICIES: False}


def test_a_wish_is_for_one_kind_and_one_visitor(database: Sessions, now: datetime) -> None:
    hold(database, now)

    with transaction(database) as session:
        assert wishes_of(session, identity_key=VISITOR) == {DEADLINES: True, POLICIES: False}
        assert wishes_of(session, identity_key=NEIGHBOUR)[DEADLINES] is False


def test_a_wish_is_withdrawn_and_both_stand_in_the_trail_without_the_visitors_name(
    database: Sessions, now: datetime
) -> None:
    hold(database, now)
    hold(database, now + timedelta(hours=1))
    hold(database, now + timedelta(hours=2), wanted=False)

    with transaction(database) as session:
        wish = session.scalars(select(PushWish)).one()
        assert (wish.wanted, wish.changed_at) == (False, now + timedelta(hours=2))
        lines = session.scalars(select(AuditLine).order_by(AuditLine.id)).all()
        assert [(line.deed, line.data) for line in lines] == [
            ("outreach.wish.given", {"kind": "deadline_reminder"}),
            ("outreach.wish.withdrawn", {"kind": "deadline_reminder"}),
        ]
        assert not any(VISITOR in f"{line.actor} {line.subject}" for line in lines)


def test_refusing_what_was_never_wanted_leaves_no_trace(database: Sessions, now: datetime) -> None:
    hold(database, now, wanted=False)

    with transaction(database) as session:
        assert session.scalar(select(func.count(PushWish.id))) == 0
        assert session.scalar(select(func.count(AuditLine.id))) == 0


def test_wishes_are_handed_out_with_ones_data(database: Sessions, now: datetime) -> None:
    hold(database, now)
    hold(database, now, identity_key=NEIGHBOUR)

    with transaction(database) as session:
        data = exported_data(session, identity_key=VISITOR, now=now)

    assert data["push_wishes"] == [
        {"kind": "申报期限提醒", "wanted": True, "changed_at": now.isoformat()}
    ]


def test_deleting_ones_data_forgets_wishes_plans_and_what_was_told_of_this_visitor_alone(
    database: Sessions, bound_firm, file_due
) -> None:
    now = datetime.fromisoformat("2026-10-22T09:10:00+08:00")
    for serial, visitor in enumerate((VISITOR, NEIGHBOUR), 1):
        firm = bound_firm(serial, now=now, identity_key=visitor)
        file_due(firm)
        hold(database, now, identity_key=visitor)
        with transaction(database) as session:
            session.add(
                ReminderTold(
                    identity_key=visitor, enterprise_id=firm, due_on=now.date(), told_at=now
                )
            )
    with transaction(database) as session:
        assert plan_reminders(session, now=now, deadlines=_announced) == 2

    with transaction(database) as session:
        delete_data(session, identity_key=VISITOR, now=now)

    with transaction(database) as session:
        assert session.scalars(select(PushWish.identity_key)).all() == [NEIGHBOUR]
        assert session.scalars(select(ReminderTold.identity_key)).all() == [NEIGHBOUR]
        planned = session.scalars(select(DueWork).where(DueWork.kind == "outreach.remind")).all()
        assert [work.payload["identity_key"] for work in planned] == [NEIGHBOUR]


def test_who_withdraws_the_consent_to_the_notice_is_not_written_to_either(
    database: Sessions, now: datetime
) -> None:
    hold(database, now)

    with transaction(database) as session:
        talk, _ = open_conversation(session, channel="web", identity_key=VISITOR, now=now)
        give_consent(session, talk, agreed=True, now=now)
        assert wishes_of(session, identity_key=VISITOR)[DEADLINES] is True
        give_consent(session, talk, agreed=False, now=now)
        assert wishes_of(session, identity_key=VISITOR)[DEADLINES] is False


def _announced(year: int, month: int) -> date | None:
    return announced_deadline(date(year, month, 1))
