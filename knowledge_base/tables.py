"""How the library is stored (知识库的表): documents, entries, versions, and a revision counter."""

from __future__ import annotations

import enum
from datetime import datetime
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
    """One entry: answered with ``published_version``; ``latest_version`` may be a draft."""

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
    latest_version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(index=True)


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
    published_by: Mapped[str | None] = mapped_column(String(60))
    published_at: Mapped[datetime | None]


class LibraryRevision(Base):
    """A counter that every change of what is published raises; processes watch it."""

    __tablename__ = "library_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    revision: Mapped[int]
