"""The library at run time (知识库服务): loaded from YAML, edited and published at the desk.

Every function takes an open session and leaves the commit to its caller.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.errors import Conflict, NotFound
from knowledge_base.files import BrokenEntry, LibraryFiles, parse, to_yaml
from knowledge_base.schema import Document, Entry
from knowledge_base.tables import (
    EntryState,
    LibraryDocument,
    LibraryEntry,
    LibraryRevision,
    LibraryVersion,
)


class EntryUnknown(NotFound):
    """No entry has that id (没有这个条目)."""

    code = "entry_unknown"


class EntryChanged(Conflict):
    """Somebody else saved a version in the meantime (条目已被他人修改)."""

    code = "entry_changed"


class EntryMoveNotAllowed(Conflict):
    """The entry's state does not allow that (条目状态不允许)."""

    code = "entry_move_not_allowed"


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
    new_documents = _take_documents(session, files)
    last_loaded = {
        row.entry_id: row.digest
        for row in session.scalars(
            select(LibraryVersion)
            .where(LibraryVersion.editor == editor)
            .order_by(LibraryVersion.version)
        )
    }
    known = {row.id: row.state for row in session.scalars(select(LibraryEntry))}
    added = changed = 0
    for entry in files.entries.values():
        if last_loaded.get(entry.id) == _digest(entry):
            continue
        if entry.id in known:
            changed += 1
        else:
            added += 1
        row = _add_version(session, entry, editor=editor, now=now)
        if known.get(entry.id) not in (EntryState.SUSPENDED, EntryState.RETIRED):
            _publish(session, row, editor, now)
    if added or changed or new_documents:
        _raise_revision(session)
    unchanged = len(files.entries) - added - changed
    return Loaded(added, changed, unchanged, len(files.documents))


def _take_documents(session: Session, files: LibraryFiles) -> int:
    """Take over the register; returns how many documents are new or changed."""
    known = {row.id: row.body for row in session.scalars(select(LibraryDocument))}
    bodies = {each.id: each.model_dump(mode="json") for each in files.documents.values()}
    news = {name: body for name, body in bodies.items() if known.get(name) != body}
    for name, body in news.items():
        session.merge(LibraryDocument(id=name, body=body))
    return len(news)


def _digest(entry: Entry) -> str:
    body = entry.model_dump(mode="json", by_alias=True)
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _add_version(session: Session, entry: Entry, *, editor: str, now: datetime) -> LibraryEntry:
    row = session.get(LibraryEntry, entry.id)
    if row is None:
        row = LibraryEntry(
            id=entry.id,
            topic=entry.topics[0],
            question=entry.question,
            state=EntryState.DRAFT,
            latest_version=0,
            updated_at=now,
        )
        session.add(row)
        session.flush()
    row.latest_version += 1
    row.updated_at = now
    session.add(
        LibraryVersion(
            entry_id=entry.id,
            version=row.latest_version,
            body=entry.model_dump(mode="json", by_alias=True),
            digest=_digest(entry),
            editor=editor,
            created_at=now,
        )
    )
    session.flush()
    return row


def _publish(session: Session, row: LibraryEntry, editor: str, now: datetime) -> None:
    version = get_version(session, row.id, row.latest_version)
    version.published_by, version.published_at = editor, now
    entry = Entry.model_validate(version.body)
    row.question, row.topic = entry.question, entry.topics[0]
    row.state = EntryState.PUBLISHED
    row.published_version = row.latest_version
    row.updated_at = now


def _raise_revision(session: Session) -> None:
    raised = session.scalar(
        update(LibraryRevision)
        .where(LibraryRevision.id == 1)
        .values(revision=LibraryRevision.revision + 1)
        .returning(LibraryRevision.revision)
    )
    if raised is None:
        session.add(LibraryRevision(id=1, revision=1))
        session.flush()


def current_revision(session: Session) -> int:
    """The number that changes with everything published; 0 for an empty library."""
    return session.scalar(select(LibraryRevision.revision).where(LibraryRevision.id == 1)) or 0


def published_entries(session: Session) -> list[tuple[Entry, int]]:
    """Every published entry with its version."""
    rows = session.execute(
        select(LibraryVersion.body, LibraryVersion.version)
        .join(LibraryEntry, LibraryEntry.id == LibraryVersion.entry_id)
        .where(
            LibraryEntry.state == EntryState.PUBLISHED,
            LibraryEntry.published_version == LibraryVersion.version,
        )
    )
    return [(Entry.model_validate(body), version) for body, version in rows]


def all_documents(session: Session) -> dict[str, Document]:
    """The register of documents by id."""
    rows = session.scalars(select(LibraryDocument))
    return {row.id: Document.model_validate(row.body) for row in rows}


def get_entry(session: Session, entry_id: str) -> LibraryEntry:
    """Return the entry's row.

    Raises:
        EntryUnknown: There is none.
    """
    row = session.get(LibraryEntry, entry_id)
    if row is None:
        raise EntryUnknown(entry=entry_id)
    return row


def get_version(session: Session, entry_id: str, version: int) -> LibraryVersion:
    """Return one version of an entry.

    Raises:
        EntryUnknown: There is none.
    """
    row = session.scalar(
        select(LibraryVersion).where(
            LibraryVersion.entry_id == entry_id, LibraryVersion.version == version
        )
    )
    if row is None:
        raise EntryUnknown(entry=entry_id)
    return row


def entry_yaml(session: Session, entry_id: str) -> str:
    """The latest version of an entry as authored YAML."""
    row = get_entry(session, entry_id)
    version = get_version(session, entry_id, row.latest_version)
    return to_yaml(Entry.model_validate(version.body))


def save_draft(
    session: Session, *, yaml_text: str, base_version: int | None, editor: str, now: datetime
) -> LibraryEntry:
    """Save an edit as a new version; what is published stays as it is.

    Args:
        session: Open session.
        yaml_text: The whole entry.
        base_version: The version the editor started from; None for a new entry.
        editor: Login of the editor.
        now: The moment.

    Raises:
        BrokenEntry: The YAML is not a valid entry; the details list the faults.
        EntryChanged: Somebody saved another version meanwhile.
    """
    entry, faults = parse(yaml_text, Entry, "条目")
    known = all_documents(session)
    if entry is None:
        raise BrokenEntry(faults=[str(fault) for fault in faults], reason=str(faults[0]))
    missing = sorted(
        {basis.document for claim in (*entry.claims, *entry.traps) for basis in claim.basis}
        - known.keys()
    )
    if missing:
        raise BrokenEntry(faults=missing, reason=f"没有登记的文件：{'、'.join(missing)}")
    row = session.get(LibraryEntry, entry.id, with_for_update=True)
    latest = row.latest_version if row is not None else None
    if latest != base_version:
        raise EntryChanged(entry=entry.id, version=latest)
    row = _add_version(session, entry, editor=editor, now=now)
    _audit(session, "saved", row, editor, now)
    return row


def publish(session: Session, entry_id: str, *, version: int, editor: str, now: datetime) -> None:
    """Publish the latest version, which must be the one the editor has seen.

    Raises:
        EntryChanged: There is a newer version.
        EntryMoveNotAllowed: It is retired.
    """
    row = get_entry(session, entry_id)
    if row.state is EntryState.RETIRED:
        raise EntryMoveNotAllowed(entry=entry_id, state=row.state.value)
    if row.latest_version != version:
        raise EntryChanged(entry=entry_id, version=row.latest_version)
    _publish(session, row, editor, now)
    _raise_revision(session)
    _audit(session, "published", row, editor, now)


def suspend(session: Session, entry_id: str, *, editor: str, now: datetime) -> None:
    """Stop answering with an entry at once.

    Raises:
        EntryMoveNotAllowed: It is not published.
    """
    _move(session, entry_id, EntryState.PUBLISHED, EntryState.SUSPENDED, "suspended", editor, now)


def resume(session: Session, entry_id: str, *, editor: str, now: datetime) -> None:
    """Answer with a suspended entry again.

    Raises:
        EntryMoveNotAllowed: It is not suspended.
    """
    _move(session, entry_id, EntryState.SUSPENDED, EntryState.PUBLISHED, "resumed", editor, now)


def retire(session: Session, entry_id: str, *, editor: str, now: datetime) -> None:
    """Take an entry out for good; its versions stay for the record."""
    row = get_entry(session, entry_id)
    row.state, row.updated_at = EntryState.RETIRED, now
    _raise_revision(session)
    _audit(session, "retired", row, editor, now)


def _move(
    session: Session,
    entry_id: str,
    before: EntryState,
    after: EntryState,
    verb: str,
    editor: str,
    now: datetime,
) -> None:
    row = get_entry(session, entry_id)
    if row.state is not before:
        raise EntryMoveNotAllowed(entry=entry_id, state=row.state.value)
    row.state, row.updated_at = after, now
    _raise_revision(session)
    _audit(session, verb, row, editor, now)


def _audit(session: Session, verb: str, row: LibraryEntry, editor: str, now: datetime) -> None:
    write_audit(
        session,
        actor=f"staff:{editor}",
        deed=f"knowledge_base.entry.{verb}",
        subject=f"entry:{row.id}",
        now=now,
        version=row.latest_version,
    )


@dataclass(frozen=True)
class EntryPage:
    """One page of the editors' list."""

    rows: list[LibraryEntry]
    total: int


def list_entries(
    session: Session,
    *,
    search: str = "",
    state: EntryState | None = None,
    topic: str | None = None,
    page: int = 1,
    per_page: int = 20,
) -> EntryPage:
    """List entries for editors, the last changed first."""
    query = select(LibraryEntry)
    if search.strip():
        named = (LibraryEntry.id, LibraryEntry.question)
        query = query.where(
            or_(*(each.contains(search.strip(), autoescape=True) for each in named))
        )
    if state is not None:
        query = query.where(LibraryEntry.state == state)
    if topic:
        query = query.where(LibraryEntry.topic == topic)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.order_by(LibraryEntry.updated_at.desc(), LibraryEntry.id)
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    return EntryPage(list(rows), total)
