"""Releases as editors see them (发布): what waits, what the gate said, what went out."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desk.labels import label, outcome_label, say
from desk.review_views import named
from desk.sessions import Officer
from desk.staff import staff_names
from knowledge_base.release_rows import entries_of, get_release, questions_of
from knowledge_base.release_tables import (
    LibraryRelease,
    LibraryReleaseEntry,
    ReleaseKind,
    ReleaseState,
)
from knowledge_base.releases import Waiting, find_candidate, list_waiting
from knowledge_base.store import current_revision
from knowledge_base.taking_back import would_take_back

PER_PAGE = 20
EDITORS, OVERRIDERS, TAKERS_BACK = ("editor",), ("supervisor",), ("editor", "supervisor")
Names = dict[str, str]


def releases_page(session: Session, officer: Officer, *, page: int) -> dict[str, Any]:
    """What waits, the candidate if there is one, and one page of what was decided about."""
    names, candidate = staff_names(session), find_candidate(session)
    decided = LibraryRelease.slot.is_(None)
    rows = session.scalars(
        select(LibraryRelease)
        .where(decided)
        .order_by(LibraryRelease.id.desc())
        .offset((page - 1) * PER_PAGE)
        .limit(PER_PAGE)
    )
    total = session.scalar(select(func.count(LibraryRelease.id)).where(decided)) or 0
    return {
        "waiting": [_waiting(each) for each in list_waiting(session)],
        "candidate": candidate and release_view(session, candidate.id, officer),
        "may_open": _may(officer, EDITORS),
        "rows": [_summary(session, row, names) for row in rows],
        "total": total,
        "page": page,
        "per_page": PER_PAGE,
    }


def _waiting(each: Waiting) -> dict[str, Any]:
    return {
        "id": each.entry_id,
        "question": each.question,
        "version": each.version,
        "before": each.before,
        "publish_at": each.publish_at.isoformat() if each.publish_at else None,
    }


def release_view(session: Session, release_id: int, officer: Officer) -> dict[str, Any]:
    """One release with its entries and everything the gate said."""
    row, names = get_release(session, release_id), staff_names(session)
    items = entries_of(session, row.id)
    questions = questions_of(session, items)
    is_out = row.state is ReleaseState.PUBLISHED
    coming_back = {each.entry_id for each in items if is_out and would_take_back(session, each)}
    return {
        **_summary(session, row, names),
        "asked": row.asked,
        "total": row.total,
        "fault": row.fault,
        "outdated": row.state is ReleaseState.MEASURED
        and row.verdict is not None
        and row.revision != current_revision(session),
        "verdict": row.verdict and verdict_view(row.verdict),
        "entries": [
            _entry(each, row.kind, questions.get(each.entry_id, ""))
            | {"comes_back": each.entry_id in coming_back}
            for each in items
        ],
        "may": {
            "measure": row.slot is not None and _may(officer, EDITORS),
            "discard": row.slot is not None and _may(officer, EDITORS),
            "publish": row.slot is not None and _may(officer, EDITORS),
            "override": row.slot is not None and _may(officer, OVERRIDERS),
            "roll_back": bool(coming_back) and _may(officer, TAKERS_BACK),
        },
    }


def _may(officer: Officer, roles: tuple[str, ...]) -> bool:
    return bool(officer.roles.intersection(roles))


def _summary(session: Session, row: LibraryRelease, names: Names) -> dict[str, Any]:
    count = select(func.count(LibraryReleaseEntry.id))
    verdict = row.verdict
    return {
        "id": row.id,
        "number": row.number,
        "kind": row.kind.value,
        "kind_label": label("release_kinds", row.kind.value),
        "state": row.state.value,
        "state_label": label("release_states", row.state.value),
        "note": row.note,
        "opened_by": named(row.opened_by, names),
        "opened_at": row.opened_at.isoformat(),
        "entry_count": session.scalar(count.where(LibraryReleaseEntry.release_id == row.id)) or 0,
        "passed": None if verdict is None else verdict["passed"],
        "measured_at": row.measured_at.isoformat() if row.measured_at else None,
        "override": row.is_override,
        "reason": row.reason,
        "decided_by": named(row.decided_by, names) if row.decided_by else None,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
        "rolls_back": _number(session, row.rolls_back),
        "rolled_back_by": session.scalar(
            select(func.max(LibraryRelease.number)).where(LibraryRelease.rolls_back == row.id)
        ),
    }


def _number(session: Session, release_id: int | None) -> int | None:
    return None if release_id is None else get_release(session, release_id).number


def _entry(item: LibraryReleaseEntry, kind: ReleaseKind, question: str) -> dict[str, Any]:
    if item.remark is not None:
        change = item.remark
    elif item.version is None:
        change = "silenced"
    elif kind is ReleaseKind.ROLL_BACK:
        change = "brought_back"
    else:
        change = "new" if item.before is None else "changed"
    return {
        "id": item.entry_id,
        "question": question,
        "before": item.before,
        "version": item.version,
        "change": change,
        "change_label": label("release_changes", change),
    }


def verdict_view(verdict: dict[str, Any]) -> dict[str, Any]:
    """What the gate said, with outcomes in words."""
    worse = [
        each | {"before": _came(each["before"]), "after": _came(each["after"])}
        for each in verdict["worse"]
    ]
    tolerance = say("findings", "tolerance", points=f"{verdict['tolerance'] * 100:g}")
    return {**verdict, "worse": worse, "tolerance_label": tolerance}


def _came(told: dict[str, Any]) -> dict[str, Any]:
    return told | {"label": outcome_label(told["outcome"])}
