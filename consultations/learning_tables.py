"""Questions that the library may learn from (提问归组的表): by turns, never by their words."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Signal(enum.Enum):
    """Why a question may teach something (来由)."""

    UNANSWERED = "unanswered"
    OFFERED = "offered"  # something was offered, and nothing of it was chosen
    NOT_SOLVED = "not_solved"
    WRONG = "wrong"
    AGENT = "agent"  # a person answered otherwise


class ProposalKind(enum.Enum):
    """What may help (建议的做法)."""

    SIMILAR = "similar"
    ENTRY = "entry"
    TERM = "term"
    CONTENT = "content"  # the entry was found; what it says did not help


class GroupState(enum.Enum):
    """What became of a group (归组的处理)."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


def _values(kind: type[enum.Enum]) -> Enum:
    return Enum(
        kind,
        native_enum=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class QuestionGroup(Base):
    """Questions of one matter, and what is proposed for them, until an editor decides."""

    __tablename__ = "question_groups"

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[GroupState] = mapped_column(_values(GroupState), index=True)
    kind: Mapped[ProposalKind] = mapped_column(_values(ProposalKind), index=True)
    version: Mapped[int] = mapped_column(default=1)  # raised by every decision and verdict
    topic: Mapped[str | None] = mapped_column(String(40), index=True)
    entry_id: Mapped[str | None] = mapped_column(String(80))  # the nearest one
    score: Mapped[float]
    word: Mapped[str | None] = mapped_column(String(40))  # what the library does not know
    term: Mapped[str | None] = mapped_column(String(40))  # what would be found in its place
    created_at: Mapped[datetime]
    judged_revision: Mapped[int]  # of the library, see ``learning.collecting``
    settled_by: Mapped[str | None] = mapped_column(String(60))
    settled_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    made: Mapped[dict[str, Any] | None]  # {entry, version} or {term}


class GroupedQuestion(Base):
    """One turn that was looked at for one reason; without a group there was nothing in it."""

    __tablename__ = "grouped_questions"

    turn_id: Mapped[str] = mapped_column(
        ForeignKey("turns.id", ondelete="CASCADE"), primary_key=True
    )
    signal: Mapped[Signal] = mapped_column(_values(Signal), primary_key=True)
    group_id: Mapped[int | None] = mapped_column(ForeignKey("question_groups.id"), index=True)
    entry_id: Mapped[str | None] = mapped_column(String(80))  # what an agent answered with
    noted_at: Mapped[datetime]
