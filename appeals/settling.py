"""How an appeal ends, and goes on after all (办结与回访): confirmed, lapsed, rated, reopened."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from appeals.alerts import AGENT, file_alert
from appeals.deadlines import restart
from appeals.errors import ReopeningTooLate
from appeals.kinds import rules_of
from appeals.lifecycle import check_move, record_move, unless_changed
from appeals.people import THE_SYSTEM, Actor, Right, doer_of
from appeals.receiving import kept_text
from appeals.tables import Appeal, AppealMove, AppealStatus, Closing, Priority, Verb
from appeals.wording import alert_sentence, refusal
from core.calendar import working_days_between
from core.clock import china_date
from core.errors import InvalidInput

#: A rating below this asks for a reason and offers reopening.
LOWEST_GOOD_RATING = 3


@unless_changed
def confirm_appeal(
    session: Session,
    *,
    appeal: Appeal,
    actor: Actor,
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
    check_move(appeal, Verb.CONFIRM, doer_of(actor))
    if rating is not None:
        _check_range(rating)
    appeal.rating = rating
    appeal.rating_comment = kept_text(comment, "comment") if comment and comment.strip() else None
    _close(session, appeal, Closing.CONFIRMED, now)
    return record_move(session, appeal, Verb.CONFIRM, actor=actor, now=now)


@unless_changed
def lapse_appeal(session: Session, *, appeal: Appeal, now: datetime) -> AppealMove:
    """Close an appeal whose answer nobody confirmed in the days for it (到期办结).

    It is counted apart from satisfaction, was said beforehand, and can still be reopened.
    """
    check_move(appeal, Verb.LAPSE, THE_SYSTEM)
    _close(session, appeal, Closing.LAPSED, now)
    return record_move(session, appeal, Verb.LAPSE, actor=THE_SYSTEM, now=now)


@unless_changed
def rate_appeal(
    session: Session,
    *,
    appeal: Appeal,
    rating: int,
    actor: Actor,
    now: datetime,
    comment: str | None = None,
) -> AppealMove:
    """Rate a closed appeal afterwards (评价); the last word counts.

    Raises:
        InvalidInput: The rating is not from 1 to 5, or low and without a reason.
    """
    check_move(appeal, Verb.RATE, doer_of(actor))
    _rate(appeal, rating, comment)
    return record_move(session, appeal, Verb.RATE, actor=actor, now=now, rating=rating)


@unless_changed
def call_back(
    session: Session,
    *,
    appeal: Appeal,
    rating: int,
    actor: Actor,
    now: datetime,
    comment: str | None = None,
    wants_reopening: bool = False,
) -> AppealMove:
    """Note what the taxpayer said when called back (回访), and go on if that is wished.

    Args:
        session: Open session.
        appeal: Answered or closed.
        rating: What the taxpayer gave, 1 to 5.
        actor: The officer who called.
        now: The moment.
        comment: Why, in the taxpayer's words; needed below ``LOWEST_GOOD_RATING``.
        wants_reopening: Whether the taxpayer was offered to go on, and wants it.

    Returns:
        The call-back, or the reopening that came of it.

    Raises:
        InvalidInput: The rating is not from 1 to 5, or low and without a reason.
        ReopeningTooLate: It cannot be reopened any more; nothing is noted then.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.CALL_BACK, doer)
    _rate(appeal, rating, comment)
    appeal.called_back_at = now
    said = record_move(
        session,
        appeal,
        Verb.CALL_BACK,
        actor=doer,
        now=now,
        rating=rating,
        note=appeal.rating_comment,
    )
    if not wants_reopening:
        return said
    return reopen_appeal(session, appeal=appeal, actor=doer, now=now, reason=appeal.rating_comment)


@unless_changed
def reopen_appeal(
    session: Session, *, appeal: Appeal, actor: Actor, now: datetime, reason: str | None = None
) -> AppealMove:
    """Go on because the taxpayer is not satisfied (要求继续办理): one level up, a new promise.

    Raises:
        ReopeningTooLate: It was closed too long ago, or reopened often enough.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.REOPEN, doer)
    _check_reopening(appeal, now)
    note = kept_text(reason, "reason") if reason and reason.strip() else None
    appeal.answered_at = appeal.closed_at = appeal.closing = None
    appeal.receipt_at = appeal.resolution = None
    appeal.escalation_level += 1
    appeal.reopenings += 1
    appeal.priority = Priority.ESCALATED
    restart(session, appeal, now=now)
    words = "reopen" if doer.right is Right.FILER else "reopen_noted"
    return record_move(session, appeal, Verb.REOPEN, actor=doer, now=now, note=note, words=words)


def may_be_reopened(appeal: Appeal, now: datetime) -> bool:
    """Tell whether the days and times for reopening allow it."""
    return why_not_reopened(appeal, now) is None


def why_not_reopened(appeal: Appeal, now: datetime) -> str | None:
    """Why the days or times for reopening are over, in words; None while they are not."""
    try:
        _check_reopening(appeal, now)
    except ReopeningTooLate as error:
        return str(error.details["reason"])
    return None


def _check_reopening(appeal: Appeal, now: datetime) -> None:
    limit = rules_of(appeal).reopening
    if appeal.reopenings >= limit.times:
        why = refusal("reopened_enough", times=limit.times)
        raise ReopeningTooLate(appeal_number=appeal.number, reason=why)
    if appeal.status is not AppealStatus.CLOSED or appeal.closed_at is None:
        return
    if working_days_between(china_date(appeal.closed_at), china_date(now)) > limit.working_days:
        why = refusal("reopening_over", days=limit.working_days)
        raise ReopeningTooLate(appeal_number=appeal.number, reason=why)


def _close(session: Session, appeal: Appeal, closing: Closing, now: datetime) -> None:
    appeal.closed_at, appeal.closing = now, closing
    wanted = rules_of(appeal).call_back
    if wanted == "always" or (wanted == "lapsed" and closing is Closing.LAPSED):
        file_alert(
            session,
            appeal=appeal,
            key=f"{appeal.number}:round{appeal.round_no}:call_back",
            reason="call_back",
            role=AGENT,
            login=appeal.assigned_to,
            text=alert_sentence("call_back", number=appeal.number),
            now=now,
        )


def _rate(appeal: Appeal, rating: int, comment: str | None) -> None:
    _check_range(rating)
    comment = kept_text(comment, "comment") if comment and comment.strip() else None
    if rating < LOWEST_GOOD_RATING and comment is None:
        raise InvalidInput(field="comment", reason=refusal("low_rating"))
    appeal.rating, appeal.rating_comment = rating, comment


def _check_range(rating: int) -> None:
    if not 1 <= rating <= 5:
        raise InvalidInput(field="rating", reason=refusal("rating_range"))
