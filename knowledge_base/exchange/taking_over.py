"""What a file brings, taken over as drafts (导入为草稿): all of it or nothing, never published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import write_audit
from knowledge_base.diff import diff_entries
from knowledge_base.exchange.columns import tables, words
from knowledge_base.exchange.faults import ExchangeRefused, Fault, fault
from knowledge_base.exchange.judge import Brought, Progress
from knowledge_base.rendering import cited_documents
from knowledge_base.schema import Document, Entry
from knowledge_base.store import (
    all_documents,
    body_of,
    digest_of,
    published_entries,
    raise_revision,
    version_values,
    write_entry_audit,
)
from knowledge_base.tables import EntryState, LibraryDocument, LibraryEntry, LibraryVersion

_TOGETHER = 500
#: What is there already: the row of an entry with its latest version.
Standing = dict[str, tuple[LibraryEntry, LibraryVersion]]


@dataclass(frozen=True)
class EntryChange:
    """One entry that the file changes: its new version, and which fields differ."""

    entry_id: str
    question: str
    version: int
    fields: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As the desk and the command line show it."""
        return {
            "id": self.entry_id,
            "question": self.question,
            "version": self.version,
            "fields": list(self.fields),
        }


@dataclass
class TakenOver:
    """What an import changes, or would change."""

    new: list[EntryChange] = field(default_factory=list)
    changed: list[EntryChange] = field(default_factory=list)
    unchanged: int = 0
    new_documents: list[str] = field(default_factory=list)
    changed_documents: dict[str, list[str]] = field(default_factory=dict)
    #: Cited by what is published: to change them is the register's business.
    kept_documents: dict[str, list[str]] = field(default_factory=dict)
    unchanged_documents: int = 0

    def to_json(self, most: int | None = None) -> dict[str, Any]:
        """As the desk and the command line show it; lists are cut after ``most``."""
        return {
            "entries": {
                "new": [each.to_json() for each in self.new[:most]],
                "changed": [each.to_json() for each in self.changed[:most]],
                "counts": {
                    "new": len(self.new),
                    "changed": len(self.changed),
                    "unchanged": self.unchanged,
                },
            },
            "documents": {
                "new": self.new_documents[:most],
                "changed": _listed(self.changed_documents)[:most],
                "kept": _listed(self.kept_documents)[:most],
                "counts": {
                    "new": len(self.new_documents),
                    "changed": len(self.changed_documents),
                    "kept": len(self.kept_documents),
                    "unchanged": self.unchanged_documents,
                },
            },
        }


def _listed(changes: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    return [{"id": name, "fields": list(fields)} for name, fields in changes.items()]


def registered_documents(session: Session) -> set[str]:
    """Ids of the documents on register, for reading a file."""
    return set(session.scalars(select(LibraryDocument.id)))


def take_over(
    session: Session,
    brought: Brought,
    *,
    source: str,
    editor: str,
    now: datetime,
    progress: Progress,
    dry_run: bool = False,
) -> TakenOver:
    """Save every entry that is new or differs from its latest version as a draft.

    What is published stays as it is. A document that published entries cite is not changed.

    Args:
        session: Open session; raising undoes everything.
        brought: What the file brings.
        source: Digest of the file, for the audit trail.
        editor: Login of the editor.
        now: The moment.
        progress: Told how many entries are done.
        dry_run: Only tell what would change, and write nothing.

    Raises:
        ExchangeRefused: The file has faults, or an entry of it is retired.
    """
    if brought.faults:
        raise ExchangeRefused(brought.faults)
    done = TakenOver()
    known = all_documents(session)
    different = _different(session, brought.documents, known, done)
    if not dry_run:
        _save_documents(session, different, done, source=source, editor=editor, now=now)
    documents = known | {document.id: document for document in different}
    faults: list[Fault] = []
    for start in range(0, len(brought.entries), _TOGETHER):
        chunk = brought.entries[start : start + _TOGETHER]
        standing = _standing(session, [entry.id for entry in chunk])
        versions = list(_versions(chunk, standing, documents, done, editor=editor, now=now))
        faults += _retired(versions, standing)
        if not faults and not dry_run:
            _save(session, versions, standing, source=source, editor=editor, now=now)
        progress("save", start + len(chunk), len(brought.entries))
    if faults:
        raise ExchangeRefused(faults)
    return done


def _standing(session: Session, ids: list[str]) -> Standing:
    rows = session.execute(
        select(LibraryEntry, LibraryVersion)
        .join(
            LibraryVersion,
            (LibraryVersion.entry_id == LibraryEntry.id)
            & (LibraryVersion.version == LibraryEntry.latest_version),
        )
        .where(LibraryEntry.id.in_(ids))
        .with_for_update(of=LibraryEntry)
    )
    return {entry.id: (entry, version) for entry, version in rows}


def _retired(versions: Sequence[tuple[Entry, LibraryVersion]], standing: Standing) -> list[Fault]:
    place = tables()["entries"].sheet
    return [
        fault(place, None, entry.id, "retired")
        for entry, _ in versions
        if entry.id in standing and standing[entry.id][0].state is EntryState.RETIRED
    ]


def _versions(
    chunk: Sequence[Entry],
    standing: Standing,
    documents: Mapping[str, Document],
    done: TakenOver,
    *,
    editor: str,
    now: datetime,
) -> Iterator[tuple[Entry, LibraryVersion]]:
    """The new versions, counted in ``done`` with what changes."""
    for entry in chunk:
        body = body_of(entry)
        digest = digest_of(body)
        row, latest = standing.get(entry.id, (None, None))
        if latest is not None and latest.digest == digest:
            done.unchanged += 1
            continue
        number = row.latest_version + 1 if row else 1
        if latest is None:
            done.new.append(EntryChange(entry.id, entry.question, number, ()))
        else:
            before = Entry.model_validate(latest.body)
            fields = _fields(before, entry, documents)
            done.changed.append(EntryChange(entry.id, entry.question, number, fields))
        values = version_values(entry.id, number, body, digest, editor, now)
        yield entry, LibraryVersion(**values)


def _fields(before: Entry, after: Entry, documents: Mapping[str, Document]) -> tuple[str, ...]:
    """What the fields that differ are called, each once."""
    changes = [each.to_json() for each in diff_entries(before, after, documents)]
    found = dict.fromkeys(str(each["label"]) for each in changes)
    return tuple(found) or (words()["order_changed"],)


def _save(
    session: Session,
    versions: Sequence[tuple[Entry, LibraryVersion]],
    standing: Standing,
    *,
    source: str,
    editor: str,
    now: datetime,
) -> None:
    for entry, version in versions:
        row, _ = standing.get(entry.id, (None, None))
        if row is None:
            row = LibraryEntry(id=entry.id, state=EntryState.DRAFT, latest_version=0)
            session.add(row)
        row.latest_version, row.updated_at = version.version, now
        if row.published_version is None:
            row.topic, row.question = entry.topics[0], entry.question
    session.flush()
    session.add_all([version for _, version in versions])
    session.flush()
    for _, version in versions:
        write_entry_audit(session, "saved", version, editor, now, imported=source)


def _different(
    session: Session,
    brought: Sequence[Document],
    known: Mapping[str, Document],
    done: TakenOver,
) -> list[Document]:
    """The documents to be registered or changed, counted in ``done``."""
    found = [each for each in brought if known.get(each.id) != each]
    done.unchanged_documents = len(brought) - len(found)
    is_known = any(each.id in known for each in found)
    cited = _cited_by_published(session) if is_known else set()
    taken = []
    for document in found:
        before = known.get(document.id)
        if before is None:
            done.new_documents.append(document.id)
        elif document.id in cited:
            done.kept_documents[document.id] = _document_fields(before, document)
            continue
        else:
            done.changed_documents[document.id] = _document_fields(before, document)
        taken.append(document)
    return taken


def _save_documents(
    session: Session,
    documents: Sequence[Document],
    done: TakenOver,
    *,
    source: str,
    editor: str,
    now: datetime,
) -> None:
    for document in documents:
        session.merge(LibraryDocument(id=document.id, body=document.model_dump(mode="json")))
        write_audit(
            session,
            actor=f"staff:{editor}",
            deed="knowledge_base.document.imported",
            subject=f"document:{document.id}",
            now=now,
            imported=source,
            fields=done.changed_documents.get(document.id, []),
        )
    if documents:
        raise_revision(session)


def _cited_by_published(session: Session) -> set[str]:
    return {name for entry, _ in published_entries(session) for name in cited_documents(entry)}


def _document_fields(before: Document, after: Document) -> list[str]:
    return [
        column.head
        for column in tables()["documents"].columns
        if getattr(before, column.field) != getattr(after, column.field)
    ]
