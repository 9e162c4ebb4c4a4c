"""How it is stored what may go out unasked, and what went out (提醒意愿表)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base
from enterprises.tables import Enterprise, choice


class PushKind(StrEnum):
    """What a visitor can ask to be told of (提醒种类). Labels: ``outreach/sentences.yml``."""

    DEADLINE_REMINDER = "deadline_reminder"  # 申报期限提醒
    POLICY_CHANGE = "policy_change"  # 政策变化提醒


class PushWish(Base):
    """Whether a visitor wants one kind of message (提醒意愿); without a row it is not wanted."""

    __tablename__ = "push_wishes"
    __table_args__ = (UniqueConstraint("identity_key", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_key: Mapped[str] = mapped_column(String(120))
    kind: Mapped[PushKind] = mapped_column(choice(PushKind))
    wanted: Mapped[bool]
    changed_at: Mapped[datetime]


class ReminderTold(Base):
    """A deadline of a firm that a visitor was told of (已提醒), so that it is told once."""

    __tablename__ = "reminders_told"
    __table_args__ = (UniqueConstraint("identity_key", "enterprise_id", "due_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_key: Mapped[str] = mapped_column(String(120))
    enterprise_id: Mapped[int] = mapped_column(ForeignKey(Enterprise.id))
    due_on: Mapped[date]
    told_at: Mapped[datetime] = mapped_column(index=True)
