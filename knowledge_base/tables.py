"""How the library is stored (知识库的表): documents, entries, versions, reviews, a revision."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import Enum, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class EntryState(enum.Enum):
    """Where an entry stands in its life (条目状态)."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    PUBLISHED = "published"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class LibraryDocument(Base):
    """One official document of the register (文件登记)."""

    __tablename__ = "library_documents"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    body: Mapped[dict[str, Any]]


class LibraryEntry(Base):
    """One entry, by up to three of its versions.

    It is answered with ``published_version`` while its state is *published*. ``review_version`` is
    before the reviewers. ``latest_version`` is a draft where it is neither of them.
    """

    __tablename__ = "library_entries"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    topic: Mapped[str] = mapped_column(String(40), index=True)
    question: Mapped[str] = mapped_column(Text)
    state: Mapped[EntryState] = mapped_column(
        Enum(
            EntryState,
            native_enum=False,
            length=20,
            values_callable=lambda members: [member.value for member in members],
        ),
        index=True,
    )
    published_version: Mapped[int | None]
    review_version: Mapped[int | None] = mapped_column(index=True)
    latest_version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(index=True)
    expires_on: Mapped[date | None]  # not answered from that day on
    #: Who brought the entry into its state, when, by which verb, and why.
    moved_by: Mapped[str | None] = mapped_column(String(60))
    moved_at: Mapped[datetime | None]
    moved_verb: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(Text)


class LibraryVersion(Base):
    """One version of an entry, kept for good: past answers name it."""

    __tablename__ = "library_versions"
    __table_args__ = (UniqueConstraint("entry_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[str] = mapped_column(ForeignKey("library_entries.id"), index=True)
    version: Mapped[int]
    body: Mapped[dict[str, Any]]
    digest: Mapped[str] = mapped_column(String(64))
    editor: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
    rolls_back: Mapped[int | None]  # the earlier version that this one brings back
    submitted_by: Mapped[str | None] = mapped_column(String(60))
    submitted_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(Text)  # of whoever submitted it
    returned_by: Mapped[str | None] = mapped_column(String(60))
    returned_at: Mapped[datetime | None]
    return_reason: Mapped[str | None] = mapped_column(Text)
    publish_at: Mapped[datetime | None]  # when it will be published by itself
    scheduled_by: Mapped[str | None] = mapped_column(String(60))
    missed: Mapped[str | None] = mapped_column(Text)  # why it was not published when due
    published_by: Mapped[str | None] = mapped_column(String(60))
    published_at: Mapped[datetime | None]
    #: Digest of the wording with which the desk published it; None for what files brought.
    wording: Mapped[str | None] = mapped_column(String(64))


class LibraryApproval(Base):
    """One officer's yes to one version as it read then (审核同意)."""

    __tablename__ = "library_approvals"
    __table_args__ = (UniqueConstraint("version_id", "officer"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("library_versions.id"))
    officer: Mapped[str] = mapped_column(String(60), index=True)
    at: Mapped[datetime]
    rendering: Mapped[str] = mapped_column(ForeignKey("library_renderings.digest"))


class LibraryRendering(Base):
    """A text that somebody approved, kept under its digest (审核过的文本)."""

    __tablename__ = "library_renderings"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class LibraryRevision(Base):
    """A counter that every change of what is published raises; processes watch it."""

    __tablename__ = "library_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int]
