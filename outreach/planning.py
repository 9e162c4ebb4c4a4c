"""Who is to be reminded today (提醒计划): looked up once a day, one piece of work per visitor."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.clock import china_date, china_time, start_of_day
from core.due_work import DueWork, file_work
from core.secrets import fingerprint
from enterprises.binding_tables import Binding, IdentityLink
from enterprises.deadlines import Deadlines
from enterprises.identities import binding_holds, link_holds
from enterprises.tables import Filing
from outreach.due_filings import may_be_near, near_filings
from outreach.tables import PushKind, PushWish, ReminderTold

PLAN = "outreach.plan"
REMIND = "outreach.remind"
CORRECT = "outreach.correct"
#: When the plan is made, after midnight in China.
_PLANNED_AFTER = timedelta(hours=9, minutes=10)
#: Hours of the Chinese day in which people may be disturbed (免打扰时段以外).
_AWAKE = range(9, 20)
#: A deadline that was told this long ago is never near again.
_KEEP_TOLD = timedelta(days=90)


def file_plan(session: Session, day: date) -> None:
    """File the plan of a day, 09:10 in China; once, however often the process starts."""
    file_work(
        session,
        kind=PLAN,
        key=day.isoformat(),
        due_at=start_of_day(day) + _PLANNED_AFTER,
        payload={},
    )


def may_disturb(now: datetime) -> bool:
    """Tell whether it is a time of day at which a message may go out unasked."""
    return china_time(now).hour in _AWAKE


def plan_day(session: Session, *, now: datetime, deadlines: Deadlines) -> int:
    """Do the plan of today and file the one of tomorrow.

    Returns:
        How many visitors are to be reminded; none where the plan comes too late in the day.
    """
    today = china_date(now)
    file_plan(session, today + timedelta(days=1))
    session.execute(delete(ReminderTold).where(ReminderTold.told_at < now - _KEEP_TOLD))
    return plan_reminders(session, now=now, deadlines=deadlines) if may_disturb(now) else 0


def plan_reminders(session: Session, *, now: datetime, deadlines: Deadlines) -> int:
    """File one reminder for every visitor who wants it and has something due about now.

    Whether it is still so is looked at again when the reminder is written.

    Args:
        session: Open session.
        now: The moment; its Chinese day is the day of the reminders.
        deadlines: The announced filing days.

    Returns:
        How many visitors are to be reminded.
    """
    today = china_date(now)
    told = _told(session)
    chosen = {
        identity_key
        for identity_key, filing in _open_filings(session, now)
        for near in near_filings([filing], deadlines, today)
        if (identity_key, filing.enterprise_id, near.due_on) not in told
    }
    for identity_key in sorted(chosen):
        file_work(
            session,
            kind=REMIND,
            key=work_key(identity_key, today),
            due_at=now,
            payload={"identity_key": identity_key, "day": today.isoformat()},
        )
    return len(chosen)


def _open_filings(session: Session, now: datetime) -> list[tuple[str, Filing]]:
    """Open filings of the firms that visitors hold who want reminders, in one query."""
    rows = session.execute(
        select(PushWish.identity_key, Filing)
        .join(IdentityLink, IdentityLink.identity_key == PushWish.identity_key)
        .join(Binding, Binding.person_id == IdentityLink.person_id)
        .join(Filing, Filing.enterprise_id == Binding.enterprise_id)
        .where(PushWish.kind == PushKind.DEADLINE_REMINDER, PushWish.wanted)
        .where(link_holds(now), binding_holds(now), may_be_near(china_date(now)))
    )
    return [(identity_key, filing) for identity_key, filing in rows]


def _told(session: Session) -> set[tuple[str, int, date]]:
    """What was told of deadlines that may still be near: visitor, firm, day."""
    rows = session.execute(
        select(ReminderTold.identity_key, ReminderTold.enterprise_id, ReminderTold.due_on)
    )
    return {(identity_key, firm, due_on) for identity_key, firm, due_on in rows}


def work_key(identity_key: str, day: date) -> str:
    """What the message of a day to one visitor is filed under."""
    return f"{_prefix(identity_key)}{day.isoformat()}"


def _prefix(identity_key: str) -> str:
    return f"{fingerprint(identity_key)[:32]}:"


def forget_plans(session: Session, identity_key: str) -> None:
    """Remove what is filed for a visitor, and what the visitor was told (忘记)."""
    session.execute(
        delete(DueWork).where(
            DueWork.kind.in_((REMIND, CORRECT)), DueWork.key.startswith(_prefix(identity_key))
        )
    )
    session.execute(delete(ReminderTold).where(ReminderTold.identity_key == identity_key))
