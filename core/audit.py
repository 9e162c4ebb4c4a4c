"""The audit trail (审计记录): who did or saw what, when; rows are chained and never changed."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from core.database import Base
from core.secrets import fingerprint

#: Any number that no other advisory lock uses.
_CHAIN_LOCK = 72_366


class AuditLine(Base):
    """One deed. ``chain`` covers the line and the one before it, so that a gap shows."""

    __tablename__ = "audit_lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(120))
    deed: Mapped[str] = mapped_column(String(80), index=True)
    subject: Mapped[str] = mapped_column(String(120), index=True)
    data: Mapped[dict[str, Any]]
    chain: Mapped[str] = mapped_column(String(64))


def visitor_actor(identity_key: str) -> str:
    """How the trail names a visitor: the door and a fingerprint, never the key itself."""
    door = identity_key.partition(":")[0][:20]
    return f"visitor:{door}:{fingerprint(identity_key)[:32]}"


def write_audit(
    session: Session, *, actor: str, deed: str, subject: str, now: datetime, **data: Any
) -> None:
    """Write one line.

    Args:
        session: Open session; the line stands or falls with its transaction.
        actor: ``staff:<login>``, ``system``, or for a taxpayer :func:`visitor_actor`.
        deed: Dotted name, e.g. ``appeals.appeal.assigned``.
        subject: What it was done to, e.g. ``appeal:SQ20261121-7K3M9Q``.
        now: The moment.
        **data: JSON values; no personal data.
    """
    _wait_for_turn(session)
    last = session.scalar(select(AuditLine).order_by(AuditLine.id.desc()).limit(1))
    line = AuditLine(at=now, actor=actor, deed=deed, subject=subject, data=data, chain="")
    line.chain = _chained(last.chain if last else "", line)
    session.add(line)
    session.flush()


def _wait_for_turn(session: Session) -> None:
    """Let one writer at a time extend the chain; SQLite has only one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_CHAIN_LOCK)))


def _chained(before: str, line: AuditLine) -> str:
    told = [before, line.at.timestamp(), line.actor, line.deed, line.subject, line.data]
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()


def first_broken_line(session: Session) -> int | None:
    """Return the id of the first line that does not fit the chain, or None if all do.

    Lines removed from the beginning by retention do not count as broken.
    """
    before: str | None = None
    for line in session.scalars(select(AuditLine).order_by(AuditLine.id)):
        if before is not None and line.chain != _chained(before, line):
            return line.id
        before = line.chain
    return None
