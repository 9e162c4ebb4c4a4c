"""What the staff room stores (工作台的表): accounts, sessions, suggestions, notes, sent replies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base


class Staff(Base):
    """One account of a person who works here (工作人员账号)."""

    __tablename__ = "staff"

    login: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    password_hash: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list[Any]]
    must_change: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class DeskSession(Base):
    """One signed-in browser (登录会话). Only the fingerprint of its cookie is kept."""

    __tablename__ = "desk_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    login: Mapped[str] = mapped_column(ForeignKey("staff.login"), index=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)

    staff: Mapped[Staff] = relationship(lazy="joined")


class Suggestion(Base):
    """One answer offered to an agent for one turn, and what became of it (建议答复)."""

    __tablename__ = "desk_suggestions"
    __table_args__ = (UniqueConstraint("turn_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    turn_id: Mapped[str] = mapped_column(String(32), index=True)
    place: Mapped[int]
    entry_id: Mapped[str] = mapped_column(String(80), index=True)
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    evidence: Mapped[list[Any]]
    score: Mapped[float]
    created_at: Mapped[datetime]
    action: Mapped[str | None] = mapped_column(String(20), index=True)
    reason: Mapped[str | None] = mapped_column(String(40))
    acted_by: Mapped[str | None] = mapped_column(String(60))
    acted_at: Mapped[datetime | None]
    sent_as: Mapped[str | None] = mapped_column(String(20))
    edit_distance: Mapped[int | None]  # characters changed before it was sent


class ConversationNote(Base):
    """What colleagues tell each other about a talk (内部备注); never shown to the taxpayer."""

    __tablename__ = "conversation_notes"

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), index=True)
    login: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)


class SentReply(Base):
    """A reply that was sent, by the id its page gave it, so that a repeat is not said twice."""

    __tablename__ = "desk_sent_replies"
    __table_args__ = (UniqueConstraint("conversation_id", "client_message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    client_message_id: Mapped[str] = mapped_column(String(80))
    message_id: Mapped[int]
