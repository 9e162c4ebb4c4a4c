"""Bursts as the desk sees them (突发详情): how high, since when, with which examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from appeals.heat.errors import BurstUnknown
from appeals.heat.hot import question_of
from appeals.heat.parameters import heat_parameters, heat_sentences
from appeals.heat_tables import HeatAsk, HeatBurst, HeatTopic
from appeals.tables import Appeal, AppealStatus
from consultations.learning.judging import nearest_entries
from consultations.learning.signals import ANSWERED
from consultations.learning.wording import anonymous
from consultations.tables import Answer, Turn
from knowledge_base.library import Snapshot
from knowledge_base.normalise import comparable

#: So many of the latest questions are looked through for examples.
_LOOKED_AT, _SHOWN = 100, 10
#: What an appeal under way may still be merged from.
_MERGEABLE = (AppealStatus.SUBMITTED, AppealStatus.ACCEPTED, AppealStatus.WORKING)


@dataclass(frozen=True)
class BurstView:
    """One burst with everything to judge it by."""

    burst: HeatBurst
    topic: HeatTopic
    question: str | None
    examples: tuple[str, ...]
    asked: int  # turns since it began
    answered: int  # of them with an answer that was not called wrong or no help
    appeals: int
    mergeable: int
    near: tuple[str, ...]  # entries that may be about it


def list_bursts(
    session: Session, *, open_now: bool, page: int = 1, per_page: int = 20
) -> tuple[list[HeatBurst], int]:
    """The bursts that go on, or those that are over, the newest first."""
    is_open = HeatBurst.ended_at.is_(None)
    wanted = select(HeatBurst).where(is_open if open_now else ~is_open)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = session.scalars(
        wanted.order_by(HeatBurst.found_at.desc(), HeatBurst.id.desc())
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    return list(rows), total


def count_unseen(session: Session) -> int:
    """How many bursts go on that nobody has looked at."""
    unseen = select(func.count(HeatBurst.id)).where(
        HeatBurst.ended_at.is_(None), HeatBurst.seen_at.is_(None)
    )
    return session.scalar(unseen) or 0


def get_burst(session: Session, burst_id: int, *, to_change: bool = False) -> HeatBurst:
    """Return a burst.

    Raises:
        BurstUnknown: There is none.
    """
    found = session.get(HeatBurst, burst_id, with_for_update=to_change or None)
    if found is None:
        raise BurstUnknown(burst=burst_id)
    return found


def view_burst(session: Session, burst: HeatBurst, snapshot: Snapshot) -> BurstView:
    """A burst with examples, what became of the questions, and the entries near to it."""
    topic = session.get_one(HeatTopic, burst.topic_id)
    texts = wordings_of(session, burst)
    asked, answered = _answered(session, burst)
    appeals = appeals_of(session, burst)
    if topic.entry_id is not None and topic.entry_id in snapshot.entries:
        near = [topic.entry_id]
    else:
        near = [name for name, _ in nearest_entries(texts, snapshot)] if texts else []
    return BurstView(
        burst=burst,
        topic=topic,
        question=question_of(topic, snapshot),
        examples=tuple(texts[: heat_parameters().shown.examples]),
        asked=asked,
        answered=answered,
        appeals=len(appeals),
        mergeable=sum(_may_merge(each, burst) for each in appeals),
        near=tuple(near[:3]),
    )


def wordings_of(session: Session, burst: HeatBurst) -> list[str]:
    """Different questions of a burst without what tells who asked, the most frequent first."""
    most = heat_parameters().shown.examples * 2
    return _wordings(session, HeatAsk.topic_id == burst.topic_id, _during(burst))[:most]


def examples_of(session: Session, topic_id: int, *, now: datetime) -> list[str]:
    """The same for a topic of the list, from its days."""
    told = heat_parameters()
    since = now - timedelta(days=told.hot.days)
    found = _wordings(session, HeatAsk.topic_id == topic_id, HeatAsk.at > since)
    return found[: told.shown.examples]


def _wordings(session: Session, *wanted: ColumnElement[bool]) -> list[str]:
    rows = session.execute(
        select(Turn.text, Appeal.subject)
        .select_from(HeatAsk)
        .outerjoin(Turn, Turn.id == HeatAsk.turn_id)
        .outerjoin(Appeal, Appeal.id == HeatAsk.appeal_id)
        .where(*wanted)
        .order_by(HeatAsk.at.desc(), HeatAsk.id.desc())
        .limit(_LOOKED_AT)
    )
    every = [text if text is not None else subject or "" for text, subject in rows]
    tells_who = heat_sentences()["tells_who"]
    said = [each for each in every if not any(word in each for word in tells_who)]
    counted = Counter(comparable(each) for each in said)
    first = {comparable(each): each for each in reversed(said)}
    ordered = sorted(first, key=lambda each: (-counted[each], each))
    return [anonymous(session, first[each]) for each in ordered[:_SHOWN]]


def _during(burst: HeatBurst) -> ColumnElement[bool]:
    begun = HeatAsk.at >= burst.began_at
    return begun if burst.ended_at is None else and_(begun, HeatAsk.at <= burst.ended_at)


def _answered(session: Session, burst: HeatBurst) -> tuple[int, int]:
    rows = session.execute(
        select(Answer.outcome, Answer.rating)
        .select_from(HeatAsk)
        .join(Turn, Turn.id == HeatAsk.turn_id)
        .outerjoin(Answer, Answer.turn_id == Turn.id)
        .where(HeatAsk.topic_id == burst.topic_id, _during(burst))
    ).all()
    return len(rows), sum(is_answered(outcome, rating) for outcome, rating in rows)


def is_answered(outcome: str | None, rating: str | None) -> bool:
    """Tell whether a person got an answer that they did not call wrong or no help."""
    return outcome in ANSWERED and rating not in ("not_solved", "wrong")


def appeals_of(session: Session, burst: HeatBurst) -> Sequence[Appeal]:
    """The appeals of a burst, the oldest first."""
    return session.scalars(
        select(Appeal)
        .join(HeatAsk, HeatAsk.appeal_id == Appeal.id)
        .where(HeatAsk.topic_id == burst.topic_id, _during(burst))
        .order_by(Appeal.id)
    ).all()


def _may_merge(appeal: Appeal, burst: HeatBurst) -> bool:
    return appeal.status in _MERGEABLE and appeal.number != burst.case_number


def mergeable_of(session: Session, burst: HeatBurst) -> list[Appeal]:
    """Those that may still be merged under a parent."""
    return [each for each in appeals_of(session, burst) if _may_merge(each, burst)]
