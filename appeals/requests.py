"""Requests that wait for another person's decision (申请与审批): read and ended here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.errors import RequestMissing, RequestPending, SamePerson
from appeals.handling_tables import AppealRequest, RequestKind, RequestState
from appeals.people import Doer
from appeals.tables import Appeal


def open_request(session: Session, appeal: Appeal, kind: RequestKind) -> AppealRequest | None:
    """The request of that kind that waits for a decision."""
    return session.scalar(
        select(AppealRequest).where(
            AppealRequest.appeal_id == appeal.id,
            AppealRequest.kind == kind,
            AppealRequest.state == RequestState.OPEN,
        )
    )


def list_requests(session: Session, appeal: Appeal) -> list[AppealRequest]:
    """Every request of a case, oldest first."""
    return list(
        session.scalars(
            select(AppealRequest)
            .where(AppealRequest.appeal_id == appeal.id)
            .order_by(AppealRequest.id)
        )
    )


def file_request(
    session: Session,
    appeal: Appeal,
    kind: RequestKind,
    *,
    doer: Doer,
    reason: str,
    now: datetime,
    working_days: int | None = None,
    unit: str | None = None,
) -> AppealRequest:
    """Ask for a decision.

    Raises:
        RequestPending: One of that kind waits already.
    """
    if open_request(session, appeal, kind) is not None:
        raise RequestPending(appeal_number=appeal.number)
    request = AppealRequest(
        appeal_id=appeal.id,
        kind=kind,
        state=RequestState.OPEN,
        asked_by=doer.login or doer.actor,
        asked_at=now,
        reason=reason,
        working_days=working_days,
        unit=unit,
    )
    session.add(request)
    session.flush()
    return request


def decide_request(
    session: Session,
    appeal: Appeal,
    kind: RequestKind,
    *,
    granted: bool,
    doer: Doer,
    decision: str | None,
    now: datetime,
) -> AppealRequest:
    """End the open request by a decision of another person than the one who asked.

    Raises:
        RequestMissing: None waits.
        SamePerson: The same person asked for it.
    """
    request = open_request(session, appeal, kind)
    if request is None:
        raise RequestMissing(appeal_number=appeal.number)
    if request.asked_by == doer.login:
        raise SamePerson(appeal_number=appeal.number)
    request.state = RequestState.GRANTED if granted else RequestState.DENIED
    request.decided_by, request.decided_at, request.decision = doer.login, now, decision
    session.flush()
    return request


def let_requests_lapse(
    session: Session, appeal: Appeal, *, now: datetime, kind: RequestKind | None = None
) -> list[AppealRequest]:
    """End what still waits: the case went on without it, or the time for it is over."""
    wanted = [AppealRequest.appeal_id == appeal.id, AppealRequest.state == RequestState.OPEN]
    if kind is not None:
        wanted.append(AppealRequest.kind == kind)
    lapsed = list(session.scalars(select(AppealRequest).where(*wanted)))
    for request in lapsed:
        request.state, request.decided_at = RequestState.LAPSED, now
    return lapsed
