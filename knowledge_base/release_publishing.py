"""Releases that change what is answered (整批发布与回退): all entries at once, or none.

A release goes out only as it was measured. Taking one back is a release of its own, made at once
and measured afterwards: nothing may stand in its way.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict, ServiceError
from knowledge_base.life_cycle import Check, publish
from knowledge_base.release_measuring import file_measuring
from knowledge_base.release_rows import (
    ReleaseNotAllowed,
    add_release,
    answered_version,
    decide,
    entries_of,
    get_release,
    next_number,
    write_release_audit,
)
from knowledge_base.release_tables import (
    LibraryRelease,
    LibraryReleaseEntry,
    ReleaseKind,
    ReleaseState,
)
from knowledge_base.releases import get_candidate
from knowledge_base.sentences import say
from knowledge_base.store import current_revision, get_entry
from knowledge_base.tables import LibraryRevision
from knowledge_base.taking_back import LEFT, take_back, would_take_back


class ReleaseEntryRefused(Conflict):
    """One entry of the release may not be published now, so none is (有条目不能发布)."""

    code = "release_entry_refused"


class ReleaseGateFailed(ServiceError):
    """The gate found that questions would be answered worse (检验未通过)."""

    code = "release_gate_failed"
    status = 422


def publish_release(
    session: Session,
    release_id: int,
    *,
    officer: str,
    now: datetime,
    check: Check,
    against_the_gate: str | None = None,
) -> LibraryRelease:
    """Answer with every version of a measured candidate from now on.

    Args:
        session: Open session.
        release_id: The candidate.
        officer: Who publishes it.
        now: The moment.
        check: Finds what stands against publishing an entry.
        against_the_gate: Why it goes out although the gate failed; kept and shown for good.

    Raises:
        ReleaseUnknown: There is no such release.
        ReleaseNotAllowed: It was decided about, is not measured, or the library changed since.
        ReleaseGateFailed: The gate failed and no reason against it is given.
        ReleaseEntryRefused: An entry lacks approvals, has errors or another version in review.
    """
    lock_library(session)
    release = get_candidate(session, release_id)
    _check_measured(session, release)
    assert release.verdict is not None
    failed = not release.verdict["passed"]
    if failed and against_the_gate is None:
        raise gate_failed(release.verdict)
    release.number = next_number(session)
    for item in entries_of(session, release.id):
        _publish_entry(session, item, officer=officer, now=now, check=check)
    release.is_override = failed
    reason = against_the_gate if failed else None
    decide(release, ReleaseState.PUBLISHED, officer=officer, now=now, reason=reason)
    write_release_audit(session, "published", release, officer, now, override=failed, reason=reason)
    return release


def lock_library(session: Session) -> None:
    """Let one release at a time change what is answered."""
    session.execute(select(LibraryRevision).with_for_update())


def _check_measured(session: Session, release: LibraryRelease) -> None:
    if release.state is not ReleaseState.MEASURED:
        why = say("releases", "measuring")
    elif release.verdict is None:
        why = say("releases", "not_measured", fault=release.fault or "")
    elif release.revision != current_revision(session):
        why = say("releases", "outdated")
    else:
        return
    raise ReleaseNotAllowed(release=release.id, why=why)


def gate_failed(verdict: dict[str, Any]) -> ReleaseGateFailed:
    """The error for a verdict that did not pass, naming measures and questions."""
    dropped = [each["label"] for each in verdict["measures"] if each["dropped"]]
    worse = [each["text"] for each in verdict["worse"] if each["dropped"]]
    return ReleaseGateFailed(measures="、".join(dropped), questions="；".join(worse))


def _publish_entry(
    session: Session, item: LibraryReleaseEntry, *, officer: str, now: datetime, check: Check
) -> None:
    item.before = answered_version(get_entry(session, item.entry_id))
    assert item.version is not None
    try:
        publish(session, item.entry_id, version=item.version, officer=officer, now=now, check=check)
    except ServiceError as error:
        why = error.details.get("why") or error.details.get("reason") or say("releases", "changed")
        raise ReleaseEntryRefused(entry=item.entry_id, why=why) from error


def publish_one(
    session: Session,
    entry_id: str,
    *,
    version: int,
    verdict: dict[str, Any],
    officer: str,
    now: datetime,
    check: Check,
) -> None:
    """Publish one entry as a release of its own, measured just before.

    Raises:
        ReleaseGateFailed: The gate failed.
        EntryChanged: Another version is in review.
        EntryMoveNotAllowed: It lacks approvals that count, or is not in review any more.
        EntryHasFaults: The check finds errors.
    """
    if not verdict["passed"]:
        raise gate_failed(verdict)
    lock_library(session)
    before, revision = answered_version(get_entry(session, entry_id)), current_revision(session)
    publish(session, entry_id, version=version, officer=officer, now=now, check=check)
    release = add_release(session, ReleaseKind.FORWARD, note="", officer=officer, now=now)
    release.number, release.verdict = next_number(session), verdict
    release.revision, release.measured_at = revision, now
    release.asked = release.total = verdict["questions"]
    decide(release, ReleaseState.PUBLISHED, officer=officer, now=now)
    session.add(
        LibraryReleaseEntry(
            release_id=release.id, entry_id=entry_id, version=version, before=before
        )
    )
    session.flush()
    write_release_audit(session, "published", release, officer, now, entry=entry_id)


def roll_back_release(
    session: Session, release_id: int, *, reason: str, officer: str, now: datetime, check: Check
) -> LibraryRelease:
    """Bring every entry of a release back to what was answered before it, at once.

    What was changed since is left alone. What was silent before is suspended. A text that would
    not read as it was approved is not told again: the entry is suspended and the text in review.

    Returns:
        The roll-back, a release of its own that is measured afterwards.

    Raises:
        ReleaseUnknown: There is no such release.
        ReleaseNotAllowed: It was not published, or every entry of it was changed since.
    """
    lock_library(session)
    taken = get_release(session, release_id, lock=True)
    items = entries_of(session, release_id)
    if taken.state is not ReleaseState.PUBLISHED or taken.number is None:
        raise ReleaseNotAllowed(release=release_id, why=say("releases", "not_published"))
    if not any(would_take_back(session, item) for item in items):
        raise ReleaseNotAllowed(release=release_id, why=say("releases", "nothing_to_bring_back"))
    release = add_release(session, ReleaseKind.ROLL_BACK, note="", officer=officer, now=now)
    release.number, release.rolls_back = next_number(session), taken.id
    told = say("releases", "cause", number=taken.number, reason=reason)
    for item in items:
        back = take_back(session, item, reason=told, officer=officer, now=now, check=check)
        back.release_id = release.id
        session.add(back)
    decide(release, ReleaseState.PUBLISHED, officer=officer, now=now, reason=reason)
    file_measuring(session, release, now)
    session.flush()
    left = sum(each.remark == LEFT for each in entries_of(session, release.id))
    write_release_audit(
        session, "rolled_back", release, officer, now, of=taken.number, reason=reason, left=left
    )
    return release
