"""What is answered has changed (作答变化): told once, as due work, so that others can follow up.

Whoever was told the old answer can be found by entry and version; see the handler of the kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core.due_work import DueWork
from knowledge_base.diff import has_substance
from knowledge_base.rendering import Documents
from knowledge_base.schema import Entry

ENTRY_CHANGED = "knowledge_base.entry_changed"
#: An answer under way may still be made of what was answered before; it is waited for.
SETTLED_AFTER = timedelta(seconds=5)


@dataclass(frozen=True)
class AnswerChange:
    """One entry that is answered otherwise than before.

    ``old_version`` is the one last answered, also where it was silent meanwhile; ``new_version``
    is None where nothing is answered any more. ``before`` and ``after`` are what was and is
    answered, None for silence.
    """

    entry_id: str
    old_version: int | None
    new_version: int | None
    cause: str
    before: Entry | None
    after: Entry | None


def note_changes(
    session: Session, changes: Sequence[AnswerChange], *, documents: Documents, now: datetime
) -> int:
    """File one piece of due work for every change that a taxpayer may notice.

    Args:
        session: Open session.
        changes: What changed.
        documents: The register, for comparing two versions.
        now: The moment.

    Returns:
        How many were filed.
    """
    return _file(
        session,
        {
            _key(change, now): _payload(change)
            for change in changes
            if _is_noticed(change, documents)
        },
        now,
    )


def note_moved_ground(
    session: Session, entries: Mapping[str, int], *, cause: str, now: datetime, **more: Any
) -> int:
    """File due work for entries that read as before, but what they rest on has changed.

    Args:
        session: Open session.
        entries: The entries that are answered with, by their version.
        cause: What changed: ``document`` or ``figure``.
        now: The moment.
        **more: What else the work has to know.

    Returns:
        How many were filed.
    """
    works = {}
    for name, version in entries.items():
        change = AnswerChange(name, version, version, cause, None, None)
        works[_named(name, version, cause, now)] = {**_payload(change), **more}
    return _file(session, works, now)


def _file(session: Session, works: dict[str, dict[str, Any]], now: datetime) -> int:
    if not works:
        return 0
    filed = select(DueWork.key).where(DueWork.kind == ENTRY_CHANGED, DueWork.key.in_(works))
    known = set(session.scalars(filed))
    rows = [
        {"kind": ENTRY_CHANGED, "key": key, "due_at": now + SETTLED_AFTER, "tries": 0,
         "payload": payload}
        for key, payload in works.items()
        if key not in known
    ]  # fmt: skip
    if rows:
        session.execute(insert(DueWork), rows)
    return len(rows)


def _is_noticed(change: AnswerChange, documents: Documents) -> bool:
    if change.before is None or change.after is None:
        return change.before is not change.after
    return has_substance(change.before, change.after, documents)


def _key(change: AnswerChange, now: datetime) -> str:
    return _named(change.entry_id, change.old_version, change.new_version or change.cause, now)


def _named(entry_id: str, old: int | None, after: int | str, now: datetime) -> str:
    return f"{entry_id}:{old}:{after}:{now:%Y%m%dT%H%M%S%f}"


def _payload(change: AnswerChange) -> dict[str, Any]:
    return {
        "entry": change.entry_id,
        "old_version": change.old_version,
        "new_version": change.new_version,
        "cause": change.cause,
    }
