"""What is done with an appeal after filing (办理): by officers, supervisors and the taxpayer.

Every function takes an appeal that came through :mod:`appeals.access`, which settles who may
touch it and whether it is still as the person saw it. It is refused with ``AppealMoveRefused``
where the move is not allowed, with ``AppealChanged`` where somebody else was faster.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from appeals.deadlines import pause, restart, resume
from appeals.errors import AppealUrgedAlready
from appeals.lifecycle import check_move, record_move, unless_changed
from appeals.receiving import kept_text
from appeals.tables import Appeal, AppealMove, AppealStatus, Priority, Verb
from core.calendar import working_days_between
from core.clock import china_date
from core.errors import InvalidInput


@unless_changed
def accept_appeal(
    session: Session, *, appeal: Appeal, actor: str, now: datetime, note: str | None = None
) -> AppealMove:
    """Accept an appeal (受理)."""
    return record_move(session, appeal, Verb.ACCEPT, actor=actor, now=now, note=note)


@unless_changed
def assign_appeal(
    session: Session,
    *,
    appeal: Appeal,
    to: str,
    actor: str,
    now: datetime,
    note: str | None = None,
) -> AppealMove:
    """Give an accepted appeal to an officer (安排办理); work begins.

    Args:
        session: Open session.
        appeal: The appeal.
        to: The officer's login.
        actor: Who assigns.
        now: The moment.
        note: What only staff may read.
    """
    check_move(appeal, Verb.ASSIGN)
    appeal.assigned_to = to
    return record_move(session, appeal, Verb.ASSIGN, actor=actor, now=now, note=note)


@unless_changed
def reassign_appeal(
    session: Session,
    *,
    appeal: Appeal,
    to: str,
    actor: str,
    now: datetime,
    note: str | None = None,
) -> AppealMove:
    """Give an appeal to another officer (改派); the promised date stays."""
    check_move(appeal, Verb.REASSIGN)
    appeal.assigned_to = to
    return record_move(session, appeal, Verb.REASSIGN, actor=actor, now=now, note=note)


@unless_changed
def ask_for_more(
    session: Session, *, appeal: Appeal, text: str, actor: str, now: datetime
) -> AppealMove:
    """Ask the taxpayer for more (要求补充); the clock pauses until it comes.

    Args:
        session: Open session.
        appeal: The appeal; where nobody has it yet, the asking officer takes it.
        text: What is wanted, as the taxpayer will read it.
        actor: ``staff:<login>``.
        now: The moment.
    """
    check_move(appeal, Verb.ASK_FOR_MORE)
    text = _written(text)
    _take(appeal, actor)
    pause(appeal, now=now)
    return record_move(session, appeal, Verb.ASK_FOR_MORE, actor=actor, now=now, text=text)


@unless_changed
def supplement_appeal(
    session: Session, *, appeal: Appeal, text: str, actor: str, now: datetime
) -> AppealMove:
    """Add what the taxpayer brings (补充); if it was asked for, work goes on."""
    check_move(appeal, Verb.SUPPLEMENT)
    text = kept_text(text, "text")
    asked_for = appeal.status is AppealStatus.WAITING
    resume(session, appeal, now=now)
    return record_move(
        session,
        appeal,
        Verb.SUPPLEMENT,
        actor=actor,
        now=now,
        text=text.rstrip("。"),
        words="resume" if asked_for else None,
    )


@unless_changed
def answer_appeal(
    session: Session,
    *,
    appeal: Appeal,
    text: str,
    actor: str,
    now: datetime,
    note: str | None = None,
) -> AppealMove:
    """Answer an appeal (答复); the taxpayer reads it in the talk and confirms."""
    check_move(appeal, Verb.ANSWER)
    text = _written(text)
    _take(appeal, actor)
    resume(session, appeal, now=now)
    appeal.answer_text, appeal.answered_at = text, now
    return record_move(session, appeal, Verb.ANSWER, actor=actor, now=now, text=text, note=note)


@unless_changed
def confirm_appeal(
    session: Session,
    *,
    appeal: Appeal,
    actor: str,
    now: datetime,
    rating: int | None = None,
    comment: str | None = None,
) -> AppealMove:
    """Close an appeal because the taxpayer is satisfied (确认办结).

    Args:
        session: Open session.
        appeal: The appeal.
        actor: The taxpayer.
        now: The moment.
        rating: 1 to 5, or None.
        comment: In the taxpayer's words; masked.

    Raises:
        InvalidInput: The rating is not from 1 to 5.
    """
    check_move(appeal, Verb.CONFIRM)
    if rating is not None and not 1 <= rating <= 5:
        raise InvalidInput(field="rating", reason="评分请选 1 到 5")
    appeal.rating = rating
    appeal.rating_comment = kept_text(comment, "comment") if comment and comment.strip() else None
    appeal.closed_at = now
    return record_move(session, appeal, Verb.CONFIRM, actor=actor, now=now)


@unless_changed
def reopen_appeal(
    session: Session, *, appeal: Appeal, actor: str, now: datetime, reason: str | None = None
) -> AppealMove:
    """Go on because the taxpayer is not satisfied (要求继续办理): one level up, a new promise."""
    check_move(appeal, Verb.REOPEN)
    note = kept_text(reason, "reason") if reason and reason.strip() else None
    appeal.answered_at = None
    appeal.escalation_level += 1
    appeal.priority = Priority.ESCALATED
    restart(session, appeal, now=now)
    return record_move(session, appeal, Verb.REOPEN, actor=actor, now=now, note=note)


@unless_changed
def withdraw_appeal(
    session: Session, *, appeal: Appeal, actor: str, now: datetime, reason: str | None = None
) -> AppealMove:
    """Take an appeal back (撤回)."""
    check_move(appeal, Verb.WITHDRAW)
    note = kept_text(reason, "reason") if reason and reason.strip() else None
    appeal.closed_at, appeal.paused_since = now, None
    return record_move(session, appeal, Verb.WITHDRAW, actor=actor, now=now, note=note)


@unless_changed
def urge_appeal(session: Session, *, appeal: Appeal, actor: str, now: datetime) -> AppealMove:
    """Urge an appeal (催办); counted, and shown to the supervisor.

    Raises:
        AppealUrgedAlready: It was urged, and no working day has begun since.
    """
    check_move(appeal, Verb.URGE)
    today = china_date(now)
    last = appeal.last_urged_on
    if last is not None and working_days_between(last, today) < 1:
        raise AppealUrgedAlready(appeal_number=appeal.number)
    appeal.urges += 1
    appeal.last_urged_on = today
    appeal.priority = max(appeal.priority, Priority.URGED)
    return record_move(session, appeal, Verb.URGE, actor=actor, now=now)


@unless_changed
def remind_appeal(
    session: Session, *, appeal: Appeal, note: str, actor: str, now: datetime
) -> AppealMove:
    """Remind the officer (督办提醒); only staff see it."""
    check_move(appeal, Verb.REMIND)
    return record_move(session, appeal, Verb.REMIND, actor=actor, now=now, note=_written(note))


def _take(appeal: Appeal, actor: str) -> None:
    if appeal.assigned_to is None:
        appeal.assigned_to = actor.removeprefix("staff:")


def _written(text: str) -> str:
    """What an officer writes: kept whole, for the bureau's own numbers must stay readable."""
    text = text.strip()
    if not text:
        raise InvalidInput(field="text", reason="内容不能为空")
    return text
