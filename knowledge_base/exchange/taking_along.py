"""What of the library is taken along (导出内容): what is published, or the latest edits."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge_base.schema import Document, Entry
from knowledge_base.store import all_documents, published_entries
from knowledge_base.tables import EntryState, LibraryEntry, LibraryVersion

WHICH = ("published", "latest")


def library_of(session: Session, *, which: str) -> tuple[list[Entry], list[Document]]:
    """The entries with every document of the register.

    Args:
        session: Open session.
        which: ``published`` for what is answered now, ``latest`` for the last version of every
            entry that is not retired, drafts included.
    """
    if which == "published":
        entries = [entry for entry, _ in published_entries(session)]
    else:
        bodies = session.scalars(
            select(LibraryVersion.body)
            .join(LibraryEntry, LibraryEntry.id == LibraryVersion.entry_id)
            .where(
                LibraryEntry.latest_version == LibraryVersion.version,
                LibraryEntry.state != EntryState.RETIRED,
            )
        )
        entries = [Entry.model_validate(body) for body in bodies]
    return entries, list(all_documents(session).values())
