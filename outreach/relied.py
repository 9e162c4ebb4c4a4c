"""Reminders that went out on the strength of a legal figure (依据过某数值的提醒)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import Session

from core.dated import Dated
from outreach.tables import ReminderTold


@dataclass(frozen=True)
class RemindersTold:
    """One page of them, the newest first."""

    rows: tuple[ReminderTold, ...]
    total: int


def reminders_told(
    session: Session, spans: Sequence[Dated], *, page: int = 1, per_page: int = 20
) -> RemindersTold:
    """Find the reminders of deadlines that lie within one of the spans.

    Args:
        session: Open session.
        spans: Of the figures that the deadlines rested on; none finds nothing.
        page: From 1.
        per_page: Rows of a page.
    """
    if not spans:
        return RemindersTold((), 0)
    within = or_(
        *(
            and_(
                ReminderTold.due_on >= span.from_,
                ReminderTold.due_on <= span.to if span.to is not None else true(),
            )
            for span in spans
        )
    )
    query = select(ReminderTold).where(within)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.order_by(ReminderTold.told_at.desc(), ReminderTold.id)
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    return RemindersTold(tuple(rows), total)
