"""我们告诉过您，现在变了: finding who was told an answer that has changed.

A correction waits until the person returns, on any talk of theirs. What was told is compared
claim by claim with the entry as it stands, for the tax period and facts of that answer, so a
better wording or another period's change disturbs nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from consultations.comparing import Change, Law, all_withdrawn, changes_since, withdrawn_from
from consultations.tables import (
    Answer,
    Conversation,
    Correction,
    CorrectionVerdict,
    Turn,
)
from consultations.told import Told, told_in
from core.clock import china_date
from knowledge_base.force import figures_in_force
from knowledge_base.schema import Entry
from knowledge_base.store import EntryUnknown, all_documents, get_version
from knowledge_base.tables import EntryState, LibraryEntry
from policy_rules.parameters import parameters, using

_BATCH = 500
_TOLD = ("answered", "computed", "referred")
#: Gives what became of an answer; an answer that was doubted before is told as such.
_Judge = Callable[[Told, bool], tuple[CorrectionVerdict, list[Change]]]


def queue_corrections(session: Session, *, entry_id: str, region: str, now: datetime) -> int:
    """Queue a correction for every answer that rested on the entry and no longer holds.

    What counts is how the entry stands now, not what it was changed by: work that comes late,
    twice or in another order leads to the same corrections.

    Args:
        session: Open session.
        entry_id: An entry that changed, or whose ground did.
        region: The bureau's region.
        now: The moment.

    Returns:
        How many corrections were queued or brought up to date.
    """
    row = session.get(LibraryEntry, entry_id, with_for_update=True)
    told = _told(session, entry_id, region)
    first = next(told, None)
    if row is None or first is None:
        return 0
    documents = all_documents(session)
    law = Law(documents, parameters())
    queued = 0
    with using(figures_in_force(law.figures, documents)):
        judge = _judge(session, row, law, china_date(now))
        for answered, turn, conversation in (first, *told):
            known = _correction(session, turn, entry_id)
            is_doubted = known is not None and known.verdict is CorrectionVerdict.WITHDRAWN
            verdict, changes = judge(answered, is_doubted)
            queued += _queue(
                known or _new_correction(answered, turn, conversation),
                verdict,
                changes,
                session=session,
                now=now,
            )
    session.flush()
    return queued


def _judge(session: Session, row: LibraryEntry, law: Law, today: date) -> _Judge:
    """How answers are judged: by what is answered now, or by why nothing is any more."""
    if row.state is EntryState.PUBLISHED and row.published_version is not None:
        entry = Entry.model_validate(get_version(session, row.id, row.published_version).body)
        return lambda told, _: (
            CorrectionVerdict.CHANGED,
            changes_since(told, entry, law, today),
        )
    silent_from = _ended_on(row)
    if silent_from is None:
        return lambda told, _: (CorrectionVerdict.WITHDRAWN, all_withdrawn(told))
    return lambda told, is_doubted: (
        CorrectionVerdict.ENDED,
        all_withdrawn(told) if is_doubted else withdrawn_from(told, silent_from),
    )


def _ended_on(row: LibraryEntry) -> date | None:
    """The day from which an entry is answered no more as planned; None where it is in doubt."""
    is_over = row.state is EntryState.RETIRED or row.moved_verb == "expired"
    return china_date(row.moved_at) if is_over and row.moved_at is not None else None


def _told(
    session: Session, entry_id: str, region: str
) -> Iterator[tuple[Told, Turn, Conversation]]:
    """Every answer given to a person, not to a measurement, that names the entry."""
    rows = session.execute(
        select(Answer, Turn, Conversation)
        .join(Turn, Turn.id == Answer.turn_id)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(
            Answer.outcome.in_(_TOLD),
            cast(Answer.entries, String).contains(f'"{entry_id}"', autoescape=True),
            Conversation.channel != "evaluation",
            Conversation.deleted_at.is_(None),
        )
        .order_by(Answer.created_at, Answer.turn_id)
        .execution_options(yield_per=_BATCH)
    )
    versions: dict[int | None, Entry | None] = {None: None}
    for answer, turn, conversation in rows:
        note: dict[str, Any] = next((e for e in answer.entries if e.get("id") == entry_id), {})
        version = note.get("version")
        if version is not None and version not in versions:
            versions[version] = _version(session, entry_id, version)
        entry = versions[version]
        if entry is not None:
            yield told_in(answer, turn, entry, note, region), turn, conversation


def _version(session: Session, entry_id: str, version: int) -> Entry | None:
    try:
        return Entry.model_validate(get_version(session, entry_id, version).body)
    except EntryUnknown:
        return None


def _correction(session: Session, turn: Turn, entry_id: str) -> Correction | None:
    return session.scalar(
        select(Correction).where(Correction.turn_id == turn.id, Correction.entry_id == entry_id)
    )


def _new_correction(told: Told, turn: Turn, conversation: Conversation) -> Correction:
    return Correction(
        turn_id=turn.id,
        conversation_id=conversation.id,
        identity_key=conversation.identity_key,
        entry_id=told.entry.id,
        question=told.entry.question,
        told_at=turn.answered_at or turn.received_at,
    )


def _queue(
    row: Correction,
    verdict: CorrectionVerdict,
    changes: list[Change],
    *,
    session: Session,
    now: datetime,
) -> int:
    if not changes:
        return _settle(session, row, now)
    body = [{"old": each.old, "new": each.new} for each in changes]
    if (row.verdict, row.changes) == (verdict, body):
        return 0
    row.verdict, row.changes, row.queued_at, row.shown_at = verdict, body, now, None
    session.add(row)
    return 1


def _settle(session: Session, row: Correction, now: datetime) -> int:
    """What was told holds (again): nothing to say, unless something else was said meanwhile."""
    if row.id is None or row.verdict is CorrectionVerdict.VALID_AGAIN:
        return 0
    if row.shown_at is None and row.message_id is None:
        session.delete(row)
        return 0
    row.verdict, row.changes, row.queued_at = CorrectionVerdict.VALID_AGAIN, [], now
    row.shown_at = None
    return 1


@dataclass(frozen=True)
class CorrectionCount:
    """How many people are yet to be told, and how many were."""

    waiting: int
    shown: int


def count_corrections(session: Session, *, entry_id: str) -> CorrectionCount:
    """Count the corrections that an entry's changes led to."""
    waiting, shown = session.execute(
        select(
            func.count(Correction.id).filter(Correction.shown_at.is_(None)),
            func.count(Correction.id).filter(Correction.shown_at.is_not(None)),
        ).where(Correction.entry_id == entry_id, Correction.verdict != CorrectionVerdict.ANSWERED)
    ).one()
    return CorrectionCount(waiting, shown)
