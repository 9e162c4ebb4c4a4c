"""How far the gate is with a release, and what it found (发布的检验)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.due_work import file_work
from knowledge_base.release_rows import get_release, write_release_audit
from knowledge_base.release_tables import LibraryRelease, ReleaseState

#: The kind of due work that measures a release.
MEASURE = "knowledge_base.measure_release"


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
