"""How a talk is stored (咨询记录的表)."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base


class Holder(enum.Enum):
    """Who answers the taxpayer now (谁在接待)."""

    BOT = "bot"
    WAITING = "waiting"  # a person was asked for; nobody has accepted yet
    PERSON = "person"


class Author(enum.Enum):
    """Who wrote a message (发言人)."""

    TAXPAYER = "taxpayer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class TurnState(enum.Enum):
    """How far a turn is (一轮提问的进度)."""

    WAITING = "waiting"
    ANSWERED = "answered"
    WITH_PERSON = "with_person"


def _values(kind: type[enum.Enum]) -> Enum:
    return Enum(
        kind,
        native_enum=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class Conversation(Base):
    """One talk through one channel. Only the fingerprint of its secret token is kept."""

    __tablename__ = "conversations"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(20), index=True)
    identity_key: Mapped[str] = mapped_column(String(120), index=True)
    talk_id: Mapped[str] = mapped_column(String(40), unique=True)  # Rasa's name for this talk
    holder: Mapped[Holder] = mapped_column(_values(Holder), index=True, default=Holder.BOT)
    staff_login: Mapped[str | None] = mapped_column(String(60), index=True)
    waiting_since: Mapped[datetime | None]
    wait_reason: Mapped[str | None] = mapped_column(String(200))
    consented_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    last_topic: Mapped[dict[str, Any] | None]  # entry and frame of the last answer, for follow-ups
    deleted_at: Mapped[datetime | None]

    @property
    def is_evaluation(self) -> bool:
        """Talks of the evaluation channel are kept out of reports and proposals."""
        return self.channel == "evaluation"


class Turn(Base):
    """One thing the taxpayer said (masked), to be answered exactly once."""

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("conversation_id", "client_message_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    client_message_id: Mapped[str] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    as_of: Mapped[date | None]
    state: Mapped[TurnState] = mapped_column(_values(TurnState), default=TurnState.WAITING)
    received_at: Mapped[datetime] = mapped_column(index=True)
    answered_at: Mapped[datetime | None]
    degraded: Mapped[bool] = mapped_column(default=False)

    conversation: Mapped[Conversation] = relationship()
    answer: Mapped[Answer | None] = relationship(back_populates="turn", uselist=False)


class Answer(Base):
    """What a turn was answered with, and the evidence of it. One per turn, first one wins."""

    __tablename__ = "answers"

    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(40), index=True)
    parts: Mapped[list[Any]]  # what the taxpayer is shown, see answers.parts
    act: Mapped[str | None] = mapped_column(String(40))
    act_probability: Mapped[float | None]
    entries: Mapped[list[Any]]  # [{id, version, score, claims}]
    sources: Mapped[list[Any]]
    tax_period_first: Mapped[date | None]
    tax_period_last: Mapped[date | None]
    as_of: Mapped[date]
    facts: Mapped[dict[str, Any]]  # what was known and used: slots, firm facts, rule trace
    timings: Mapped[dict[str, Any]]  # milliseconds by step
    created_at: Mapped[datetime] = mapped_column(index=True)
    rating: Mapped[str | None] = mapped_column(String(20), index=True)
    rated_at: Mapped[datetime | None]

    turn: Mapped[Turn] = relationship(back_populates="answer")


class Message(Base):
    """One bubble of the talk, in the order it was shown."""

    __tablename__ = "messages"
    #: An id is never used again: deliveries and pages that wait are counted by it.
    __table_args__ = {"sqlite_autoincrement": True}

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    turn_id: Mapped[str | None] = mapped_column(String(32), index=True)
    author: Mapped[Author] = mapped_column(_values(Author))
    staff_login: Mapped[str | None] = mapped_column(String(60))
    at: Mapped[datetime]
    body: Mapped[dict[str, Any]]


class CorrectionVerdict(enum.Enum):
    """What became of something a person was told (更正结论)."""

    CHANGED = "changed"
    WITHDRAWN = "withdrawn"  # in doubt, being looked at again
    ENDED = "ended"  # expired or retired: answered no more from some day on
    VALID_AGAIN = "valid_again"  # after a correction was shown
    ANSWERED = "answered"  # asked when nothing answered it; something does now


class Correction(Base):
    """我们告诉过您，现在变了: one answer that no longer holds, until its reader is told."""

    __tablename__ = "corrections"
    __table_args__ = (UniqueConstraint("turn_id", "entry_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    identity_key: Mapped[str] = mapped_column(String(120), index=True)
    entry_id: Mapped[str] = mapped_column(String(80), index=True)
    question: Mapped[str] = mapped_column(Text)
    verdict: Mapped[CorrectionVerdict] = mapped_column(_values(CorrectionVerdict))
    changes: Mapped[list[Any]]  # [{old, new}]; new is null where nothing stands in its place
    told_at: Mapped[datetime]
    queued_at: Mapped[datetime]
    shown_at: Mapped[datetime | None] = mapped_column(index=True)
    message_id: Mapped[int | None]  # the bubble that told it last


class WrongAnswerReport(Base):
    """答得不对: goes to the editor with the evidence of the answer."""

    __tablename__ = "wrong_answer_reports"

    id: Mapped[int] = mapped_column(primary_key=True)
    turn_id: Mapped[str] = mapped_column(ForeignKey("turns.id"), unique=True)
    comment: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(20), default="open", index=True)  # open, right, fixed
    note: Mapped[str] = mapped_column(Text, default="")
    reported_at: Mapped[datetime] = mapped_column(index=True)
    handled_by: Mapped[str | None] = mapped_column(String(60))
    handled_at: Mapped[datetime | None]
