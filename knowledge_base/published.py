"""What is published now (已发布的内容), read from the database for a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge_base.schema import Entry
from knowledge_base.tables import EntryState, LibraryEntry, LibraryVersion

#: So many ids are named in one statement.
_BATCH = 500


def published_versions(session: Session) -> dict[str, int]:
    """Every entry that is answered with, and its version."""
    rows = session.execute(
        select(LibraryEntry.id, LibraryEntry.published_version)
        .where(
            LibraryEntry.state == EntryState.PUBLISHED,
            LibraryEntry.published_version.is_not(None),
        )
        .order_by(LibraryEntry.id)
    )
    return {name: version for name, version in rows if version is not None}


def entries_at(session: Session, versions: Mapping[str, int]) -> dict[str, Entry]:
    """The entries by id, each at the version named."""
    return {
        name: Entry.model_validate(body)
        for names in _batches(list(versions))
        for name, version, body in session.execute(
            select(LibraryVersion.entry_id, LibraryVersion.version, LibraryVersion.body).where(
                LibraryVersion.entry_id.in_(names)
            )
        )
        if versions[name] == version
    }


def _batches(names: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(names), _BATCH):
        yield names[start : start + _BATCH]
