"""What waits for a supervisor's decision (待审批): more time, and objections to an assignment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from appeals.deadlines import promised_if_extended
from appeals.handling_tables import AppealRequest, RequestKind, RequestState
from appeals.queue import queue_row
from appeals.tables import Appeal
from core.clock import china_date
from desk.appeal_views import row_view
from desk.labels import label
from desk.sessions import Officer
from desk.staff import staff_names

PER_PAGE = 20
_WAITS = (AppealRequest.state == RequestState.OPEN, Appeal.is_evaluation.is_(False))


def requests_page(
    session: Session, officer: Officer, *, page: int, now: datetime
) -> dict[str, Any]:
    """One page of what waits, the promise that ends soonest first.

    Args:
        session: Open session.
        officer: Who looks; what they asked for themselves is marked.
        page: From 1.
        now: The moment.
    """
    rows = session.execute(
        select(AppealRequest, Appeal)
        .join(Appeal, Appeal.id == AppealRequest.appeal_id)
        .where(*_WAITS)
        .order_by(Appeal.due_at, AppealRequest.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    names, today = staff_names(session), china_date(now)
    return {
        "rows": [
            {
                **_request(request, appeal, officer, names, now),
                "appeal": row_view(queue_row(appeal, today), names, officer),
            }
            for request, appeal in rows
        ],
        "total": count_requests(session),
        "page": page,
        "per_page": PER_PAGE,
    }


def count_requests(session: Session) -> int:
    """How much waits for a decision."""
    waiting = (
        select(func.count(AppealRequest.id))
        .join(Appeal, Appeal.id == AppealRequest.appeal_id)
        .where(*_WAITS)
    )
    return session.scalar(waiting) or 0


def _request(
    request: AppealRequest, appeal: Appeal, officer: Officer, names: dict[str, str], now: datetime
) -> dict[str, Any]:
    days = request.working_days
    is_extension = request.kind is RequestKind.EXTENSION
    return {
        "kind": request.kind.value,
        "kind_label": label("request_kinds", request.kind.value),
        "asked_by": names.get(request.asked_by, request.asked_by),
        "asked_at": request.asked_at.isoformat(),
        "is_mine": request.asked_by == officer.login,
        "reason": request.reason,
        "working_days": days,
        "unit": request.unit,
        "new_due_label": promised_if_extended(appeal, days) if is_extension and days else None,
        "too_late": is_extension and now >= appeal.due_at,
    }
