"""What is published now (已发布的内容), read from the database for a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
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


@dataclass(frozen=True)
class Changes:
    """What is published now, and what of it is not what was published before."""

    versions: dict[str, int]  # every entry that is answered with
    news: dict[str, int]  # those that are new or have another version
    gone: frozenset[str]
    latest: datetime | None  # when an entry was touched last


def changes_since(session: Session, before: Mapping[str, int], latest: datetime | None) -> Changes:
    """Read what has changed since the last time, and not the whole of a large library.

    An entry that was touched later than all others is read. What that misses, as one clock may be
    behind another, shows in how many entries there are or in the sum of their versions; then, as at
    the first time, all of them are read.

    Args:
        session: Open session.
        before: What was published the last time.
        latest: When an entry had been touched last by then; None at the first time.
    """
    touched_last = session.scalar(select(func.max(LibraryEntry.updated_at)))
    if latest is not None:
        news, gone = _touched_since(session, before, latest)
        versions = {**before, **news}
        for name in gone:
            del versions[name]
        if (len(versions), sum(versions.values())) == _count_and_sum(session):
            return Changes(versions, news, gone, touched_last)
    versions = published_versions(session)
    news = {name: each for name, each in versions.items() if before.get(name) != each}
    return Changes(versions, news, frozenset(before.keys() - versions.keys()), touched_last)


def _touched_since(
    session: Session, before: Mapping[str, int], latest: datetime
) -> tuple[dict[str, int], frozenset[str]]:
    """The entries touched since that have another version now, and those no longer published."""
    rows = session.execute(
        select(LibraryEntry.id, LibraryEntry.state, LibraryEntry.published_version).where(
            LibraryEntry.updated_at > latest
        )
    )
    now = {
        name: version if state is EntryState.PUBLISHED else None for name, state, version in rows
    }
    news = {
        name: version
        for name, version in now.items()
        if version is not None and before.get(name) != version
    }
    return news, frozenset(name for name, each in now.items() if each is None and name in before)


def _count_and_sum(session: Session) -> tuple[int, int]:
    found = session.execute(
        select(
            func.count(LibraryEntry.published_version), func.sum(LibraryEntry.published_version)
        ).where(LibraryEntry.state == EntryState.PUBLISHED)
    ).one()
    return int(found[0]), int(found[1] or 0)


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
