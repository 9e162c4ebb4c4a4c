"""Releases of the library (知识库发布的表): what went out together, measured how, by whom."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class ReleaseKind(enum.Enum):
    """Whether a release brings new versions or takes another release back (发布方式)."""

    FORWARD = "forward"
    ROLL_BACK = "roll_back"


class ReleaseState(enum.Enum):
    """What became of a release (发布状态)."""

    MEASURING = "measuring"
    MEASURED = "measured"
    PUBLISHED = "published"
    DISCARDED = "discarded"


def _kept(members: type[enum.Enum]) -> Enum:
    return Enum(
        members,
        native_enum=False,
        length=20,
        values_callable=lambda each: [member.value for member in each],
    )


class LibraryRelease(Base):
    """One release or candidate; ``number`` is given when it is published.

    ``slot`` is 1 while it is a candidate and empty afterwards, so that there is only one.
    """

    __tablename__ = "library_releases"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    kind: Mapped[ReleaseKind] = mapped_column(_kept(ReleaseKind))
    state: Mapped[ReleaseState] = mapped_column(_kept(ReleaseState), index=True)
    slot: Mapped[int | None] = mapped_column(unique=True)
    rolls_back: Mapped[int | None] = mapped_column(ForeignKey("library_releases.id"))
    note: Mapped[str] = mapped_column(Text)
    opened_by: Mapped[str] = mapped_column(String(60))
    opened_at: Mapped[datetime]
    #: The gate: which run of it, how far it is, on which revision, and what came of it.
    run: Mapped[int]
    asked: Mapped[int]
    total: Mapped[int]
    revision: Mapped[int | None]
    verdict: Mapped[dict[str, Any] | None]
    fault: Mapped[str | None] = mapped_column(Text)
    measured_at: Mapped[datetime | None]
    #: Who published or discarded it, when, and why: against the gate, or back.
    decided_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    is_override: Mapped[bool]


class LibraryReleaseEntry(Base):
    """One entry of a release; a version that is None stands for silence."""

    __tablename__ = "library_release_entries"
    __table_args__ = (UniqueConstraint("release_id", "entry_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    release_id: Mapped[int] = mapped_column(ForeignKey("library_releases.id"), index=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("library_entries.id"), index=True)
    version: Mapped[int | None]  # answered with after the release
    before: Mapped[int | None]  # answered with before it
    #: Of a roll-back: whether the old text could not be brought back as it was, or was left alone.
    remark: Mapped[str | None] = mapped_column(String(20))
