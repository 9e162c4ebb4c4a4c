"""What is asked, how often, and when that is unusual (热度的表)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base

_OPEN = text("ended_at IS NULL")


class HeatTopic(Base):
    """One matter that people ask about (话题): an entry, or wordings that no entry answers."""

    __tablename__ = "heat_topics"

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    title: Mapped[str | None] = mapped_column(String(80))  # given by an editor, where no entry is
    titled_by: Mapped[str | None] = mapped_column(String(60))
    titled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    last_at: Mapped[datetime] = mapped_column(index=True)
    level_from: Mapped[date | None]  # what was asked before says nothing of the usual level
    usual: Mapped[dict[str, Any] | None]  # see ``heat.usual``


class HeatAsk(Base):
    """One turn or appeal that was looked at; it goes with its turn, the counts stay."""

    __tablename__ = "heat_asks"
    __table_args__ = (Index("ix_heat_asks_topic", "topic_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int | None] = mapped_column(ForeignKey("heat_topics.id"))
    person: Mapped[str] = mapped_column(String(40))  # a fingerprint, never the key itself
    turn_id: Mapped[str | None] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), unique=True
    )
    appeal_id: Mapped[int | None] = mapped_column(
        ForeignKey("appeals.id", ondelete="CASCADE"), unique=True
    )
    at: Mapped[datetime] = mapped_column(index=True)
    counted: Mapped[bool]  # the first of this person on this topic within a day
    loose: Mapped[bool]  # a question that is like no other yet
    stands: Mapped[bool]  # its wording stands for the topic


class HeatHour(Base):
    """How many different people asked about a topic in an hour; names nobody."""

    __tablename__ = "heat_hours"

    topic_id: Mapped[int] = mapped_column(ForeignKey("heat_topics.id"), primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    people: Mapped[int]


class HeatBurst(Base):
    """More people ask about a topic than usual (突发); one row until it is over."""

    __tablename__ = "heat_bursts"
    __table_args__ = (
        Index(
            "uq_heat_bursts_open",
            "topic_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("heat_topics.id"), index=True)
    began_at: Mapped[datetime]
    found_at: Mapped[datetime] = mapped_column(index=True)
    window_hours: Mapped[int]  # over how many hours it showed first
    people: Mapped[int]  # in that time
    usual: Mapped[float]  # expected in that time
    now_hours: Mapped[int]  # the same as last looked at, while it goes on
    now_people: Mapped[int]
    now_usual: Mapped[float]
    peak: Mapped[float]  # how many times the usual level, at most
    hot_at: Mapped[datetime]  # when it last was unusual
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    seen_by: Mapped[str | None] = mapped_column(String(60))
    seen_at: Mapped[datetime | None]
    case_number: Mapped[str | None] = mapped_column(String(20))
    case_by: Mapped[str | None] = mapped_column(String(60))
    draft_entry_id: Mapped[str | None] = mapped_column(String(80), index=True)
    draft_by: Mapped[str | None] = mapped_column(String(60))


class HeatDay(Base):
    """One place of the list of what was asked most (热搜榜) as it stood on a day."""

    __tablename__ = "heat_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    topic_id: Mapped[int] = mapped_column(ForeignKey("heat_topics.id"), primary_key=True)
    rank: Mapped[int]
    people: Mapped[int]  # in the seven days that end with it
    before: Mapped[int]  # in the seven days before those


class HeatState(Base):
    """How far was looked, and the rhythm of the whole service; one row."""

    __tablename__ = "heat_state"

    id: Mapped[int] = mapped_column(primary_key=True)
    turns_to: Mapped[datetime]
    steps: Mapped[int]  # raised by every run that kept something
    fitted_on: Mapped[date | None]
    rhythm: Mapped[dict[str, Any] | None]  # see ``heat.usual``
    listed_at: Mapped[datetime | None]
    run_at: Mapped[datetime | None]
