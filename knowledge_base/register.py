"""The register of documents (文件登记): what rests on a document, and documents that end.

A document is ended at once and by one person, because that only silences what rests on it; it is
brought back by somebody else. Every function takes a session and leaves the commit to its caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.clock import china_date
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from knowledge_base.force import ENDED, WHOLE
from knowledge_base.ground import note_documents
from knowledge_base.register_tables import DocumentEnding
from knowledge_base.schema import Document, DocumentState
from knowledge_base.store import raise_revision
from knowledge_base.tables import LibraryDocument


class DocumentUnknown(NotFound):
    """No document of the register has that id (没有登记这份文件)."""

    code = "document_unknown"


class DocumentExists(Conflict):
    """Another document of the register has that id (文件编号已被使用)."""

    code = "document_exists"


class DocumentEndedAlready(Conflict):
    """Somebody ended it at the desk before; that has to be undone first (文件已停用)."""

    code = "document_ended_already"


class DocumentNotEnded(Conflict):
    """It was not ended at the desk, so there is nothing to undo (文件没有停用)."""

    code = "document_not_ended"


class UndoneByYourself(NotAllowed):
    """Whoever ended a document does not bring it back (须由他人恢复)."""

    code = "undone_by_yourself"


@dataclass(frozen=True)
class Ending:
    """How a document ends: the last day in force, the clauses if only some, what replaces it."""

    state: DocumentState
    reason: str
    ended_on: date | None = None
    clauses: tuple[str, ...] = ()
    replaced_by: str | None = None


def get_document(session: Session, document_id: str) -> Document:
    """Return a document of the register as it stands.

    Raises:
        DocumentUnknown: There is none.
    """
    row = session.get(LibraryDocument, document_id)
    if row is None:
        raise DocumentUnknown(document=document_id)
    return Document.model_validate(row.body)


def register_document(
    session: Session, document: Document, *, editor: str, now: datetime, **data: Any
) -> None:
    """Put a new document on register (登记文件).

    Args:
        session: Open session.
        document: The document.
        editor: Login of the editor.
        now: The moment.
        **data: What else the audit trail should tell.

    Raises:
        DocumentExists: Another one has its id.
    """
    if session.get(LibraryDocument, document.id) is not None:
        raise DocumentExists(document=document.id)
    session.add(LibraryDocument(id=document.id, body=document.model_dump(mode="json")))
    session.flush()
    raise_revision(session)
    _audit(session, "registered", document.id, editor, now, number=document.number, **data)


def end_document(
    session: Session, document_id: str, ending: Ending, *, editor: str, now: datetime
) -> DocumentEnding:
    """End a document; from now on nothing that rests on it is said for later days (停用文件).

    Raises:
        DocumentUnknown: There is none, or none that replaces it.
        DocumentEndedAlready: It was ended at the desk before.
        InvalidInput: The state does not end a document, or names clauses that it cannot.
    """
    _check(session, document_id, ending)
    row = session.get(LibraryDocument, document_id, with_for_update=True)
    if row is None:
        raise DocumentUnknown(document=document_id)
    standing = find_ending(session, document_id)
    if standing is not None:
        raise DocumentEndedAlready(document=document_id, ended_by=standing.ended_by)
    before = row.body
    document = Document.model_validate(before)
    row.body = _ended(document, ending, china_date(now))
    made = DocumentEnding(
        document_id=document_id,
        state=ending.state.value,
        ended_on=ending.ended_on,
        clauses=list(ending.clauses),
        replaced_by=ending.replaced_by,
        reason=ending.reason,
        ended_by=editor,
        ended_at=now,
        body_before=before,
    )
    session.add(made)
    raise_revision(session)
    _audit(session, "ended", document_id, editor, now, state=made.state, reason=ending.reason)
    session.flush()
    note_documents(session, [(document, Document.model_validate(row.body))], now=now)
    return made


def _check(session: Session, document_id: str, ending: Ending) -> None:
    if ending.state not in ENDED:
        raise InvalidInput(field="state", reason="状态只能是部分失效、全文废止、停止执行")
    if ending.clauses and ending.state is not DocumentState.PARTLY_REPEALED:
        raise InvalidInput(field="clauses", reason="只有部分失效才写条款")
    if not ending.reason.strip():
        raise InvalidInput(field="reason", reason="请写明理由")
    if ending.replaced_by == document_id:
        raise InvalidInput(field="replaced_by", reason="文件不能由自己代替")
    if ending.replaced_by and session.get(LibraryDocument, ending.replaced_by) is None:
        raise DocumentUnknown(document=ending.replaced_by)


def _ended(document: Document, ending: Ending, today: date) -> dict[str, Any]:
    """The document as it stands once it has ended; an earlier end on file stays."""
    partly = ending.state is DocumentState.PARTLY_REPEALED
    last = ending.ended_on or today - timedelta(days=1)
    clauses = (*document.ended_clauses, *(ending.clauses or (WHOLE,))) if partly else ()
    changes = {
        "state": ending.state,
        "ended_on": last if document.ended_on is None else min(last, document.ended_on),
        "ended_clauses": tuple(dict.fromkeys(clauses)),
        "checked_on": today,
    }
    return document.model_copy(update=changes).model_dump(mode="json")


def undo_ending(
    session: Session, document_id: str, *, officer: str, reason: str, now: datetime
) -> None:
    """Bring a document back as it was before somebody else ended it (恢复文件).

    Raises:
        DocumentNotEnded: It was not ended at the desk.
        UndoneByYourself: ``officer`` ended it.
    """
    if not reason.strip():
        raise InvalidInput(field="reason", reason="请写明理由")
    row = session.get(LibraryDocument, document_id, with_for_update=True)
    ending = find_ending(session, document_id)
    if row is None or ending is None:
        raise DocumentNotEnded(document=document_id)
    if ending.ended_by == officer:
        raise UndoneByYourself(document=document_id)
    ended, row.body = Document.model_validate(row.body), ending.body_before
    ending.undone_by, ending.undone_at, ending.undo_reason = officer, now, reason
    raise_revision(session)
    _audit(session, "brought_back", document_id, officer, now, reason=reason)
    session.flush()
    note_documents(session, [(ended, Document.model_validate(row.body))], now=now)


def find_ending(session: Session, document_id: str) -> DocumentEnding | None:
    """What the desk decided about a document, while it holds."""
    return session.scalar(_holding().where(DocumentEnding.document_id == document_id))


def _holding() -> Any:
    return select(DocumentEnding).where(
        DocumentEnding.undone_at.is_(None), DocumentEnding.overtaken_at.is_(None)
    )


def kept_from_files(
    session: Session, bodies: Mapping[str, dict[str, Any]], *, now: datetime
) -> set[str]:
    """The documents that a load has to leave alone, because the desk ended them since.

    A file that says something new since then takes the place of what the desk decided.
    """
    kept = set()
    for ending in session.scalars(_holding()).all():
        body = bodies.get(ending.document_id)
        if body is None or _same(body, ending.body_before):
            kept.add(ending.document_id)
        else:
            ending.overtaken_at = now
            _audit(session, "file_changed", ending.document_id, None, now)
    return kept


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return Document.model_validate(one) == Document.model_validate(other)


def replacing(documents: Iterable[Document], document_id: str) -> list[str]:
    """The ids of the documents that replace one."""
    return sorted(each.id for each in documents if document_id in each.replaces)


def _audit(
    session: Session, verb: str, document_id: str, officer: str | None, now: datetime, **data: Any
) -> None:
    write_audit(
        session,
        actor=f"staff:{officer}" if officer else "system",
        deed=f"knowledge_base.document.{verb}",
        subject=f"document:{document_id}",
        now=now,
        **data,
    )
