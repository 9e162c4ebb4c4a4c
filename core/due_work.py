"""Work that falls due (到期任务): stored first, claimed with a lease, so nothing is lost.

The outbox is the same table: a reply to be sent is work of kind ``deliver.<channel>``.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, UniqueConstraint, and_, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.database import Base

#: Pauses before another try after a failure; after the last the work is given up.
RETRY_AFTER = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600))


class DueWork(Base):
    """One piece of work. ``key`` makes it unique per kind: the same work is not filed twice."""

    __tablename__ = "due_work"
    __table_args__ = (UniqueConstraint("kind", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60), index=True)
    key: Mapped[str] = mapped_column(String(120))
    payload: Mapped[dict[str, Any]]
    due_at: Mapped[datetime] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None] = mapped_column(index=True)
    failed_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(String(300))


def file_work(
    session: Session, *, kind: str, key: str, due_at: datetime, payload: dict[str, Any]
) -> DueWork:
    """File work to be done at ``due_at``; the same kind and key again changes nothing."""
    found = session.scalar(select(DueWork).where(DueWork.kind == kind, DueWork.key == key))
    if found is not None:
        return found
    work = DueWork(kind=kind, key=key, payload=payload, due_at=due_at)
    session.add(work)
    session.flush()
    return work


def _claimable(kinds: list[str], now: datetime) -> ColumnElement[bool]:
    return and_(
        DueWork.kind.in_(kinds),
        DueWork.due_at <= now,
        DueWork.done_at.is_(None),
        DueWork.failed_at.is_(None),
        or_(DueWork.leased_until.is_(None), DueWork.leased_until < now),
    )


def claim_work(
    session: Session, *, kinds: list[str], now: datetime, lease: timedelta, limit: int = 10
) -> list[DueWork]:
    """Claim due work by one atomic update; nobody else gets it before the lease ends."""
    chosen = (
        select(DueWork.id)
        .where(_claimable(kinds, now))
        .order_by(DueWork.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    claimed = session.scalars(
        update(DueWork)
        .where(DueWork.id.in_(chosen), _claimable(kinds, now))
        .values(leased_until=now + lease, tries=DueWork.tries + 1)
        .returning(DueWork)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    return sorted(claimed, key=lambda work: (work.due_at, work.id))


def finish_work(session: Session, work_id: int, *, now: datetime) -> None:
    """Mark work as done."""
    session.execute(
        update(DueWork).where(DueWork.id == work_id).values(done_at=now, leased_until=None)
    )


def postpone_work(session: Session, work_id: int, *, now: datetime, error: str) -> bool:
    """Put work off after a failure.

    Returns:
        False when it was tried often enough and is given up.
    """
    work = session.get_one(DueWork, work_id)
    work.last_error = error[:300]
    work.leased_until = None
    if work.tries > len(RETRY_AFTER):
        work.failed_at = now
        return False
    work.due_at = now + RETRY_AFTER[work.tries - 1]
    return True


def drop_work(session: Session, *, kind: str, key: str, now: datetime) -> None:
    """Call off work that is no longer needed."""
    session.execute(
        update(DueWork)
        .where(DueWork.kind == kind, DueWork.key == key, DueWork.done_at.is_(None))
        .values(done_at=now, last_error="called off")
    )


def count_waiting(session: Session, *, now: datetime) -> int:
    """How many pieces of work are overdue by more than a minute."""
    return (
        session.scalar(
            select(func.count(DueWork.id)).where(
                DueWork.done_at.is_(None),
                DueWork.failed_at.is_(None),
                DueWork.due_at < now - timedelta(minutes=1),
            )
        )
        or 0
    )
