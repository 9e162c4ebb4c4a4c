"""What the register keeps beside its files (文件登记的表): endings, warnings, figures last seen."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class DocumentEnding(Base):
    """A document that was ended at the desk (停用文件), kept for good.

    It holds until somebody undoes it, or until the authored file says something new.
    """

    __tablename__ = "library_document_endings"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("library_documents.id"), index=True)
    state: Mapped[str] = mapped_column(String(20))  # a DocumentState
    ended_on: Mapped[date | None]  # last day in force; None: from the moment it was ended
    clauses: Mapped[list[Any]]
    replaced_by: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(Text)
    ended_by: Mapped[str] = mapped_column(String(60))
    ended_at: Mapped[datetime]
    body_before: Mapped[dict[str, Any]]  # the document as it was, to be restored
    undone_by: Mapped[str | None] = mapped_column(String(60))
    undone_at: Mapped[datetime | None]
    undo_reason: Mapped[str | None] = mapped_column(Text)
    overtaken_at: Mapped[datetime | None]  # a changed file took its place


class ExpiryWarning(Base):
    """An end that editors were warned of (到期提醒), once at every stage."""

    __tablename__ = "library_expiry_warnings"
    __table_args__ = (UniqueConstraint("subject", "ends_on", "stage"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(160))  # what ends, e.g. claim:vat-….exempt
    title: Mapped[str] = mapped_column(Text)
    ends_on: Mapped[date] = mapped_column(index=True)
    stage: Mapped[int]  # days before the end: 90, 30 or 7
    filed_at: Mapped[datetime] = mapped_column(index=True)


class SeenFigure(Base):
    """A legal figure as the last start found it (数值存照), to tell when a file changed it."""

    __tablename__ = "library_seen_figures"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    body: Mapped[dict[str, Any]]
