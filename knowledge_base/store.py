"""The library in the database (知识库存取): its rows read, drafts saved.

Every function takes an open session and leaves the commit to its caller. What is answered is
changed elsewhere: by ``loading`` and ``answering``.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.errors import Conflict, NotFound
from knowledge_base.files import BrokenEntry, parse, to_yaml
from knowledge_base.rendering import cited_documents
from knowledge_base.schema import Document, Entry
from knowledge_base.sentences import say
from knowledge_base.tables import (
    EntryState,
    LibraryDocument,
    LibraryEntry,
    LibraryRevision,
    LibraryVersion,
)

#: The editor of versions that come from files.
FILES = "files"


class EntryUnknown(NotFound):
    """No entry has that id (没有这个条目)."""

    code = "entry_unknown"


class EntryChanged(Conflict):
    """Somebody else saved a version in the meantime (条目已被他人修改)."""

    code = "entry_changed"


class EntryExists(EntryChanged):
    """A new entry has the id of another one (编号已被使用)."""

    code = "entry_exists"


class EntryMoveNotAllowed(Conflict):
    """The entry's state does not allow that; the details say why (条目状态不允许)."""

    code = "entry_move_not_allowed"


def body_of(entry: Entry) -> dict[str, Any]:
    """An entry as it is stored."""
    return entry.model_dump(mode="json", by_alias=True)


def digest_of(body: dict[str, Any]) -> str:
    """The digest by which two bodies are told apart."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def version_values(
    entry_id: str, version: int, body: dict[str, Any], digest: str, editor: str, now: datetime
) -> dict[str, Any]:
    """What a new version is stored with."""
    return {
        "entry_id": entry_id,
        "version": version,
        "body": body,
        "digest": digest,
        "editor": editor,
        "created_at": now,
    }


def add_version(session: Session, entry: Entry, *, editor: str, now: datetime) -> LibraryVersion:
    """Add a version to a new or known entry; nothing that is answered changes."""
    row = session.get(LibraryEntry, entry.id)
    if row is None:
        row = LibraryEntry(id=entry.id, state=EntryState.DRAFT, latest_version=0)
        session.add(row)
    row.latest_version += 1
    row.updated_at = now
    if row.published_version is None:
        row.topic, row.question = entry.topics[0], entry.question
    session.flush()
    body = body_of(entry)
    version = LibraryVersion(
        **version_values(entry.id, row.latest_version, body, digest_of(body), editor, now)
    )
    session.add(version)
    session.flush()
    return version


def raise_revision(session: Session) -> None:
    """Let every process know that something published has changed."""
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


def entry_yaml(session: Session, entry_id: str, version: int | None = None) -> str:
    """A version of an entry as authored YAML; the latest where none is named."""
    row = get_entry(session, entry_id)
    found = get_version(session, entry_id, version or row.latest_version)
    return to_yaml(Entry.model_validate(found.body))


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
        EntryExists: A new entry has the id of another.
        EntryChanged: Somebody saved another version meanwhile.
        EntryMoveNotAllowed: The entry is retired.
    """
    entry, faults = parse(yaml_text, Entry, "条目")
    if entry is None:
        raise BrokenEntry(faults=[str(fault) for fault in faults], reason=str(faults[0]))
    cited = cited_documents(entry)
    known = session.scalars(select(LibraryDocument.id).where(LibraryDocument.id.in_(cited)))
    missing = sorted(set(cited) - set(known))
    if missing:
        raise BrokenEntry(faults=missing, reason=f"没有登记的文件：{'、'.join(missing)}")
    row = session.get(LibraryEntry, entry.id, with_for_update=True)
    if row is not None and base_version is None:
        raise EntryExists(entry=entry.id, version=row.latest_version)
    if (row.latest_version if row else None) != base_version:
        raise EntryChanged(entry=entry.id, version=row.latest_version if row else None)
    if row is not None and row.state is EntryState.RETIRED:
        why = say("refusals", "retired")
        raise EntryMoveNotAllowed(entry=entry.id, state=row.state.value, why=why)
    version = add_version(session, entry, editor=editor, now=now)
    write_entry_audit(session, "saved", version, editor, now)
    return get_entry(session, entry.id)


def write_entry_audit(
    session: Session,
    verb: str,
    version: LibraryVersion,
    officer: str | None,
    now: datetime,
    **data: Any,
) -> None:
    """Write down a deed done to an entry; without an officer it was the system's."""
    write_audit(
        session,
        actor=f"staff:{officer}" if officer else "system",
        deed=f"knowledge_base.entry.{verb}",
        subject=f"entry:{version.entry_id}",
        now=now,
        version=version.version,
        **data,
    )
