"""Objections to an assignment (派单异议): a unit says it is another's, a supervisor decides."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from appeals.handling_tables import RequestKind
from appeals.lifecycle import check_move, record_move, unless_changed
from appeals.people import Actor, doer_of
from appeals.receiving import written
from appeals.requests import decide_request, file_request, let_requests_lapse
from appeals.tables import Appeal, AppealMove, Verb
from appeals.transfers import move_to_unit


@unless_changed
def object_to_assignment(
    session: Session, *, appeal: Appeal, unit: str, why: str, actor: Actor, now: datetime
) -> AppealMove:
    """Say that it is another unit's (派单异议); a supervisor decides, the clock runs on.

    Raises:
        RequestPending: An objection waits already.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.OBJECT, doer)
    unit, why = written(unit), written(why)
    kind = RequestKind.OBJECTION
    file_request(session, appeal, kind, doer=doer, reason=why, unit=unit, now=now)
    return record_move(session, appeal, Verb.OBJECT, actor=doer, now=now, text=why, unit=unit)


@unless_changed
def uphold_objection(
    session: Session,
    *,
    appeal: Appeal,
    actor: Actor,
    now: datetime,
    unit: str | None = None,
    note: str = "",
) -> AppealMove:
    """Decide that the objection is right (异议成立): the case goes to that unit, or to ``unit``.

    Raises:
        RequestMissing: No objection waits.
        SamePerson: The same person objected.
        TransferRefused: It is in that unit already.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.UPHOLD_OBJECTION, doer)
    kind = RequestKind.OBJECTION
    request = decide_request(
        session, appeal, kind, granted=True, doer=doer, decision=note or None, now=now
    )
    unit = written(unit or request.unit or "")
    move_to_unit(session, appeal, unit, request.reason, doer, now)
    let_requests_lapse(session, appeal, now=now)
    return record_move(
        session, appeal, Verb.UPHOLD_OBJECTION, actor=doer, now=now, text=note.strip(), unit=unit
    )


@unless_changed
def overrule_objection(
    session: Session, *, appeal: Appeal, why: str, actor: Actor, now: datetime
) -> AppealMove:
    """Decide that the case stays where it is (异议不成立).

    Raises:
        RequestMissing: No objection waits.
        SamePerson: The same person objected.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.OVERRULE_OBJECTION, doer)
    why, kind = written(why), RequestKind.OBJECTION
    decide_request(session, appeal, kind, granted=False, doer=doer, decision=why, now=now)
    return record_move(session, appeal, Verb.OVERRULE_OBJECTION, actor=doer, now=now, text=why)
