"""More time (延期): asked for before the deadline, decided by another person, told with why."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from appeals.deadlines import extend
from appeals.errors import ExtensionRefused, ExtensionTooLate
from appeals.handling_tables import RequestKind
from appeals.kinds import rules_of
from appeals.lifecycle import check_move, record_move, unless_changed
from appeals.people import Actor, doer_of
from appeals.receiving import written
from appeals.requests import decide_request, file_request
from appeals.tables import Appeal, AppealMove, Verb
from appeals.wording import refusal

_KIND = RequestKind.EXTENSION


@unless_changed
def ask_extension(
    session: Session,
    *,
    appeal: Appeal,
    working_days: int,
    why: str,
    actor: Actor,
    now: datetime,
) -> AppealMove:
    """Ask for more time (申请延期).

    Args:
        session: Open session.
        appeal: The appeal.
        working_days: How many more.
        why: As the taxpayer will read it, if it is granted.
        actor: An officer.
        now: The moment.

    Raises:
        ExtensionTooLate: The promised date is over.
        ExtensionRefused: The kind allows none, or no more, or not so long.
        RequestPending: A request waits already.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.ASK_EXTENSION, doer)
    _check(appeal, working_days, now)
    why = written(why)
    file_request(session, appeal, _KIND, doer=doer, reason=why, working_days=working_days, now=now)
    return record_move(
        session, appeal, Verb.ASK_EXTENSION, actor=doer, now=now, text=why, days=working_days
    )


@unless_changed
def grant_extension(
    session: Session, *, appeal: Appeal, actor: Actor, now: datetime, note: str | None = None
) -> AppealMove:
    """Grant more time (批准延期); the taxpayer is told the new date and why.

    Raises:
        RequestMissing: No request waits.
        SamePerson: The same person asked for it.
        ExtensionTooLate: The promised date is over by now.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.GRANT_EXTENSION, doer)
    request = decide_request(
        session, appeal, _KIND, granted=True, doer=doer, decision=note, now=now
    )
    days = request.working_days or 0
    _check(appeal, days, now)
    extend(session, appeal, working_days=days, now=now)
    return record_move(
        session,
        appeal,
        Verb.GRANT_EXTENSION,
        actor=doer,
        now=now,
        text=request.reason,
        note=note,
        days=days,
    )


@unless_changed
def deny_extension(
    session: Session, *, appeal: Appeal, why: str, actor: Actor, now: datetime
) -> AppealMove:
    """Deny more time (不同意延期); the promise stands.

    Raises:
        RequestMissing: No request waits.
        SamePerson: The same person asked for it.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.DENY_EXTENSION, doer)
    why = written(why)
    decide_request(session, appeal, _KIND, granted=False, doer=doer, decision=why, now=now)
    return record_move(session, appeal, Verb.DENY_EXTENSION, actor=doer, now=now, text=why)


def _check(appeal: Appeal, working_days: int, now: datetime) -> None:
    if now >= appeal.due_at:
        raise ExtensionTooLate(appeal_number=appeal.number)
    limit = rules_of(appeal).extension
    if limit is None:
        why = refusal("not_extended")
    elif appeal.extensions >= limit.times:
        why = refusal("extended_enough")
    elif not 1 <= working_days <= limit.working_days:
        why = refusal("extension_too_long", days=limit.working_days)
    else:
        return
    raise ExtensionRefused(appeal_number=appeal.number, reason=why)
