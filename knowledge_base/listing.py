"""The editors' list of entries (条目列表): filtered, by pages, without a query for each row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from knowledge_base.rendering import render_entry
from knowledge_base.schema import Entry
from knowledge_base.store import all_documents
from knowledge_base.tables import EntryState, LibraryApproval, LibraryEntry, LibraryVersion


@dataclass(frozen=True)
class Listed:
    """One row of the list: the entry and its latest version."""

    entry: LibraryEntry
    latest: LibraryVersion


@dataclass(frozen=True)
class EntryPage:
    """One page of the editors' list."""

    rows: list[Listed]
    total: int


def list_entries(
    session: Session,
    *,
    search: str = "",
    state: EntryState | None = None,
    topic: str | None = None,
    reviewer: str | None = None,
    page: int = 1,
    per_page: int = 20,
) -> EntryPage:
    """List entries for editors, the last changed first.

    Args:
        session: Open session.
        search: A piece of the question or the id, taken literally.
        state: Only entries in that state.
        topic: Only entries whose first topic it is.
        reviewer: Only entries whose review waits for that officer.
        page: From 1.
        per_page: Rows on a page.
    """
    query: Select[Any] = select(LibraryEntry)
    if search.strip():
        named = (LibraryEntry.id, LibraryEntry.question)
        query = query.where(
            or_(*(each.contains(search.strip(), autoescape=True) for each in named))
        )
    if state is not None:
        query = query.where(LibraryEntry.state == state)
    if topic:
        query = query.where(LibraryEntry.topic == topic)
    if reviewer is not None:
        query = _waiting_for(session, query, reviewer)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.execute(
        query.join(
            LibraryVersion,
            (LibraryVersion.entry_id == LibraryEntry.id)
            & (LibraryVersion.version == LibraryEntry.latest_version),
        )
        .add_columns(LibraryVersion)
        .order_by(LibraryEntry.updated_at.desc(), LibraryEntry.id)
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    return EntryPage([Listed(entry, latest) for entry, latest in rows], total)


def count_to_review(session: Session, reviewer: str) -> int:
    """How many entries wait for that officer's review."""
    query = _waiting_for(session, select(LibraryEntry), reviewer)
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _waiting_for(session: Session, query: Select[Any], reviewer: str) -> Select[Any]:
    """In review, written by somebody else, and not approved by the reviewer as it reads now."""
    reviewed = (
        exists()
        .where(
            LibraryVersion.entry_id == LibraryEntry.id,
            LibraryVersion.version == LibraryEntry.review_version,
            LibraryVersion.editor != reviewer,
        )
        .correlate(LibraryEntry)
    )
    approved = (
        exists()
        .where(
            LibraryVersion.entry_id == LibraryEntry.id,
            LibraryVersion.version == LibraryEntry.review_version,
            LibraryApproval.version_id == LibraryVersion.id,
            LibraryApproval.officer == reviewer,
        )
        .correlate(LibraryEntry)
    )
    outdated = _outdated(session, reviewer)
    return query.where(
        LibraryEntry.review_version.is_not(None),
        reviewed,
        or_(~approved, LibraryEntry.id.in_(outdated)),
    )


def _outdated(session: Session, reviewer: str) -> list[str]:
    """Entries in review that the officer approved, but that read otherwise now."""
    rows = session.execute(
        select(LibraryVersion.entry_id, LibraryVersion.body, LibraryApproval.rendering)
        .join(LibraryApproval, LibraryApproval.version_id == LibraryVersion.id)
        .join(
            LibraryEntry,
            (LibraryEntry.id == LibraryVersion.entry_id)
            & (LibraryEntry.review_version == LibraryVersion.version),
        )
        .where(LibraryApproval.officer == reviewer)
    ).all()
    documents = all_documents(session) if rows else {}
    return [
        entry_id
        for entry_id, body, digest in rows
        if render_entry(Entry.model_validate(body), documents).digest != digest
    ]
