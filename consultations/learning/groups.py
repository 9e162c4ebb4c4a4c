"""Groups of questions as they stand (提问归组): how many ask, since when, with which examples.

Counted are different talks. A group whose questions were all deleted is not there any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Subquery, func, select
from sqlalchemy.orm import Session

from consultations.learning.judging import Asked
from consultations.learning.signals import ANSWERED
from consultations.learning_tables import GroupedQuestion, GroupState, ProposalKind, QuestionGroup
from consultations.tables import Answer, Conversation, Turn
from core.errors import Conflict, NotFound
from knowledge_base.normalise import comparable

#: So many questions of a group are looked through, and so many shown.
LOOKED_AT, SHOWN = 400, 10
#: An unknown word is told of only where more than one person said it.
FEWEST_SAY_A_WORD = 2
#: In place of the revision of the library that a group was judged by: it is not shown yet.
NEVER_JUDGED = -1


class GroupUnknown(NotFound):
    """No group has that number, or its questions were deleted (没有这组提问)."""

    code = "question_group_unknown"


class GroupSettled(Conflict):
    """Somebody has decided about it (已处理)."""

    code = "question_group_settled"


class GroupChanged(Conflict):
    """The page shows an earlier state of the group (归组有变化)."""

    code = "question_group_changed"


@dataclass(frozen=True)
class Counted:
    """A group with how much it is asked."""

    group: QuestionGroup
    talks: int
    questions: int
    first_at: datetime
    last_at: datetime

    @property
    def word(self) -> str | None:
        """The word that the library does not know, where several people said it."""
        return self.group.word if self.talks >= FEWEST_SAY_A_WORD else None

    @property
    def kind(self) -> ProposalKind:
        """What may help."""
        if self.group.kind is ProposalKind.TERM and self.word is None:
            return ProposalKind.ENTRY
        return self.group.kind


@dataclass(frozen=True)
class Question:
    """One question of a group, with what became of it."""

    turn: Turn
    channel: str
    conversation_id: int
    answer: Answer | None
    signals: tuple[str, ...]
    agent_entry: str | None


@dataclass(frozen=True)
class GroupFilter:
    """Which groups are wanted."""

    state: GroupState | None = GroupState.OPEN
    kind: ProposalKind | None = None
    topic: str | None = None


def _sizes() -> Subquery:
    return (
        select(
            GroupedQuestion.group_id.label("group_id"),
            func.count(Turn.conversation_id.distinct()).label("talks"),
            func.count(Turn.id.distinct()).label("questions"),
            func.min(Turn.received_at).label("first_at"),
            func.max(Turn.received_at).label("last_at"),
        )
        .join(Turn, Turn.id == GroupedQuestion.turn_id)
        .where(GroupedQuestion.group_id.is_not(None))
        .group_by(GroupedQuestion.group_id)
        .subquery()
    )


def _counted(sizes: Subquery) -> Select[Any]:
    columns = (sizes.c.talks, sizes.c.questions, sizes.c.first_at, sizes.c.last_at)
    query = select(QuestionGroup, *columns).join(sizes, sizes.c.group_id == QuestionGroup.id)
    return query.where(QuestionGroup.judged_revision != NEVER_JUDGED)


def list_groups(
    session: Session, wanted: GroupFilter, *, page: int, per_page: int
) -> tuple[list[Counted], int]:
    """One page of groups: open ones by how many ask, others by when they were settled."""
    sizes = _sizes()
    query = _narrowed(_counted(sizes), wanted)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    by_size = (sizes.c.talks.desc(), sizes.c.last_at.desc(), QuestionGroup.id)
    order = by_size if wanted.state in (None, GroupState.OPEN) else (
        QuestionGroup.settled_at.desc(), QuestionGroup.id.desc()
    )  # fmt: skip
    rows = session.execute(query.order_by(*order).offset((page - 1) * per_page).limit(per_page))
    return [Counted(*row) for row in rows], total


def _narrowed(query: Select[Any], wanted: GroupFilter) -> Select[Any]:
    if wanted.state is not None:
        query = query.where(QuestionGroup.state == wanted.state)
    if wanted.kind is not None:
        query = query.where(QuestionGroup.kind == wanted.kind)
    if wanted.topic is not None:
        query = query.where(QuestionGroup.topic == wanted.topic)
    return query


def count_groups(session: Session) -> dict[tuple[GroupState, ProposalKind], int]:
    """How many groups there are, by state and kind."""
    sizes = _sizes()
    rows = session.execute(
        select(QuestionGroup.state, QuestionGroup.kind, func.count())
        .join(sizes, sizes.c.group_id == QuestionGroup.id)
        .where(QuestionGroup.judged_revision != NEVER_JUDGED)
        .group_by(QuestionGroup.state, QuestionGroup.kind)
    )
    return {(state, kind): count for state, kind, count in rows}


def count_open(session: Session) -> int:
    """How many groups wait for an editor."""
    found = count_groups(session)
    return sum(count for (state, _), count in found.items() if state is GroupState.OPEN)


def get_counted(session: Session, group_id: int) -> Counted:
    """Return a group with how much it is asked.

    Raises:
        GroupUnknown: There is none, or nothing is left of it.
    """
    row = session.execute(_counted(_sizes()).where(QuestionGroup.id == group_id)).first()
    if row is None:
        raise GroupUnknown(group=group_id)
    return Counted(*row)


def questions_of(session: Session, group_id: int) -> list[Question]:
    """The questions of a group, the first asked first, each once."""
    rows = session.execute(
        select(GroupedQuestion, Turn, Conversation.channel, Answer)
        .join(Turn, Turn.id == GroupedQuestion.turn_id)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .outerjoin(Answer, Answer.turn_id == Turn.id)
        .where(GroupedQuestion.group_id == group_id)
        .order_by(Turn.received_at, Turn.id, GroupedQuestion.signal)
        .limit(LOOKED_AT)
    )
    found: dict[str, Question] = {}
    for noted, turn, channel, answer in rows:
        before = found.get(turn.id)
        found[turn.id] = Question(
            turn,
            channel,
            turn.conversation_id,
            answer,
            (*(before.signals if before else ()), noted.signal.value),
            (before.agent_entry if before else None) or noted.entry_id,
        )
    return list(found.values())


def examples(questions: Sequence[Question]) -> list[Question]:
    """Questions to show: the latest first, different wordings before the same once more."""
    latest = sorted(questions, key=lambda each: (each.turn.received_at, each.turn.id), reverse=True)
    first = {comparable(each.turn.text): each for each in reversed(latest)}
    different = [each for each in latest if first[comparable(each.turn.text)] is each]
    return different[:SHOWN]


def asked_of(questions: Iterable[Question]) -> Asked:
    """What a group is judged by."""
    given = list(questions)
    texts = dict.fromkeys(each.turn.text for each in given)
    return Asked(
        texts=tuple(texts),
        talks=len({each.conversation_id for each in given}),
        answered=Counter(name for each in given if (name := answered_with(each)) is not None),
        by_agents=Counter(each.agent_entry for each in given if each.agent_entry is not None),
    )


def answered_with(question: Question) -> str | None:
    """The entry that the bot answered with, or would have but for its period or its basis."""
    answer = question.answer
    if answer is None or not answer.entries:
        return None
    named = answer.outcome in ANSWERED or answer.outcome.startswith("refused_")
    return str(answer.entries[0]["id"]) if named else None
