"""One run over what was asked (整理提问): look, put into groups, keep; then judge the groups.

Looking and keeping are short transactions; what takes long lies between them. What a run noted is
kept as a whole or not at all: what a killed run had seen is seen again, nothing is noted twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from answers.decide import LIKELY
from consultations.learning.groups import NEVER_JUDGED, asked_of, questions_of
from consultations.learning.judging import Asked, Verdict
from consultations.learning.nearness import STANDING_FOR, Gathering
from consultations.learning.settling import may_return_after
from consultations.learning.signals import QUIET, Seen, Source
from consultations.learning_tables import GroupedQuestion, GroupState, ProposalKind, QuestionGroup
from consultations.tables import Turn
from core.audit import write_audit
from knowledge_base.library import Snapshot
from knowledge_base.normalise import comparable, terms
from knowledge_base.tables import LibraryEntry

#: The kind of the work that does a run by itself, and how often.
COLLECT = "consultations.learn"
EVERY = timedelta(hours=1)
#: So many turns are looked at for each reason, and so many groups judged, in one run.
MOST_TURNS, MOST_JUDGED = 300, 40
#: A group that was decided about comes back once so many more people ask.
GROWN_BY = 5
#: What is shorter says too little to teach anything.
SHORTEST = 4
#: So many ids are named in one statement.
_BATCH = 500
#: In place of the revision of the library: to be judged anew, and shown meanwhile.
_OUTDATED = 0


@dataclass(frozen=True)
class Look:
    """What a run starts from: turns not looked at, and wordings that stand for the groups."""

    seen: tuple[Seen, ...]
    standing: tuple[tuple[int, str], ...]


#: What was seen, each with its group; below zero where it begins one, None where it has none.
Placed = tuple[tuple[Seen, int | None], ...]


def look(session: Session, *, sources: Iterable[Source], now: datetime) -> Look:
    """Find the turns that were not looked at."""
    until = now - QUIET
    seen = tuple(each for source in sources for each in source(session, until, MOST_TURNS))
    return Look(seen, _standing(session) if seen else ())


def _standing(session: Session) -> tuple[tuple[int, str], ...]:
    place = func.row_number().over(
        partition_by=GroupedQuestion.group_id, order_by=(Turn.received_at, Turn.id)
    )
    numbered = (
        select(GroupedQuestion.group_id, Turn.text, place.label("place"))
        .join(Turn, Turn.id == GroupedQuestion.turn_id)
        .where(GroupedQuestion.group_id.is_not(None))
        .subquery()
    )
    rows = session.execute(
        select(numbered.c.group_id, numbered.c.text)
        .where(numbered.c.place <= STANDING_FOR)
        .order_by(numbered.c.group_id, numbered.c.place)
    )
    return tuple((group, text) for group, text in rows)


def place(found: Look, snapshot: Snapshot) -> Placed:
    """Put what was seen into groups."""
    gathering = Gathering(snapshot.index)
    for group, text in found.standing:
        gathering.add(group, text)
    placed: list[tuple[Seen, int | None]] = []
    of_turn: dict[str, int] = {}
    for number, each in enumerate(found.seen, 1):
        if not _teaches(each):
            placed.append((each, None))
            continue
        if each.turn_id not in of_turn:
            of_turn[each.turn_id] = gathering.put(each.text, -number)
        placed.append((each, of_turn[each.turn_id]))
    return tuple(placed)


def _teaches(seen: Seen) -> bool:
    text = comparable(seen.text)
    if not seen.teaches or len(text) < SHORTEST:
        return False
    return seen.is_question or bool(terms(text))


def keep(session: Session, placed: Placed, *, now: datetime) -> int:
    """Note what was seen, and bring groups back that have grown.

    Returns:
        How many turns were noted.

    Raises:
        IntegrityError: Another run has noted one of them meanwhile; nothing is kept.
    """
    groups: dict[int, int] = {}
    standing = _still_there(session, [seen.turn_id for seen, _ in placed])
    left = [each for each in placed if each[0].turn_id in standing]
    for seen, group in left:
        if group is not None:
            groups[group] = groups.get(group) or (_begin(session, now) if group < 0 else group)
        session.add(
            GroupedQuestion(
                turn_id=seen.turn_id,
                signal=seen.signal,
                group_id=None if group is None else groups[group],
                entry_id=seen.entry_id,
                noted_at=now,
            )
        )
    session.flush()
    _bring_back(session, set(groups.values()), now)
    _tidy(session, set(groups.values()))
    return len(left)


def _still_there(session: Session, turn_ids: list[str]) -> set[str]:
    """The turns that were not deleted meanwhile, held until the end of the transaction."""
    found: set[str] = set()
    for start in range(0, len(turn_ids), _BATCH):
        named = Turn.id.in_(turn_ids[start : start + _BATCH])
        found.update(session.scalars(select(Turn.id).where(named).with_for_update(read=True)))
    return found


def _begin(session: Session, now: datetime) -> int:
    group = QuestionGroup(
        state=GroupState.OPEN,
        kind=ProposalKind.ENTRY,
        score=0.0,
        created_at=now,
        judged_revision=NEVER_JUDGED,
    )
    session.add(group)
    session.flush()
    return group.id


def _bring_back(session: Session, grown: Collection[int], now: datetime) -> None:
    settled = session.scalars(
        select(QuestionGroup)
        .where(QuestionGroup.id.in_(grown), QuestionGroup.state != GroupState.OPEN)
        .order_by(QuestionGroup.id)
        .with_for_update()
    )
    for group in settled:
        since = may_return_after(session, group)
        if since is None or _talks_since(session, group.id, since) < GROWN_BY:
            continue
        group.state = GroupState.OPEN
        group.version += 1
        write_audit(
            session,
            actor="system",
            deed="consultations.question_group.returned",
            subject=f"question_group:{group.id}",
            now=now,
        )


def _talks_since(session: Session, group_id: int, since: datetime) -> int:
    counting = (
        select(func.count(Turn.conversation_id.distinct()))
        .join(GroupedQuestion, GroupedQuestion.turn_id == Turn.id)
        .where(GroupedQuestion.group_id == group_id, Turn.received_at > since)
    )
    return session.scalar(counting) or 0


def _tidy(session: Session, grown: Collection[int]) -> None:
    """Have groups judged anew that grew or lost a word's witnesses; groups of nothing go."""
    is_left = exists().where(GroupedQuestion.group_id == QuestionGroup.id)
    session.execute(delete(QuestionGroup).where(~is_left))
    is_term = QuestionGroup.kind == ProposalKind.TERM
    session.execute(
        update(QuestionGroup)
        .where(
            QuestionGroup.state == GroupState.OPEN,
            QuestionGroup.judged_revision != NEVER_JUDGED,
            or_(QuestionGroup.id.in_(grown), is_term),
        )
        .values(judged_revision=_OUTDATED)
    )


def to_judge(session: Session, *, revision: int) -> dict[int, Asked]:
    """The open groups that were not judged by this revision of the library, new ones first."""
    groups = session.scalars(
        select(QuestionGroup.id)
        .where(QuestionGroup.state == GroupState.OPEN, QuestionGroup.judged_revision != revision)
        .order_by(QuestionGroup.judged_revision, QuestionGroup.id)
        .limit(MOST_JUDGED)
    )
    found = {group: asked_of(questions_of(session, group)) for group in groups}
    return {group: asked for group, asked in found.items() if asked.texts}


def keep_verdicts(session: Session, verdicts: Mapping[int, Verdict], *, revision: int) -> None:
    """Keep what may help each group, where it still waits for an editor."""
    topics = dict(
        session.execute(
            select(LibraryEntry.id, LibraryEntry.topic).where(
                LibraryEntry.id.in_({each.entry_id for each in verdicts.values() if each.entry_id})
            )
        )
        .tuples()
        .all()
    )
    groups = session.scalars(
        select(QuestionGroup)
        .where(QuestionGroup.id.in_(verdicts), QuestionGroup.state == GroupState.OPEN)
        .order_by(QuestionGroup.id)
        .with_for_update()
    )
    for group in groups:
        verdict = verdicts[group.id]
        before = (group.kind, group.entry_id, group.word, group.term)
        group.kind, group.entry_id, group.score = verdict.kind, verdict.entry_id, verdict.score
        group.word, group.term = verdict.word, verdict.term
        group.topic = topics.get(verdict.entry_id or "") if verdict.score >= LIKELY else None
        is_known = group.judged_revision != NEVER_JUDGED
        if is_known and before != (group.kind, group.entry_id, group.word, group.term):
            group.version += 1
        group.judged_revision = revision
