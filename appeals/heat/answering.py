"""Once an entry answers a topic, all who asked are told (答复问过的人): each person once.

It goes the way of corrections: it waits until the person returns, in any talk of theirs, and is
sent only to those who want to hear of changes, by day, one message a day. What waits is written
anew whenever the entry changes and taken back when it is answered with no more.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from answers.frame import Query, read_frame
from answers.render import holding_shorts
from appeals.heat.bursts_shown import is_answered
from appeals.heat_tables import HeatAsk, HeatBurst, HeatTopic
from consultations.tables import Answer, Conversation, Correction, CorrectionVerdict, Turn
from consultations.told import filled
from core.clock import china_date
from knowledge_base.force import figures_in_force
from knowledge_base.schema import Entry
from knowledge_base.store import all_documents, get_version
from knowledge_base.tables import EntryState, LibraryEntry
from policy_rules.parameters import Certainty, parameters, using

_STATED = (Certainty.VERIFIED, Certainty.SECONDARY)
_ANSWERED = CorrectionVerdict.ANSWERED


def tell_who_asked(session: Session, *, entry_id: str, region: str, now: datetime) -> int:
    """Queue the news for everybody who asked before the entry answered, and got no answer.

    What counts is how the entry stands now: work that comes late, twice or in another order leads
    to the same.

    Args:
        session: Open session.
        entry_id: An entry that changed.
        region: The bureau's region.
        now: The moment.

    Returns:
        How many messages were queued or brought up to date.
    """
    drafted = select(HeatBurst.id).where(HeatBurst.draft_entry_id == entry_id)
    if session.scalar(drafted) is None:
        return 0
    row = session.get(LibraryEntry, entry_id, with_for_update=True)
    if row is None or row.state is not EntryState.PUBLISHED or row.published_version is None:
        _take_back(session, entry_id)
        return 0
    version = get_version(session, entry_id, row.published_version)
    entry = Entry.model_validate(version.body)
    documents = all_documents(session)
    with using(figures_in_force(parameters(), documents)):
        queued = sum(
            _queue(session, entry, turn, conversation, region, now)
            for turn, conversation in _who_asked(session, entry_id)
        )
    session.flush()
    return queued


def _take_back(session: Session, entry_id: str) -> None:
    session.execute(
        delete(Correction).where(
            Correction.entry_id == entry_id,
            Correction.verdict == _ANSWERED,
            Correction.shown_at.is_(None),
        )
    )


def _who_asked(session: Session, entry_id: str) -> list[tuple[Turn, Conversation]]:
    """The last question of each person who got no answer, on any of them."""
    rows = session.execute(
        select(Turn, Conversation, Answer)
        .join(HeatAsk, HeatAsk.turn_id == Turn.id)
        .join(HeatTopic, HeatTopic.id == HeatAsk.topic_id)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .outerjoin(Answer, Answer.turn_id == Turn.id)
        .where(HeatTopic.entry_id == entry_id, Conversation.deleted_at.is_(None))
        .order_by(Turn.received_at, Turn.id)
    )
    asked: dict[str, tuple[Turn, Conversation]] = {}
    content: set[str] = set()
    for turn, conversation, answer in rows:
        asked[conversation.identity_key] = (turn, conversation)
        if answer is not None and is_answered(answer.outcome, answer.rating):
            content.add(conversation.identity_key)
    return [each for identity, each in asked.items() if identity not in content]


def _queue(
    session: Session,
    entry: Entry,
    turn: Turn,
    conversation: Conversation,
    region: str,
    now: datetime,
) -> int:
    """Write or renew what one person is told; what was told stays told."""
    known = session.scalar(
        select(Correction).where(
            Correction.identity_key == conversation.identity_key,
            Correction.entry_id == entry.id,
            Correction.verdict == _ANSWERED,
        )
    )
    changes = [{"old": None, "new": _in_short(entry, turn, region, now)}]
    if known is not None:
        if known.shown_at is not None or known.changes == changes:
            return 0
        known.changes, known.question = changes, entry.question
        return 1
    taken = select(Correction.id).where(
        Correction.turn_id == turn.id, Correction.entry_id == entry.id
    )
    if session.scalar(taken) is not None:
        return 0  # this answer was corrected already
    session.add(
        Correction(
            turn_id=turn.id,
            conversation_id=conversation.id,
            identity_key=conversation.identity_key,
            entry_id=entry.id,
            question=entry.question,
            verdict=_ANSWERED,
            changes=changes,
            told_at=turn.received_at,
            queued_at=now,
        )
    )
    return 1


def _in_short(entry: Entry, turn: Turn, region: str, now: datetime) -> str | None:
    """The short answer for the case of the question; none where anything of it is uncertain."""
    frame = read_frame(Query(text=turn.text, today=china_date(now), region=region))
    claims = {claim.id: claim for claim in (*entry.claims, *entry.traps)}
    for short in holding_shorts(entry, frame):
        if all(claims[each].certainty in _STATED for each in short.claims):
            return filled(short, frame)
    return None
