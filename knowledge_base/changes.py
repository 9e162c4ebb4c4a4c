"""What is answered has changed (作答变化): told once, as due work, so that others can follow up.

Whoever was told the old answer can be found by entry and version; see the handler of the kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core.due_work import DueWork
from knowledge_base.diff import has_substance
from knowledge_base.rendering import Documents
from knowledge_base.schema import Entry

ENTRY_CHANGED = "knowledge_base.entry_changed"


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
    told = {_key(change, now): change for change in changes if _is_noticed(change, documents)}
    if not told:
        return 0
    filed = select(DueWork.key).where(DueWork.kind == ENTRY_CHANGED, DueWork.key.in_(told))
    for key in session.scalars(filed).all():
        del told[key]
    rows = [
        {"kind": ENTRY_CHANGED, "key": key, "due_at": now, "tries": 0, "payload": _payload(change)}
        for key, change in told.items()
    ]
    if rows:
        session.execute(insert(DueWork), rows)
    return len(rows)


def _is_noticed(change: AnswerChange, documents: Documents) -> bool:
    if change.before is None or change.after is None:
        return change.before is not change.after
    return has_substance(change.before, change.after, documents)


def _key(change: AnswerChange, now: datetime) -> str:
    after = change.new_version or change.cause
    return f"{change.entry_id}:{change.old_version}:{after}:{now:%Y%m%dT%H%M%S%f}"


def _payload(change: AnswerChange) -> dict[str, object]:
    return {
        "entry": change.entry_id,
        "old_version": change.old_version,
        "new_version": change.new_version,
        "cause": change.cause,
    }
