"""The promised date (承诺日期): counted on the Chinese working calendar, paused, counted anew."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.lifecycle import OPEN, SYSTEM, record_move
from appeals.tables import Appeal, Verb
from core.calendar import due_after, is_workday, working_days_between
from core.clock import CHINA, china_date
from core.due_work import file_work
from core.errors import InvalidInput

#: When the clock wakes officers and supervisors, on a Chinese clock.
_MORNING = time(9)
_LONGEST_PROMISE = 366


def start_promise(session: Session, appeal: Appeal, *, now: datetime) -> None:
    """Count the promised date, and file the reminder and the escalation that belong to it.

    Work filed for an earlier date of the same appeal stays, and does nothing when it falls due.
    """
    due = due_after(appeal.clock_from, appeal.working_days + appeal.paused_working_days)
    appeal.due_on, appeal.provisional = due.due_on, due.provisional
    appeal.promise_no += 1
    session.flush()
    if appeal.is_evaluation:
        return
    remind_at = _morning_of(_workday_before(due.due_on))
    if remind_at > now:
        _file_clock_work(session, appeal, "appeals.remind", remind_at)
    _file_clock_work(
        session, appeal, "appeals.escalate", _morning_of(due.due_on + timedelta(days=1))
    )


def pause(appeal: Appeal, *, now: datetime) -> None:
    """Stop the clock while the taxpayer is asked for more."""
    appeal.paused_since = now


def resume(session: Session, appeal: Appeal, *, now: datetime) -> None:
    """Let the clock run again; the working days of the pause are added to the promise."""
    if appeal.paused_since is None:
        return
    appeal.paused_working_days += _paused_days(appeal.paused_since, now)
    appeal.paused_since = None
    start_promise(session, appeal, now=now)


def restart(session: Session, appeal: Appeal, *, now: datetime) -> None:
    """Promise the full working days of the kind once more, from now."""
    appeal.clock_from, appeal.paused_working_days = now, 0
    start_promise(session, appeal, now=now)


def recompute_provisional(session: Session, now: datetime) -> list[Appeal]:
    """Count provisional dates again, after the calendar of a year has been filed.

    Returns:
        The appeals whose date is firm now, or other than before.
    """
    changed = []
    for appeal in session.scalars(
        select(Appeal).where(Appeal.provisional, Appeal.status.in_(OPEN)).order_by(Appeal.id)
    ):
        due = due_after(appeal.clock_from, appeal.working_days + appeal.paused_working_days)
        if due.provisional and due.due_on == appeal.due_on:
            continue
        start_promise(session, appeal, now=now)
        record_move(session, appeal, Verb.RECOUNT, actor=SYSTEM, now=now)
        changed.append(appeal)
    return changed


def deadline_json(opened_iso: str, working_days: int) -> dict[str, Any]:
    """Count a promise for the command line.

    Args:
        opened_iso: ISO moment; without a zone it is Chinese time, a bare date is 09:00 there.
        working_days: From 1 to 366.

    Raises:
        InvalidInput: Either cannot be used.
    """
    if not 1 <= working_days <= _LONGEST_PROMISE:
        raise InvalidInput(
            field="working_days", reason=f"工作日数要在 1 到 {_LONGEST_PROMISE} 之间"
        )
    try:
        due = due_after(_opened(opened_iso.strip()), working_days)
    except (ValueError, OverflowError) as error:
        raise InvalidInput(
            field="opened", reason="开始时间要写成 2026-02-13 或 2026-02-13T10:00"
        ) from error
    return {"due_on": due.due_on.isoformat(), "provisional": due.provisional}


def _opened(text: str) -> datetime:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        return datetime.combine(date.fromisoformat(text), _MORNING, CHINA)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _paused_days(since: datetime, until: datetime) -> int:
    return max(0, working_days_between(china_date(since), china_date(until)))


def _workday_before(day: date) -> date:
    day -= timedelta(days=1)
    while not is_workday(day):
        day -= timedelta(days=1)
    return day


def _morning_of(day: date) -> datetime:
    return datetime.combine(day, _MORNING, CHINA)


def _file_clock_work(session: Session, appeal: Appeal, kind: str, due_at: datetime) -> None:
    file_work(
        session,
        kind=kind,
        key=f"{appeal.number}:{appeal.promise_no}",
        due_at=due_at,
        payload={"appeal_id": appeal.id, "promise_no": appeal.promise_no},
    )
