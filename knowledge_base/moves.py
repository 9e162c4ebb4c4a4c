"""What may be done with an entry now (可做的操作), and for what may not, why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from knowledge_base.sentences import label, say
from knowledge_base.standing import APPROVALS_NEEDED, Standing
from knowledge_base.store import EntryChanged, EntryMoveNotAllowed, EntryUnknown
from knowledge_base.tables import EntryState, LibraryEntry

#: The name of a refusal and the values of its sentence; None where nothing stands against it.
Refusal = tuple[str, dict[str, Any]] | None


def _submit(standing: Standing, _: str) -> Refusal:
    row = standing.row
    if row.review_version is not None:
        return "review_open", {"version": row.review_version}
    if standing.is_answered and row.published_version == row.latest_version:
        return "already_answered", {}
    return None


def _in_review(standing: Standing, _: str) -> Refusal:
    return ("not_in_review", {}) if standing.review is None else None


def _of_others(standing: Standing, officer: str) -> Refusal:
    if standing.review is None:
        return "not_in_review", {}
    return ("own_text", {}) if officer in standing.review.writers else None


def _approve(standing: Standing, officer: str) -> Refusal:
    if refused := _of_others(standing, officer):
        return refused
    if standing.review and officer in standing.review.holding:
        return "approved_already", {}
    return None


def _publish(standing: Standing, _: str) -> Refusal:
    review = standing.review
    if review is None:
        return "not_in_review", {}
    if not review.missing:
        return None
    outdated = sum(not each.holds for each in review.approvals)
    values = {"missing": review.missing, "needed": APPROVALS_NEEDED, "outdated": outdated}
    return ("outdated_approvals" if outdated else "too_few_approvals"), values


def _schedule(standing: Standing, officer: str) -> Refusal:
    if standing.review and standing.review.version.publish_at is not None:
        return "already_scheduled", {}
    return _publish(standing, officer)


def _cancel_schedule(standing: Standing, _: str) -> Refusal:
    review = standing.review
    return None if review and review.version.publish_at is not None else ("not_scheduled", {})


def _answered(standing: Standing, _: str) -> Refusal:
    if standing.is_answered:
        return None
    return "not_published", {"state": label("states", standing.row.state.value)}


def _cancel_expiry(standing: Standing, _: str) -> Refusal:
    return ("no_expiry", {}) if standing.row.expires_on is None else None


def _resume(standing: Standing, _: str) -> Refusal:
    row = standing.row
    if row.state is not EntryState.SUSPENDED:
        return "not_suspended", {"state": label("states", row.state.value)}
    if row.published_version is None:
        return "never_published", {}
    return None if standing.is_wording_kept else ("wording_changed", {})


def _retire(_: Standing, __: str) -> Refusal:
    return None


def _roll_back(standing: Standing, _: str) -> Refusal:
    return None if standing.earlier else ("nothing_earlier", {})


#: Every move with its rule, and the version that the page must have seen.
_MOVES: dict[str, tuple[Callable[[Standing, str], Refusal], str]] = {
    "submit": (_submit, "latest_version"),
    "withdraw": (_in_review, "review_version"),
    "return": (_of_others, "review_version"),
    "approve": (_approve, "review_version"),
    "publish": (_publish, "review_version"),
    "schedule": (_schedule, "review_version"),
    "cancel_schedule": (_cancel_schedule, "review_version"),
    "suspend": (_answered, "published_version"),
    "resume": (_resume, "published_version"),
    "expire": (_answered, "published_version"),
    "cancel_expiry": (_cancel_expiry, "latest_version"),
    "roll_back": (_roll_back, "latest_version"),
    "retire": (_retire, "latest_version"),
}
MOVES = tuple(_MOVES)


def refusal(standing: Standing, verb: str, officer: str) -> str | None:
    """Why an officer may not make a move now, in Chinese; None where they may."""
    if standing.row.state is EntryState.RETIRED:
        return say("refusals", "retired")
    refused = _MOVES[verb][0](standing, officer)
    return say("refusals", refused[0], **refused[1]) if refused else None


def version_for(row: LibraryEntry, verb: str) -> int | None:
    """The version that a move is about: the page sends the one it shows."""
    return getattr(row, _MOVES[verb][1])


def begin(session: Session, entry_id: str, verb: str, *, version: int, officer: str) -> Standing:
    """Lock an entry for a move and check that it may be made.

    Raises:
        EntryUnknown: There is no such entry.
        EntryChanged: The page shows another version than the one the move is about.
        EntryMoveNotAllowed: The entry's state does not allow it; the details say why.
    """
    row = session.get(LibraryEntry, entry_id, with_for_update=True)
    if row is None:
        raise EntryUnknown(entry=entry_id)
    standing = Standing(session, row)
    if why := refusal(standing, verb, officer):
        raise not_allowed(row, why)
    expected = version_for(row, verb)
    if expected != version:
        raise EntryChanged(entry=entry_id, version=expected)
    return standing


def not_allowed(row: LibraryEntry, why: str) -> EntryMoveNotAllowed:
    """The error for a move that the entry does not allow."""
    return EntryMoveNotAllowed(entry=row.id, state=row.state.value, why=why)
