"""Bringing authored files into the database (装入文件), many at a time and in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from knowledge_base.changes import AnswerChange, note_changes
from knowledge_base.files import LibraryFiles
from knowledge_base.ground import note_documents
from knowledge_base.register import kept_from_files
from knowledge_base.schema import Document, Entry
from knowledge_base.store import (
    all_documents,
    body_of,
    digest_of,
    raise_revision,
    version_values,
)
from knowledge_base.tables import EntryState, LibraryDocument, LibraryEntry, LibraryVersion

#: So many entries are loaded by one statement.
_TOGETHER = 500
#: What the desk took out stays out when its file changes.
_TAKEN_OUT = (EntryState.SUSPENDED, EntryState.RETIRED)


@dataclass(frozen=True)
class Loaded:
    """What a load changed."""

    added: int
    changed: int
    unchanged: int
    documents: int


def load_files(session: Session, files: LibraryFiles, *, editor: str, now: datetime) -> Loaded:
    """Bring authored files into the database; entries edited at the desk since are left alone.

    A file is taken over when it is new, or when it differs from the last version that was itself
    loaded from files (by ``editor``). What was suspended or retired at the desk stays so.
    """
    session.flush()
    new_documents = _take_documents(session, files, now)
    documents = all_documents(session)
    loaded = _last_loaded(session, editor)
    fresh = (
        (entry, body, digest)
        for entry in files.entries.values()
        if loaded.get(entry.id) != (digest := digest_of(body := body_of(entry)))
    )
    added = changed = 0
    while chunk := list(islice(fresh, _TOGETHER)):
        new = _load_chunk(session, chunk, documents, editor=editor, now=now)
        added, changed = added + new, changed + len(chunk) - new
    if added or changed or new_documents:
        raise_revision(session)
    session.expire_all()
    unchanged = len(files.entries) - added - changed
    return Loaded(added, changed, unchanged, len(files.documents))


def _take_documents(session: Session, files: LibraryFiles, now: datetime) -> int:
    """Take over the register, but for what the desk ended since; returns how many changed."""
    known = {row.id: row.body for row in session.scalars(select(LibraryDocument))}
    bodies = {each.id: each.model_dump(mode="json") for each in files.documents.values()}
    kept = kept_from_files(session, bodies, now=now)
    news = {
        name: body for name, body in bodies.items() if known.get(name) != body and name not in kept
    }
    for name, body in news.items():
        session.merge(LibraryDocument(id=name, body=body))
    session.flush()
    changed = (
        (Document.model_validate(known[name]), files.documents[name])
        for name in news
        if name in known
    )
    note_documents(session, changed, now=now)
    return len(news)


def _last_loaded(session: Session, editor: str) -> dict[str, str]:
    """The digest of the last version of every entry that ``editor`` loaded."""
    rows = session.execute(
        select(LibraryVersion.entry_id, LibraryVersion.digest)
        .where(LibraryVersion.editor == editor)
        .order_by(LibraryVersion.version)
    )
    return dict(rows.tuples().all())


def _load_chunk(
    session: Session,
    chunk: list[tuple[Entry, dict[str, Any], str]],
    documents: Mapping[str, Document],
    *,
    editor: str,
    now: datetime,
) -> int:
    """Load entries by a few statements for all of them; returns how many are new."""
    known = _standing(session, [entry.id for entry, _, _ in chunk])
    new: list[dict[str, Any]] = []
    answered: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    versions, changes = [], []
    for entry, body, digest in chunk:
        before = known.get(entry.id)
        live = before is None or before.state not in _TAKEN_OUT
        version = before.latest_version + 1 if before else 1
        row = {"id": entry.id, "latest_version": version, "updated_at": now}
        if live:
            row |= _live(entry, version, editor, now)
            changes += _answered_otherwise(entry, version, before)
        (new if before is None else answered if live else kept).append(row)
        versions.append(
            version_values(entry.id, version, body, digest, editor, now)
            | {"published_by": editor if live else None, "published_at": now if live else None}
        )
    if new:
        session.execute(insert(LibraryEntry), new)
    for rows in (answered, kept):
        if rows:
            session.execute(update(LibraryEntry), rows)
    _call_off(session, [row["id"] for row in answered])
    session.execute(insert(LibraryVersion), versions)
    note_changes(session, changes, documents=documents, now=now)
    return len(new)


def _standing(session: Session, ids: list[str]) -> dict[str, Any]:
    """How the entries stand that are there already, with what is answered now."""
    rows = session.execute(
        select(
            LibraryEntry.id,
            LibraryEntry.state,
            LibraryEntry.latest_version,
            LibraryEntry.published_version,
            LibraryVersion.body,
        )
        .outerjoin(
            LibraryVersion,
            (LibraryVersion.entry_id == LibraryEntry.id)
            & (LibraryVersion.version == LibraryEntry.published_version),
        )
        .where(LibraryEntry.id.in_(ids))
        .with_for_update(of=LibraryEntry)
    )
    return {row.id: row for row in rows}


def _live(entry: Entry, version: int, editor: str, now: datetime) -> dict[str, Any]:
    return {
        "topic": entry.topics[0],
        "question": entry.question,
        "state": EntryState.PUBLISHED,
        "published_version": version,
        "review_version": None,
        "moved_by": editor,
        "moved_at": now,
        "moved_verb": "loaded",
        "reason": None,
    }


def _answered_otherwise(entry: Entry, version: int, before: Any) -> list[AnswerChange]:
    """The change that a changed file makes; a file that is new changes no answer."""
    if before is None:
        return []
    answered = before.state is EntryState.PUBLISHED
    was = Entry.model_validate(before.body) if answered else None
    return [AnswerChange(entry.id, before.published_version, version, "loaded", was, entry)]


def _call_off(session: Session, ids: list[str]) -> None:
    """What files bring in takes the place of whatever was to be published later."""
    session.execute(
        update(LibraryVersion)
        .where(LibraryVersion.entry_id.in_(ids), LibraryVersion.publish_at.is_not(None))
        .values(publish_at=None)
    )
