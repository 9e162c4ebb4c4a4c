"""Where what is answered changes at the desk (作答切换): an entry goes live or falls silent.

Both raise the revision that processes watch, and tell what changed by due work.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from knowledge_base.changes import AnswerChange, note_changes
from knowledge_base.rendering import render_entry
from knowledge_base.schema import Entry
from knowledge_base.store import all_documents, get_version, raise_revision
from knowledge_base.tables import EntryState, LibraryEntry, LibraryVersion


def go_live(
    session: Session,
    row: LibraryEntry,
    version: LibraryVersion,
    *,
    verb: str,
    officer: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Answer with a version from now on, in the wording it has now."""
    documents = all_documents(session)
    before, last = answered_now(session, row), row.published_version
    after = Entry.model_validate(version.body)
    version.published_by, version.published_at = officer, now
    version.publish_at = version.missed = None
    version.wording = render_entry(after, documents).wording
    row.question, row.topic = after.question, after.topics[0]
    row.published_version = version.version
    if row.review_version == version.version:
        row.review_version = None
    _moved(row, EntryState.PUBLISHED, verb, officer, now, reason)
    raise_revision(session)
    change = AnswerChange(row.id, last, version.version, verb, before, after)
    note_changes(session, [change], documents=documents, now=now)


def answer_again(
    session: Session, row: LibraryEntry, *, officer: str, now: datetime, reason: str
) -> None:
    """Answer with the version that was answered last."""
    version = row.published_version
    assert version is not None, "nothing was ever answered"
    after = Entry.model_validate(get_version(session, row.id, version).body)
    _moved(row, EntryState.PUBLISHED, "resumed", officer, now, reason)
    raise_revision(session)
    change = AnswerChange(row.id, version, version, "resumed", None, after)
    note_changes(session, [change], documents={}, now=now)


def fall_silent(
    session: Session,
    row: LibraryEntry,
    state: EntryState,
    *,
    verb: str,
    officer: str | None,
    now: datetime,
    reason: str,
) -> None:
    """Answer no more with an entry; where it was not answered, only its state changes."""
    before = answered_now(session, row)
    _moved(row, state, verb, officer, now, reason)
    if before is None:
        return
    raise_revision(session)
    change = AnswerChange(row.id, row.published_version, None, verb, before, None)
    note_changes(session, [change], documents={}, now=now)


def answered_now(session: Session, row: LibraryEntry) -> Entry | None:
    """What people are answered with, None where the entry is silent."""
    if row.state is not EntryState.PUBLISHED or row.published_version is None:
        return None
    return Entry.model_validate(get_version(session, row.id, row.published_version).body)


def _moved(
    row: LibraryEntry,
    state: EntryState,
    verb: str,
    officer: str | None,
    now: datetime,
    reason: str | None,
) -> None:
    row.state, row.updated_at = state, now
    row.moved_by, row.moved_at, row.moved_verb, row.reason = officer, now, verb, reason
