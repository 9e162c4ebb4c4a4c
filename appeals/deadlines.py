"""The promised date (承诺日期): counted on the Chinese working calendar, paused, counted anew."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from appeals.kinds import Rules, rules_of
from appeals.lifecycle import OPEN, record_move
from appeals.people import THE_SYSTEM
from appeals.tables import Appeal, Verb
from appeals.wording import due_sentence
from core.calendar import (
    DueDay,
    add_working_time,
    due_after,
    moment_at_share,
    working_days_between,
    working_time_between,
)
from core.clock import CHINA, china_date, end_of_day
from core.due_work import file_work
from core.errors import InvalidInput

#: When the clock wakes officers and supervisors, on a Chinese clock.
MORNING = time(9)
_LONGEST_PROMISE = 366


def start_promise(session: Session, appeal: Appeal, *, now: datetime) -> None:
    """Count the promised date, and file the reminders and escalations that belong to it."""
    set_promise(appeal)
    file_clock(session, appeal, now=now)


def set_promise(appeal: Appeal) -> None:
    """Count the promised date from what the appeal holds: clock, pauses, extensions."""
    due, due_at = _counted(appeal)
    appeal.due_on, appeal.provisional, appeal.due_at = due.due_on, due.provisional, due_at
    appeal.promise_no += 1


def file_clock(session: Session, appeal: Appeal, *, now: datetime) -> None:
    """File the reminders and escalations of the promise as due work.

    Work filed for an earlier date of the same appeal stays, and does nothing when it falls due.
    """
    session.flush()
    if appeal.is_evaluation:
        return
    rules = rules_of(appeal)
    for share in rules.reminders:
        at = moment_at_share(appeal.clock_from, appeal.due_at, share, rules.hours).at
        if at > now:
            percent = int(share * 100)
            _file(session, appeal, "appeals.remind", at, percent, share=percent)
    for place, rung in enumerate(rules.ladder):
        at = _late_by(appeal, rung.days_late, in_minutes=rules.working_minutes is not None)
        _file(session, appeal, "appeals.escalate", at, rung.rung, rung=place)


def file_acceptance_clock(session: Session, appeal: Appeal) -> None:
    """File the look at whether somebody has decided to accept the appeal (受理时限)."""
    if appeal.is_evaluation:
        return
    days = rules_of(appeal).accept_within.working_days
    at = morning_of(due_after(appeal.clock_from, days).due_on + timedelta(days=1))
    _file(session, appeal, "appeals.unaccepted", at, "accept")


def file_lapse(session: Session, appeal: Appeal, *, now: datetime) -> None:
    """File the end of the days in which an answer can be confirmed (到期办结)."""
    if appeal.is_evaluation:
        return
    last = due_after(now, rules_of(appeal).confirm_within.working_days).due_on
    at = morning_of(last + timedelta(days=1))
    _file(session, appeal, "appeals.lapse", at, f"round{appeal.round_no}", round=appeal.round_no)


def pause(appeal: Appeal, *, now: datetime) -> None:
    """Stop the clock while the taxpayer is asked for more, where the kind allows a pause."""
    if rules_of(appeal).pauses:
        appeal.paused_since = now


def resume(session: Session, appeal: Appeal, *, now: datetime) -> None:
    """Let the clock run again; the working time of the pause is added to the promise."""
    since = appeal.paused_since
    if since is None:
        return
    rules, now = rules_of(appeal), max(since, now)
    appeal.paused_working_days += working_days_between(china_date(since), china_date(now))
    appeal.paused_seconds += int(working_time_between(since, now, rules.hours).time.total_seconds())
    appeal.paused_since = None
    start_promise(session, appeal, now=now)


def restart(session: Session, appeal: Appeal, *, now: datetime) -> None:
    """Promise the full time of the kind once more, from now: another round."""
    appeal.clock_from, appeal.round_no = now, appeal.round_no + 1
    appeal.paused_since, appeal.paused_working_days, appeal.paused_seconds = None, 0, 0
    appeal.extended_working_days = 0
    start_promise(session, appeal, now=now)


def extend(session: Session, appeal: Appeal, *, working_days: int, now: datetime) -> None:
    """Add working days to the promise (延期)."""
    appeal.extended_working_days += working_days
    appeal.extensions += 1
    start_promise(session, appeal, now=now)


def recompute_provisional(
    session: Session, now: datetime, *, firm_too: bool = False
) -> list[Appeal]:
    """Count promised dates again, after the calendar of a year has been filed.

    A date that would have passed by now stays as it was promised, and is firm.

    Args:
        session: Open session.
        now: The moment.
        firm_too: Whether dates that were firm are counted again too, because the calendar of a
            year in force was corrected.

    Returns:
        The appeals whose date is firm now, or other than before; each is told.
    """
    wanted: list[ColumnElement[bool]] = [Appeal.status.in_(OPEN)]
    if not firm_too:
        wanted.append(Appeal.provisional.is_(True))
    changed = []
    for appeal in session.scalars(select(Appeal).where(*wanted).order_by(Appeal.id)):
        before = (appeal.due_on, appeal.provisional)
        due, due_at = _counted(appeal)
        if (due.due_on, due.provisional) == before:
            continue
        if due_at <= now:
            if not appeal.provisional or due.provisional:
                continue
            appeal.provisional = False
        else:
            start_promise(session, appeal, now=now)
        words = "recount" if before[1] else "recount_corrected"
        record_move(session, appeal, Verb.RECOUNT, actor=THE_SYSTEM, now=now, words=words)
        changed.append(appeal)
    return changed


def morning_of(day: date) -> datetime:
    """Nine o'clock in China."""
    return datetime.combine(day, MORNING, CHINA)


def promised_if_filed(rules: Rules, now: datetime) -> str:
    """The date that an appeal filed now would be promised for, in words."""
    if rules.working_minutes is None:
        due = due_after(now, rules.working_days)
        return due_sentence(due.due_on, due.provisional)
    found = add_working_time(now, timedelta(minutes=rules.working_minutes), rules.hours)
    return due_sentence(china_date(found.at), found.provisional, found.at)


def promised_if_extended(appeal: Appeal, working_days: int) -> str:
    """The date that so many more working days would promise, in words."""
    counted = appeal.working_days + appeal.paused_working_days + appeal.extended_working_days
    due = due_after(appeal.clock_from, counted + working_days)
    return due_sentence(due.due_on, due.provisional)


def _counted(appeal: Appeal) -> tuple[DueDay, datetime]:
    """The last day of the promise, and the first moment that is too late."""
    rules = rules_of(appeal)
    if rules.working_minutes is None:
        days = appeal.working_days + appeal.paused_working_days + appeal.extended_working_days
        due = due_after(appeal.clock_from, days)
        return due, end_of_day(due.due_on)
    span = timedelta(minutes=rules.working_minutes, seconds=appeal.paused_seconds)
    found = add_working_time(appeal.clock_from, span, rules.hours)
    return DueDay(china_date(found.at), found.provisional), found.at


def _late_by(appeal: Appeal, days: int, *, in_minutes: bool) -> datetime:
    if days:
        return morning_of(due_after(appeal.due_at - timedelta(seconds=1), days).due_on)
    return appeal.due_at if in_minutes else morning_of(appeal.due_on + timedelta(days=1))


def _file(
    session: Session, appeal: Appeal, kind: str, due_at: datetime, part: object, **more: Any
) -> None:
    file_work(
        session,
        kind=kind,
        key=f"{appeal.number}:{appeal.promise_no}:{part}",
        due_at=due_at,
        payload={"appeal_id": appeal.id, "promise_no": appeal.promise_no, **more},
    )


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
        return datetime.combine(date.fromisoformat(text), MORNING, CHINA)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
