"""Review by two people (两人审核): a version is submitted, approved as it reads, or returned.

An approval is of the rendered text. Where a figure or a document changes meanwhile the text reads
otherwise, and the approval no longer counts.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.errors import Conflict
from knowledge_base.moves import begin
from knowledge_base.rendering import Rendering
from knowledge_base.standing import Review, Standing
from knowledge_base.store import get_version, write_entry_audit
from knowledge_base.tables import (
    EntryState,
    LibraryApproval,
    LibraryEntry,
    LibraryRendering,
    LibraryVersion,
)


class RenderingChanged(Conflict):
    """The text to be approved reads otherwise than on the reviewer's screen (送审文本已变)."""

    code = "rendering_changed"


def submit(
    session: Session, entry_id: str, *, version: int, note: str, officer: str, now: datetime
) -> None:
    """Put the latest version before the reviewers; what is answered stays as it is.

    Raises:
        EntryChanged: There is a newer version.
        EntryMoveNotAllowed: Another version is in review, or nothing is to be reviewed.
    """
    standing = begin(session, entry_id, "submit", version=version, officer=officer)
    found = get_version(session, entry_id, version)
    session.execute(delete(LibraryApproval).where(LibraryApproval.version_id == found.id))
    open_review(standing.row, found, note=note, officer=officer, now=now)
    write_entry_audit(session, "submitted", found, officer, now, note=note)


def open_review(
    row: LibraryEntry,
    version: LibraryVersion,
    *,
    note: str,
    officer: str | None,
    now: datetime,
) -> None:
    """Let a version be the one in review."""
    version.submitted_by, version.submitted_at, version.note = officer, now, note
    version.returned_by = version.returned_at = version.return_reason = version.missed = None
    row.review_version, row.updated_at = version.version, now
    if row.state is EntryState.DRAFT:
        row.state = EntryState.IN_REVIEW


def withdraw(session: Session, entry_id: str, *, version: int, officer: str, now: datetime) -> None:
    """Take a version out of review to work on it; its approvals are gone.

    Raises:
        EntryChanged: Another version is in review.
        EntryMoveNotAllowed: Nothing is in review.
    """
    standing = begin(session, entry_id, "withdraw", version=version, officer=officer)
    _close_review(standing, now)
    write_entry_audit(session, "withdrawn", _reviewed(standing).version, officer, now)


def return_to_draft(
    session: Session, entry_id: str, *, version: int, reason: str, officer: str, now: datetime
) -> None:
    """Give a version back to its writer with a reason; its approvals are gone.

    Raises:
        EntryChanged: Another version is in review.
        EntryMoveNotAllowed: Nothing is in review, or the officer wrote it.
    """
    standing = begin(session, entry_id, "return", version=version, officer=officer)
    found = _reviewed(standing).version
    found.returned_by, found.returned_at, found.return_reason = officer, now, reason
    _close_review(standing, now)
    write_entry_audit(session, "returned", found, officer, now, reason=reason)


def _reviewed(standing: Standing) -> Review:
    review = standing.review
    assert review is not None, "the move was allowed without a review"
    return review


def _close_review(standing: Standing, now: datetime) -> None:
    row = standing.row
    _reviewed(standing).version.publish_at = None
    row.review_version, row.updated_at = None, now
    if row.state is EntryState.IN_REVIEW:
        row.state = EntryState.DRAFT


def approve(
    session: Session, entry_id: str, *, version: int, rendering: str, officer: str, now: datetime
) -> int:
    """Approve the version in review as it reads.

    Args:
        session: Open session.
        entry_id: The entry.
        version: The version on the reviewer's screen.
        rendering: The digest of the text on the reviewer's screen.
        officer: Who approves; none of the version's writers.
        now: The moment.

    Returns:
        How many approvals are still missing.

    Raises:
        EntryChanged: Another version is in review.
        EntryMoveNotAllowed: Nothing is in review, the officer wrote it or has approved already.
        RenderingChanged: A figure or a document changed since the text was shown.
    """
    standing = begin(session, entry_id, "approve", version=version, officer=officer)
    review = _reviewed(standing)
    if rendering != review.rendering.digest:
        raise RenderingChanged(entry=entry_id, version=version, rendering=review.rendering.digest)
    _keep(session, review.rendering)
    approval = session.scalar(
        select(LibraryApproval).where(
            LibraryApproval.version_id == review.version.id, LibraryApproval.officer == officer
        )
    )
    if approval is None:
        approval = LibraryApproval(version_id=review.version.id, officer=officer)
        session.add(approval)
    approval.rendering, approval.at = rendering, now
    standing.row.updated_at = now
    session.flush()
    write_entry_audit(session, "approved", review.version, officer, now, rendering=rendering)
    return max(review.missing - 1, 0)


def _keep(session: Session, rendering: Rendering) -> None:
    """Keep the approved text, so that what was approved can be read for good."""
    if session.get(LibraryRendering, rendering.digest) is None:
        session.add(LibraryRendering(digest=rendering.digest, text=rendering.text))
        session.flush()


def approved_text(session: Session, digest: str) -> str | None:
    """The text that was approved under a digest."""
    row = session.get(LibraryRendering, digest)
    return row.text if row else None
