"""Candidates of a release (待发布的一批): gathered, measured, discarded.

What is approved and waits is gathered into one candidate; the gate measures it as due work, and
only what was measured goes out. Nothing here changes what is answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.due_work import file_work
from core.errors import Conflict, InvalidInput, NotFound
from knowledge_base.release_tables import (
    LibraryRelease,
    LibraryReleaseEntry,
    ReleaseKind,
    ReleaseState,
)
from knowledge_base.sentences import say
from knowledge_base.standing import Standing
from knowledge_base.tables import EntryState, LibraryEntry, LibraryVersion

#: The kind of due work that measures a release.
MEASURE = "knowledge_base.measure_release"
#: So many entries go out together at most; more are gathered next time.
MOST_ENTRIES = 300
_ONLY_SLOT = 1


class ReleaseUnknown(NotFound):
    """No release has that id (没有这次发布)."""

    code = "release_unknown"


class ReleaseOpen(Conflict):
    """Somebody else has a candidate open already (已有待发布的一批)."""

    code = "release_open"


class ReleaseNotAllowed(Conflict):
    """The release's state does not allow that; the details say why (发布状态不允许)."""

    code = "release_not_allowed"


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


def answered_version(row: LibraryEntry) -> int | None:
    """The version that people are answered with, None where the entry is silent."""
    return row.published_version if row.state is EntryState.PUBLISHED else None


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


def file_measuring(session: Session, release: LibraryRelease, now: datetime) -> None:
    """Have a release measured, anew where it was before."""
    release.run += 1
    release.asked = release.total = 0
    release.verdict = release.fault = release.measured_at = release.revision = None
    payload = {"release": release.id, "run": release.run}
    key = measuring_key(release.id, release.run)
    file_work(session, kind=MEASURE, key=key, due_at=now, payload=payload)


def measuring_key(release_id: int, run: int) -> str:
    """The key of the due work that measures a release."""
    return f"{release_id}:{run}"


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


def get_release(session: Session, release_id: int, *, lock: bool = False) -> LibraryRelease:
    """Return a release.

    Raises:
        ReleaseUnknown: There is none with that id.
    """
    release = session.get(LibraryRelease, release_id, with_for_update=lock or None)
    if release is None:
        raise ReleaseUnknown(release=release_id)
    return release


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


def note_progress(session: Session, release_id: int, *, run: int, asked: int, total: int) -> bool:
    """Write down how far the gate is.

    Returns:
        False where that run is not wanted any more.
    """
    touched = session.execute(
        update(LibraryRelease)
        .where(
            LibraryRelease.id == release_id,
            LibraryRelease.run == run,
            LibraryRelease.measured_at.is_(None),
            LibraryRelease.state != ReleaseState.DISCARDED,
        )
        .values(asked=asked, total=total)
    )
    return bool(touched.rowcount)  # type: ignore[attr-defined]


def note_verdict(
    session: Session,
    release_id: int,
    *,
    run: int,
    revision: int,
    verdict: dict[str, Any] | None,
    fault: str | None,
    now: datetime,
) -> bool:
    """Write down what the gate found, or why it could not be asked.

    Returns:
        False where that run is not wanted any more.
    """
    release = get_release(session, release_id, lock=True)
    if release.run != run or release.state is ReleaseState.DISCARDED or release.measured_at:
        return False
    release.verdict, release.fault = verdict, fault
    release.revision, release.measured_at = revision, now
    if release.state is ReleaseState.MEASURING:
        release.state = ReleaseState.MEASURED
    passed = bool(verdict and verdict["passed"])
    write_release_audit(session, "measured", release, None, now, passed=passed, revision=revision)
    return True


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
