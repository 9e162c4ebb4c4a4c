"""Rows of releases (发布记录): found, added, decided about, each deed in the audit trail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.errors import Conflict, NotFound
from knowledge_base.release_tables import (
    LibraryRelease,
    LibraryReleaseEntry,
    ReleaseKind,
    ReleaseState,
)
from knowledge_base.tables import EntryState, LibraryEntry, LibraryVersion


class ReleaseUnknown(NotFound):
    """No release has that id (没有这次发布)."""

    code = "release_unknown"


class ReleaseNotAllowed(Conflict):
    """The release's state does not allow that; the details say why (发布状态不允许)."""

    code = "release_not_allowed"


def add_release(
    session: Session, kind: ReleaseKind, *, note: str, officer: str, now: datetime
) -> LibraryRelease:
    """Add the row of a release that is to be measured."""
    release = LibraryRelease(
        kind=kind,
        state=ReleaseState.MEASURING,
        note=note,
        opened_by=officer,
        opened_at=now,
        run=0,
        asked=0,
        total=0,
        is_override=False,
    )
    session.add(release)
    session.flush()
    return release


def get_release(session: Session, release_id: int, *, lock: bool = False) -> LibraryRelease:
    """Return a release.

    Raises:
        ReleaseUnknown: There is none with that id.
    """
    release = session.get(LibraryRelease, release_id, with_for_update=lock or None)
    if release is None:
        raise ReleaseUnknown(release=release_id)
    return release


def entries_of(session: Session, release_id: int) -> list[LibraryReleaseEntry]:
    """The entries of a release, by id."""
    return list(
        session.scalars(
            select(LibraryReleaseEntry)
            .where(LibraryReleaseEntry.release_id == release_id)
            .order_by(LibraryReleaseEntry.entry_id)
        )
    )


def questions_of(session: Session, items: Sequence[LibraryReleaseEntry]) -> dict[str, str]:
    """The standard question of every entry, as its newest named version asks it."""
    wanted = {each.entry_id: each.version or each.before for each in items}
    rows = session.execute(
        select(LibraryVersion.entry_id, LibraryVersion.version, LibraryVersion.body).where(
            LibraryVersion.entry_id.in_(wanted)
        )
    )
    return {name: body["question"] for name, version, body in rows if wanted[name] == version}


def decide(
    release: LibraryRelease,
    state: ReleaseState,
    *,
    officer: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Let a release be a candidate no more."""
    release.state, release.slot = state, None
    release.decided_by, release.decided_at, release.reason = officer, now, reason


def next_number(session: Session) -> int:
    """The number of the next published release, from 1."""
    return (session.scalar(select(func.max(LibraryRelease.number))) or 0) + 1


def write_release_audit(
    session: Session,
    verb: str,
    release: LibraryRelease,
    officer: str | None,
    now: datetime,
    **data: Any,
) -> None:
    """Write down a deed done to a release; without an officer it was the system's."""
    write_audit(
        session,
        actor=f"staff:{officer}" if officer else "system",
        deed=f"knowledge_base.release.{verb}",
        subject=f"release:{release.id}",
        now=now,
        number=release.number,
        **data,
    )


def answered_version(row: LibraryEntry) -> int | None:
    """The version that people are answered with, None where the entry is silent."""
    return row.published_version if row.state is EntryState.PUBLISHED else None
