"""How an appeal (诉求) is stored: the case, its moves, its evidence, drafts, wrong check codes."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base


class AppealStatus(enum.Enum):
    """Where an appeal stands (诉求状态). Words for people: ``status.yml``."""

    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    WORKING = "working"
    WAITING = "waiting"  # for the taxpayer; the clock pauses
    ANSWERED = "answered"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Verb(enum.Enum):
    """What is done with an appeal (流转动作)."""

    FILE = "file"
    ACCEPT = "accept"
    ASSIGN = "assign"
    ASK_FOR_MORE = "ask_for_more"
    SUPPLEMENT = "supplement"
    ANSWER = "answer"
    CONFIRM = "confirm"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    URGE = "urge"
    REASSIGN = "reassign"
    REMIND = "remind"
    ESCALATE = "escalate"
    RECOUNT = "recount"


class Priority(enum.IntEnum):
    """How far to the front of the queue (紧急程度)."""

    ORDINARY = 0
    URGED = 1
    ESCALATED = 2


def _values(kind: type[enum.Enum]) -> Enum:
    return Enum(
        kind,
        native_enum=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class Appeal(Base):
    """One appeal of one person. Our own ticket, never a legal remedy (复议, 诉讼)."""

    __tablename__ = "appeals"
    __table_args__ = (
        Index("ix_appeals_queue", "status", "due_on"),
        CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name="rating_range"),
        CheckConstraint("working_days >= 1", name="working_days_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    check_code_hash: Mapped[str] = mapped_column(String(64))
    check_code_sealed: Mapped[str] = mapped_column(String(200))
    conversation_id: Mapped[int | None] = mapped_column(index=True)
    identity_key: Mapped[str] = mapped_column(String(120), index=True)
    enterprise_id: Mapped[int | None] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    subject: Mapped[str] = mapped_column(String(80))
    detail: Mapped[str] = mapped_column(Text)
    contact_sealed: Mapped[str | None] = mapped_column(Text)
    contact_hint: Mapped[str | None] = mapped_column(String(80))
    status: Mapped[AppealStatus] = mapped_column(_values(AppealStatus))
    priority: Mapped[int] = mapped_column(default=Priority.ORDINARY)
    opened_at: Mapped[datetime] = mapped_column(index=True)
    working_days: Mapped[int]
    clock_from: Mapped[datetime]  # opened_at, or the last reopening
    due_on: Mapped[date] = mapped_column(index=True)
    provisional: Mapped[bool]
    promise_no: Mapped[int] = mapped_column(default=0)  # how often a date was promised
    paused_since: Mapped[datetime | None]
    paused_working_days: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None]
    answer_text: Mapped[str | None] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    assigned_to: Mapped[str | None] = mapped_column(String(60), index=True)
    escalation_level: Mapped[int] = mapped_column(default=0)
    urges: Mapped[int] = mapped_column(default=0)
    last_urged_on: Mapped[date | None]
    rating: Mapped[int | None]
    rating_comment: Mapped[str | None] = mapped_column(Text)
    is_evaluation: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column()

    moves: Mapped[list[AppealMove]] = relationship(
        back_populates="appeal", order_by="AppealMove.id", cascade="all, delete-orphan"
    )
    evidence: Mapped[list[AppealEvidence]] = relationship(
        order_by="AppealEvidence.position", cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}


class AppealMove(Base):
    """One move of an appeal, never changed afterwards (流转记录)."""

    __tablename__ = "appeal_moves"

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(120))
    verb: Mapped[Verb] = mapped_column(_values(Verb))
    from_status: Mapped[AppealStatus | None] = mapped_column(_values(AppealStatus))
    to_status: Mapped[AppealStatus] = mapped_column(_values(AppealStatus))
    promise_no: Mapped[int]
    due_on: Mapped[date]  # what was promised after this move
    note_public: Mapped[str | None] = mapped_column(Text)
    note_internal: Mapped[str | None] = mapped_column(Text)

    appeal: Mapped[Appeal] = relationship(back_populates="moves")


class AppealEvidence(Base):
    """One turn of the talk as it was when the appeal was filed (随附的问答): a snapshot."""

    __tablename__ = "appeal_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeals.id"), index=True)
    position: Mapped[int]
    turn_id: Mapped[str | None] = mapped_column(String(32))
    asked_text: Mapped[str] = mapped_column(Text)
    answer_text: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(String(40))
    sources: Mapped[list[Any]]
    tax_period: Mapped[str | None] = mapped_column(String(60))


class AppealDraft(Base):
    """An appeal that is still being written (诉求草稿); one per person."""

    __tablename__ = "appeal_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    identity_key: Mapped[str] = mapped_column(String(120), unique=True)
    conversation_id: Mapped[int | None]
    kind: Mapped[str | None] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(80))
    detail: Mapped[str | None] = mapped_column(Text)
    contact_sealed: Mapped[str | None] = mapped_column(Text)
    contact_hint: Mapped[str | None] = mapped_column(String(80))
    updated_at: Mapped[datetime] = mapped_column(index=True)


class WrongCheckCodes(Base):
    """Wrong check codes for one number, whether it exists or not (查询码错误次数)."""

    __tablename__ = "appeal_wrong_check_codes"

    number: Mapped[str] = mapped_column(String(20), primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(index=True)
