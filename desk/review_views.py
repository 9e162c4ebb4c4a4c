"""Review, plans, moves and versions of an entry as the desk shows them (审核与版本)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.labels import label, say
from desk.library_moves import DESK_MOVES, REVIEWERS, findings_in, may
from desk.roles import rights_of
from desk.sessions import Officer
from desk.staff import list_staff
from knowledge_base.diff import diff_entries
from knowledge_base.files import to_yaml
from knowledge_base.moves import refusal, version_for
from knowledge_base.review import approved_text
from knowledge_base.schema import Entry
from knowledge_base.standing import APPROVALS_NEEDED, Review, Standing
from knowledge_base.store import all_documents, get_entry, get_version
from knowledge_base.tables import EntryState, LibraryVersion

Names = dict[str, str]


def named(login: str | None, names: Names) -> str:
    """The name of an officer; what came with the files or went by itself has a word instead."""
    return names.get(login or "") or label("actors", login or "system")


def moves_view(standing: Standing, officer: Officer) -> list[dict[str, Any]]:
    """Every move: whether the officer may make it now, and why not."""
    told = []
    for verb, move in DESK_MOVES.items():
        why = refusal(standing, verb, officer.login)
        if not may(officer.roles, verb):
            roles = "、".join(label("roles", role) for role in move.roles)
            why = say("findings", "role_needed", roles=roles)
        told.append(
            {
                "verb": verb,
                "path": verb.replace("_", "-"),
                "label": label("library_moves", verb),
                "allowed": why is None,
                "why": why,
                "version": version_for(standing.row, verb),
                "fields": [name for name in move.form.model_fields if name != "version"],
            }
        )
    return told


def review_view(
    session: Session, standing: Standing, officer: Officer, names: Names, *, now: datetime
) -> dict[str, Any] | None:
    """The open review: what is to be read, who said yes, who still may."""
    review = standing.review
    if review is None:
        return None
    version = review.version
    text = to_yaml(Entry.model_validate(version.body))
    return {
        "version": version.version,
        "rolls_back": version.rolls_back,
        "writers": [named(login, names) for login in sorted(review.writers)],
        "submitted_by": named(version.submitted_by, names),
        "submitted_at": version.submitted_at.isoformat() if version.submitted_at else None,
        "note": version.note,
        "text": review.rendering.text,
        "rendering": review.rendering.digest,
        "needed": APPROVALS_NEEDED,
        "missing": review.missing,
        "approvals": [
            {
                "by": named(each.officer, names),
                "login": each.officer,
                "at": each.at.isoformat(),
                "holds": each.holds,
                "why": None if each.holds else say("findings", "approval_outdated"),
                "approved_text": None if each.holds else approved_text(session, each.rendering),
            }
            for each in review.approvals
        ],
        "may_approve": _may_approve(session, review),
        "i_may_approve": may(officer.roles, "approve")
        and refusal(standing, "approve", officer.login) is None,
        "findings": findings_in(session, text, entry_id=standing.row.id, now=now),
    }


def _may_approve(session: Session, review: Review) -> list[dict[str, str]]:
    """Colleagues in office who did not write the version and have not approved it as it reads."""
    return [
        {"login": staff.login, "name": staff.name}
        for staff in list_staff(session)
        if staff.disabled_at is None
        and rights_of(staff.roles).intersection(REVIEWERS)
        and staff.login not in review.writers | review.holding
    ]


def schedule_view(session: Session, standing: Standing, names: Names) -> dict[str, Any]:
    """What will happen by itself, and what did not happen though it was planned."""
    review = standing.review
    planned = review.version if review and review.version.publish_at else None
    missed = session.scalar(
        select(LibraryVersion)
        .where(LibraryVersion.entry_id == standing.row.id, LibraryVersion.missed.is_not(None))
        .order_by(LibraryVersion.version.desc())
        .limit(1)
    )
    expires_on = standing.row.expires_on
    return {
        "publish": {
            "version": planned.version,
            "at": planned.publish_at.isoformat() if planned.publish_at else None,
            "by": named(planned.scheduled_by, names),
        }
        if planned
        else None,
        "missed": {"version": missed.version, "reason": missed.missed} if missed else None,
        "expires_on": expires_on.isoformat() if expires_on else None,
    }


def versions_view(session: Session, standing: Standing, names: Names) -> list[dict[str, Any]]:
    """Every version, the latest first."""
    found = session.scalars(
        select(LibraryVersion)
        .where(LibraryVersion.entry_id == standing.row.id)
        .order_by(LibraryVersion.version.desc())
    )
    return [_version(each, standing, names) for each in found]


def _version(version: LibraryVersion, standing: Standing, names: Names) -> dict[str, Any]:
    state = _state_of(version, standing)
    is_live = state == "published"
    returned = {
        "by": named(version.returned_by, names),
        "at": version.returned_at.isoformat() if version.returned_at else None,
        "reason": version.return_reason,
    }
    return {
        "version": version.version,
        "state": state,
        "state_label": label("version_states", state),
        "at": version.created_at.isoformat(),
        "editor": named(version.editor, names),
        "rolls_back": version.rolls_back,
        "note": version.note,
        "returned": returned if version.return_reason else None,
        "publish_at": version.publish_at.isoformat() if version.publish_at else None,
        "missed": version.missed,
        "published_at": version.published_at.isoformat() if version.published_at else None,
        "published_by": named(version.published_by, names) if version.published_by else None,
        "is_live": is_live,
        "can_roll_back": version.published_at is not None
        and not is_live
        and standing.row.state is not EntryState.RETIRED,
    }


def _state_of(version: LibraryVersion, standing: Standing) -> str:
    row = standing.row
    if version.version == row.review_version:
        return "in_review"
    if version.version == row.published_version:
        return "published" if standing.is_answered else "last_published"
    if version.version == row.latest_version:
        return "returned" if version.return_reason else "draft"
    return "earlier"


def rendering_view(session: Session, entry_id: str, version: int | None) -> dict[str, Any]:
    """A version as reviewers read it, and as it is written."""
    row = get_entry(session, entry_id)
    found = get_version(session, entry_id, version or row.latest_version)
    rendering = Standing(session, row).rendering_of(found)
    return {
        "version": found.version,
        "text": rendering.text,
        "rendering": rendering.digest,
        "yaml": to_yaml(Entry.model_validate(found.body)),
    }


def diff_view(session: Session, entry_id: str, first: int, second: int) -> dict[str, Any]:
    """What changed between two versions."""
    before, after = (
        Entry.model_validate(get_version(session, entry_id, each).body) for each in (first, second)
    )
    changes = [each.to_json() for each in diff_entries(before, after, all_documents(session))]
    return {
        "from": first,
        "to": second,
        "substance": any(each["substance"] for each in changes),
        "changes": changes,
    }
