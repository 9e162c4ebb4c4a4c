"""Candidates of a release (待发布的一批): gathered, measured, discarded.

What is approved and waits is gathered into one candidate; the gate measures it as due work, and
only what was measured goes out. Nothing here changes what is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput
from knowledge_base.release_measuring import file_measuring
from knowledge_base.release_rows import (
    ReleaseNotAllowed,
    add_release,
    answered_version,
    decide,
    get_release,
    write_release_audit,
)
from knowledge_base.release_tables import (
    LibraryRelease,
    LibraryReleaseEntry,
    ReleaseKind,
    ReleaseState,
)
from knowledge_base.sentences import say
from knowledge_base.standing import Standing
from knowledge_base.tables import EntryState, LibraryEntry

#: So many entries go out together at most; more are gathered next time.
MOST_ENTRIES = 300
_ONLY_SLOT = 1


class ReleaseOpen(Conflict):
    """Somebody else has a candidate open already (已有待发布的一批)."""

    code = "release_open"


@dataclass(frozen=True)
class Waiting:
    """An approved version that waits to be published, beside what is answered now."""

    entry_id: str
    question: str
    version: int
    before: int | None
    publish_at: datetime | None


def list_waiting(session: Session) -> list[Waiting]:
    """Every version that has all its approvals, those with a plan of their own too."""
    rows = session.scalars(
        select(LibraryEntry)
        .where(
            LibraryEntry.review_version.is_not(None),
            LibraryEntry.state != EntryState.RETIRED,
        )
        .order_by(LibraryEntry.id)
    )
    found = []
    for row in rows:
        review = Standing(session, row).review
        if review is not None and not review.missing:
            found.append(
                Waiting(
                    entry_id=row.id,
                    question=review.version.body["question"],
                    version=review.version.version,
                    before=answered_version(row),
                    publish_at=review.version.publish_at,
                )
            )
    return found


def open_release(
    session: Session,
    *,
    note: str,
    officer: str,
    now: datetime,
    entries: Sequence[str] | None = None,
) -> LibraryRelease:
    """Gather what is approved and waits, and have it measured.

    Args:
        session: Open session.
        note: What the release is about.
        officer: Who gathers it.
        now: The moment.
        entries: Only these of what waits; without it everything that has no plan of its own.

    Raises:
        ReleaseOpen: There is a candidate already; its opener is named.
        InvalidInput: Nothing waits, or an entry that was asked for does not.
    """
    _check_slot(session)
    waiting = {each.entry_id: each for each in list_waiting(session) if each.publish_at is None}
    if strange := sorted(set(entries or ()) - waiting.keys()):
        reason = say("releases", "not_waiting", entries="、".join(strange))
        raise InvalidInput(field="entries", reason=reason)
    chosen = [waiting[name] for name in sorted(entries or waiting)][:MOST_ENTRIES]
    if not chosen:
        raise InvalidInput(field="entries", reason=say("releases", "nothing_waits"))
    release = add_release(session, ReleaseKind.FORWARD, note=note, officer=officer, now=now)
    _take_slot(session, release)
    for each in chosen:
        session.add(
            LibraryReleaseEntry(
                release_id=release.id,
                entry_id=each.entry_id,
                version=each.version,
                before=each.before,
            )
        )
    session.flush()
    file_measuring(session, release, now)
    write_release_audit(session, "opened", release, officer, now, entries=len(chosen))
    return release


def _check_slot(session: Session) -> None:
    if (found := find_candidate(session)) is not None:
        raise ReleaseOpen(release=found.id, by=found.opened_by)


def _take_slot(session: Session, release: LibraryRelease) -> None:
    """Be the only candidate; of two who try at once the database lets one through."""
    release.slot = _ONLY_SLOT
    try:
        session.flush()
    except IntegrityError as error:
        raise ReleaseOpen(release=None, by=None) from error


def find_candidate(session: Session) -> LibraryRelease | None:
    """The release that is neither published nor discarded, if there is one."""
    return session.scalar(select(LibraryRelease).where(LibraryRelease.slot == _ONLY_SLOT))


def measure_again(session: Session, release_id: int, *, officer: str, now: datetime) -> None:
    """Have a candidate measured once more, because the library or an entry of it changed.

    Raises:
        ReleaseUnknown: There is no such release.
        ReleaseNotAllowed: It is no candidate any more.
    """
    release = get_candidate(session, release_id)
    release.state = ReleaseState.MEASURING
    file_measuring(session, release, now)
    write_release_audit(session, "measured_again", release, officer, now)


def discard_release(
    session: Session, release_id: int, *, reason: str, officer: str, now: datetime
) -> None:
    """Give a candidate up; its entries wait as before.

    Raises:
        ReleaseUnknown: There is no such release.
        ReleaseNotAllowed: It is no candidate any more.
    """
    release = get_candidate(session, release_id)
    decide(release, ReleaseState.DISCARDED, officer=officer, now=now, reason=reason)
    write_release_audit(session, "discarded", release, officer, now, reason=reason)


def get_candidate(session: Session, release_id: int) -> LibraryRelease:
    """Return a release that is neither published nor discarded, locked.

    Raises:
        ReleaseUnknown: There is none with that id.
        ReleaseNotAllowed: It was decided about; the details say by whom.
    """
    release = get_release(session, release_id, lock=True)
    if release.slot is None:
        raise ReleaseNotAllowed(
            release=release.id, why=say("releases", release.state.value), by=release.decided_by
        )
    return release
