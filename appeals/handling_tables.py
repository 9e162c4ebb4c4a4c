"""What is stored around an appeal (办理记录): requests, transfers, what staff have to know."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from appeals.tables import choice
from core.database import Base


class RequestKind(enum.Enum):
    """What an officer asks a supervisor for (申请)."""

    EXTENSION = "extension"
    OBJECTION = "objection"


class RequestState(enum.Enum):
    """What became of a request."""

    OPEN = "open"
    GRANTED = "granted"
    DENIED = "denied"
    LAPSED = "lapsed"  # not decided in time, or the case went on without it


_OPEN = text("state = 'open'")


class AppealRequest(Base):
    """More time (延期申请), or 派单异议: asked for by one person, decided by another."""

    __tablename__ = "appeal_requests"
    __table_args__ = (
        Index(
            "uq_appeal_requests_open",
            "appeal_id",
            "kind",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    kind: Mapped[RequestKind] = mapped_column(choice(RequestKind))
    state: Mapped[RequestState] = mapped_column(choice(RequestState), index=True)
    asked_by: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(Text)
    working_days: Mapped[int | None]
    unit: Mapped[str | None] = mapped_column(String(80))
    decided_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decision: Mapped[str | None] = mapped_column(Text)


class AppealTransfer(Base):
    """One hand-over to another unit or office (转办), until its receipt (回执) is there."""

    __tablename__ = "appeal_transfers"

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    at: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(60))
    is_outside: Mapped[bool]
    from_unit: Mapped[str | None] = mapped_column(String(80))
    to_unit: Mapped[str] = mapped_column(String(80))
    telephone: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(Text)
    receipt_no: Mapped[str | None] = mapped_column(String(60))
    receipt_at: Mapped[datetime | None]
    receipt_by: Mapped[str | None] = mapped_column(String(60))
    promised_on: Mapped[date | None]  # by the other office
    returned_at: Mapped[datetime | None]
    return_reason: Mapped[str | None] = mapped_column(Text)


class AppealAlert(Base):
    """Something staff have to know (工作提醒): for one officer, or for everybody with a role."""

    __tablename__ = "appeal_alerts"

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(40))
    role: Mapped[str] = mapped_column(String(20), index=True)
    login: Mapped[str | None] = mapped_column(String(60), index=True)
    text: Mapped[str] = mapped_column(Text)
    seen_at: Mapped[datetime | None] = mapped_column(index=True)
    seen_by: Mapped[str | None] = mapped_column(String(60))
