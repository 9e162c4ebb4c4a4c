"""The moves of an entry that change what is answered (条目生命周期): publish to retire.

Every function takes an open session and leaves the commit to its caller.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import ServiceError
from knowledge_base.answering import answer_again, fall_silent, go_live
from knowledge_base.moves import begin, not_allowed
from knowledge_base.rendering import render_entry
from knowledge_base.review import open_review
from knowledge_base.schema import Entry
from knowledge_base.sentences import say
from knowledge_base.standing import Standing
from knowledge_base.store import add_version, all_documents, get_version, write_entry_audit
from knowledge_base.tables import EntryState, LibraryEntry, LibraryVersion

#: Finds what stands against publishing an entry: ``{"message": …}`` for every error.
Check = Callable[[Session, Entry], list[dict[str, Any]]]


class EntryHasFaults(ServiceError):
    """The check of the entry found errors, so it is not published (校验未通过)."""

    code = "entry_has_faults"
    status = 422


def publish(
    session: Session, entry_id: str, *, version: int, officer: str, now: datetime, check: Check
) -> None:
    """Answer with the version in review from now on.

    Raises:
        EntryChanged: Another version is in review.
        EntryMoveNotAllowed: It lacks approvals that count, or is not in review any more.
        EntryHasFaults: The check finds errors.
    """
    standing = begin(session, entry_id, "publish", version=version, officer=officer)
    found = get_version(session, entry_id, version)
    check_faults(session, found, check)
    go_live(session, standing.row, found, verb="published", officer=officer, now=now)
    write_entry_audit(session, "published", found, officer, now)


def check_faults(session: Session, version: LibraryVersion, check: Check) -> None:
    """Let nothing be published that has errors.

    Raises:
        EntryHasFaults: It has; the details list them.
    """
    faults = check(session, Entry.model_validate(version.body))
    if faults:
        reason = faults[0]["message"].rstrip("。")
        raise EntryHasFaults(entry=version.entry_id, reason=reason, findings=faults)


def suspend(
    session: Session, entry_id: str, *, version: int, reason: str, officer: str, now: datetime
) -> None:
    """Stop answering with an entry at once; what was scheduled is called off.

    Raises:
        EntryChanged: Another version is answered.
        EntryMoveNotAllowed: It is not published.
    """
    standing = begin(session, entry_id, "suspend", version=version, officer=officer)
    _call_off(session, standing)
    state = EntryState.SUSPENDED
    fall_silent(
        session, standing.row, state, verb="suspended", officer=officer, now=now, reason=reason
    )
    found = get_version(session, entry_id, version)
    write_entry_audit(session, "suspended", found, officer, now, reason=reason)


def resume(
    session: Session, entry_id: str, *, version: int, reason: str, officer: str, now: datetime
) -> None:
    """Answer with a suspended entry again, with the same version as before.

    Raises:
        EntryChanged: Another version was answered last.
        EntryMoveNotAllowed: It is not suspended, or no longer reads as it was approved.
    """
    standing = begin(session, entry_id, "resume", version=version, officer=officer)
    answer_again(session, standing.row, officer=officer, now=now, reason=reason)
    found = get_version(session, entry_id, version)
    write_entry_audit(session, "resumed", found, officer, now, reason=reason)


def retire(
    session: Session, entry_id: str, *, version: int, reason: str, officer: str, now: datetime
) -> None:
    """Take an entry out for good; its versions stay for the record.

    Raises:
        EntryChanged: There is a newer version.
        EntryMoveNotAllowed: It is retired already.
    """
    standing = begin(session, entry_id, "retire", version=version, officer=officer)
    _call_off(session, standing)
    standing.row.review_version = standing.row.expires_on = None
    state = EntryState.RETIRED
    fall_silent(
        session, standing.row, state, verb="retired", officer=officer, now=now, reason=reason
    )
    found = get_version(session, entry_id, version)
    write_entry_audit(session, "retired", found, officer, now, reason=reason)


def _call_off(session: Session, standing: Standing) -> None:
    """A text that was to be published by itself later must not end a silence somebody ordered."""
    if standing.row.review_version is not None:
        found = get_version(session, standing.row.id, standing.row.review_version)
        found.publish_at = None


def roll_back(
    session: Session,
    entry_id: str,
    *,
    version: int,
    to: int,
    reason: str,
    officer: str,
    now: datetime,
    check: Check,
) -> bool:
    """Bring an earlier published version back, as a new version.

    Args:
        session: Open session.
        entry_id: The entry.
        version: The latest version, as the page shows it.
        to: The version to bring back.
        reason: Why.
        officer: Who does it.
        now: The moment.
        check: Finds what stands against publishing.

    Returns:
        True where it is answered now; False where it reads otherwise than when it was published
        and therefore went into review.

    Raises:
        EntryChanged: There is a newer version.
        EntryMoveNotAllowed: ``to`` was never published, or is answered now.
        EntryHasFaults: The check finds errors.
    """
    standing = begin(session, entry_id, "roll_back", version=version, officer=officer)
    row, source = standing.row, get_version(session, entry_id, to)
    _check_source(standing, source)
    unchanged = standing.reads_as_published(source)
    if not unchanged and row.review_version is not None:
        raise not_allowed(row, say("refusals", "review_open", version=row.review_version))
    check_faults(session, source, check)
    new = add_version(session, Entry.model_validate(source.body), editor=officer, now=now)
    new.rolls_back = to
    told = say("causes", "rolled_back", version=to, reason=reason)
    if unchanged:
        go_live(session, row, new, verb="rolled_back", officer=officer, now=now, reason=told)
    else:
        open_review(row, new, note=told, officer=officer, now=now)
    data = {"to": to, "reason": reason, "published": unchanged}
    write_entry_audit(session, "rolled_back", new, officer, now, **data)
    return unchanged


def _check_source(standing: Standing, source: LibraryVersion) -> None:
    row = standing.row
    if source.published_at is None:
        raise not_allowed(row, say("refusals", "not_answered_before", version=source.version))
    if standing.is_answered and row.published_version == source.version:
        raise not_allowed(row, say("refusals", "same_version", version=source.version))


def send_back_changed(session: Session, *, now: datetime) -> list[str]:
    """Send entries back to review that no longer read as they were published at the desk.

    They are not answered meanwhile. What came from files is not looked at: whoever changes a
    figure in the files answers for the entries in them.

    Returns:
        The ids of the entries.
    """
    documents = all_documents(session)
    rows = session.execute(
        select(LibraryEntry.id, LibraryVersion.body, LibraryVersion.wording)
        .join(
            LibraryVersion,
            (LibraryVersion.entry_id == LibraryEntry.id)
            & (LibraryVersion.version == LibraryEntry.published_version),
        )
        .where(LibraryEntry.state == EntryState.PUBLISHED, LibraryVersion.wording.is_not(None))
        .order_by(LibraryEntry.id)
    )
    changed = [
        entry_id
        for entry_id, body, wording in rows
        if render_entry(Entry.model_validate(body), documents).wording != wording
    ]
    return [entry_id for entry_id in changed if _send_back(session, entry_id, now)]


def _send_back(session: Session, entry_id: str, now: datetime) -> bool:
    """Send one entry back, unless another process has just done so."""
    row = session.get_one(LibraryEntry, entry_id, with_for_update=True)
    if row.state is not EntryState.PUBLISHED or row.published_version is None:
        return False
    found = get_version(session, entry_id, row.published_version)
    reason = say("causes", "sent_back")
    state = EntryState.IN_REVIEW
    fall_silent(session, row, state, verb="sent_back", officer=None, now=now, reason=reason)
    if row.review_version is None:
        open_review(row, found, note=reason, officer=None, now=now)
    write_entry_audit(session, "sent_back", found, None, now, reason=reason)
    return True
