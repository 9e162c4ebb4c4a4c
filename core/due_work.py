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


class LeaseLost(Exception):
    """The work is no longer ours (租约已失): claimed by another worker, done, or called off.

    What was done for it in the same transaction must be undone.
    """


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


def _claimable(kinds: list[str], now: datetime, lease: timedelta) -> ColumnElement[bool]:
    """What may be claimed: due and free, or claimed once by somebody whose lease is over.

    What was claimed once was due, even if a clock set back says otherwise now; and a lease that
    reaches further than one could was given by a clock that has been set back since.
    """
    return and_(
        DueWork.kind.in_(kinds),
        DueWork.done_at.is_(None),
        DueWork.failed_at.is_(None),
        or_(
            and_(DueWork.leased_until.is_(None), DueWork.due_at <= now),
            DueWork.leased_until < now,
            DueWork.leased_until > now + 2 * lease,
        ),
    )


def claim_work(
    session: Session, *, kinds: list[str], now: datetime, lease: timedelta, limit: int = 10
) -> list[DueWork]:
    """Claim due work by one atomic update; nobody else gets it before the lease ends.

    Each claim counts ``tries`` up: work and tries together name the claim, and whoever lost it
    can neither finish, renew nor postpone the work.
    """
    chosen = (
        select(DueWork.id)
        .where(_claimable(kinds, now, lease))
        .order_by(DueWork.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")  # PostgreSQL may ask a plain subquery again for each row, limit and all
    )
    claimed = session.scalars(
        update(DueWork)
        .where(DueWork.id.in_(select(chosen.c.id)), _claimable(kinds, now, lease))
        .values(leased_until=now + lease, tries=DueWork.tries + 1)
        .returning(DueWork)
        .execution_options(synchronize_session=False, populate_existing=True)
    ).all()
    return sorted(claimed, key=lambda work: (work.due_at, work.id))


def hold_work(session: Session, *, kind: str, key: str, until: datetime) -> None:
    """Keep claimed work from others for longer, while it is being done."""
    session.execute(
        update(DueWork)
        .where(DueWork.kind == kind, DueWork.key == key, DueWork.leased_until.is_not(None))
        .values(leased_until=until)
    )


def finish_work(session: Session, work_id: int, *, tries: int, now: datetime) -> None:
    """Mark work as done; first in the transaction that does it, so that it is done once.

    Args:
        session: Open session; the row stays locked until its end.
        work_id: The work.
        tries: As the claim gave it.
        now: The moment.

    Raises:
        LeaseLost: Somebody else claimed it since, or it is done.
    """
    _update_held(session, work_id, tries, done_at=now, leased_until=None)


def renew_work(
    session: Session, work_id: int, *, tries: int, now: datetime, lease: timedelta
) -> None:
    """Keep work that takes longer than its lease.

    Raises:
        LeaseLost: Somebody else claimed it since, or it is done.
    """
    _update_held(session, work_id, tries, leased_until=now + lease)


def postpone_work(session: Session, work_id: int, *, tries: int, now: datetime, error: str) -> bool:
    """Put work off after a failure.

    Returns:
        False when it was tried often enough and is given up.

    Raises:
        LeaseLost: Somebody else claimed it since, or it is done.
    """
    told: dict[str, Any] = {"last_error": error[:300], "leased_until": None}
    is_given_up = tries > len(RETRY_AFTER)
    if is_given_up:
        told["failed_at"] = now
    else:
        told["due_at"] = now + RETRY_AFTER[tries - 1]
    _update_held(session, work_id, tries, **told)
    return not is_given_up


def _update_held(session: Session, work_id: int, tries: int, **values: Any) -> None:
    held = session.execute(
        update(DueWork)
        .where(
            DueWork.id == work_id,
            DueWork.tries == tries,
            DueWork.done_at.is_(None),
            DueWork.failed_at.is_(None),
        )
        .values(**values)
        .returning(DueWork.id)
    )
    if held.scalar() is None:
        raise LeaseLost(work_id)


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
