"""One entry of a release taken back (条目回退): the text before it again, or silence."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from knowledge_base.answering import fall_silent, go_live
from knowledge_base.life_cycle import Check
from knowledge_base.release_rows import answered_version
from knowledge_base.release_tables import LibraryReleaseEntry
from knowledge_base.review import open_review
from knowledge_base.schema import Entry
from knowledge_base.standing import Standing
from knowledge_base.store import add_version, get_entry, get_version, write_entry_audit
from knowledge_base.tables import EntryState, LibraryEntry, LibraryVersion

#: Remarks: it was changed since and left alone; its old text waits for review.
LEFT, IN_REVIEW = "left", "in_review"


def would_take_back(session: Session, item: LibraryReleaseEntry) -> bool:
    """Tell whether an entry is still answered as the release left it."""
    row = get_entry(session, item.entry_id)
    if row.state is EntryState.RETIRED or item.remark == LEFT:
        return False
    return answered_version(row) == item.version and item.version != item.before


def take_back(
    session: Session,
    item: LibraryReleaseEntry,
    *,
    reason: str,
    officer: str,
    now: datetime,
    check: Check,
) -> LibraryReleaseEntry:
    """Take one entry of a release back.

    Returns:
        What became of it, as an entry of the roll-back that is yet to be added.
    """
    row = session.get_one(LibraryEntry, item.entry_id, with_for_update=True)
    back = LibraryReleaseEntry(entry_id=row.id, before=answered_version(row))
    if not would_take_back(session, item):
        back.version, back.remark = back.before, LEFT
        return back
    source = get_version(session, row.id, item.before) if item.before is not None else None
    if source is None:
        _silence(session, row, reason=reason, officer=officer, now=now)
    elif Standing(session, row).reads_as_published(source) and not _faults(session, source, check):
        back.version = _again(session, row, source, reason=reason, officer=officer, now=now)
    else:
        _silence(session, row, reason=reason, officer=officer, now=now)
        _review(session, row, source, reason=reason, officer=officer, now=now)
        back.remark = IN_REVIEW
    return back


def _faults(session: Session, source: LibraryVersion, check: Check) -> bool:
    return bool(check(session, Entry.model_validate(source.body)))


def _again(
    session: Session,
    row: LibraryEntry,
    source: LibraryVersion,
    *,
    reason: str,
    officer: str,
    now: datetime,
) -> int:
    """Answer with an earlier text again, as a new version."""
    new = _copy(session, source, officer, now)
    go_live(session, row, new, verb="rolled_back", officer=officer, now=now, reason=reason)
    write_entry_audit(
        session, "rolled_back", new, officer, now, to=source.version, reason=reason, published=True
    )
    return new.version


def _copy(session: Session, source: LibraryVersion, officer: str, now: datetime) -> LibraryVersion:
    new = add_version(session, Entry.model_validate(source.body), editor=officer, now=now)
    new.rolls_back = source.version
    return new


def _silence(
    session: Session, row: LibraryEntry, *, reason: str, officer: str, now: datetime
) -> None:
    """Answer with the entry no more; a plan to publish another version is called off."""
    if row.published_version is None:
        return
    if row.review_version is not None:
        get_version(session, row.id, row.review_version).publish_at = None
    found = get_version(session, row.id, row.published_version)
    state = EntryState.SUSPENDED
    fall_silent(session, row, state, verb="suspended", officer=officer, now=now, reason=reason)
    write_entry_audit(session, "suspended", found, officer, now, reason=reason)


def _review(
    session: Session,
    row: LibraryEntry,
    source: LibraryVersion,
    *,
    reason: str,
    officer: str,
    now: datetime,
) -> None:
    """Put the old text before the reviewers, unless another version is there already."""
    new = _copy(session, source, officer, now)
    if row.review_version is None:
        open_review(row, new, note=reason, officer=officer, now=now)
    write_entry_audit(
        session, "rolled_back", new, officer, now, to=source.version, reason=reason, published=False
    )
