"""What is asked most (热搜榜): seven days, by day, with a trend; rough words for the public."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from appeals.heat.parameters import heat_parameters, heat_sentences
from appeals.heat_tables import HeatDay, HeatHour, HeatTopic
from core.clock import china_date, end_of_day, start_of_day
from knowledge_base.library import Snapshot


@dataclass(frozen=True)
class HotTopic:
    """One place of the list, for the desk."""

    rank: int
    topic_id: int
    entry_id: str | None
    question: str | None  # None where nobody has given it a title
    people: int
    before: int
    trend: str
    is_public: bool


@dataclass(frozen=True)
class PublicItem:
    """One place of the public list: never the words of a person, never a number."""

    rank: int
    question: str
    entry_id: str | None
    trend: str
    asked: str


def list_the_day(session: Session, *, now: datetime) -> None:
    """Write today's list; what stood there since an hour ago is replaced."""
    told, today = heat_parameters().hot, china_date(now)
    week = timedelta(days=told.days)
    lately = _people(session, now - week, now)
    before = _people(session, now - 2 * week, now - week)
    ordered = sorted(lately, key=lambda topic: (-lately[topic], topic))[: told.kept]
    session.execute(delete(HeatDay).where(HeatDay.day == today))
    session.add_all(
        HeatDay(
            day=today,
            topic_id=topic,
            rank=rank,
            people=lately[topic],
            before=before.get(topic, 0),
        )
        for rank, topic in enumerate(ordered, 1)
    )
    session.flush()


def _people(session: Session, first: datetime, last: datetime) -> dict[int, int]:
    rows = session.execute(
        select(HeatHour.topic_id, func.sum(HeatHour.people))
        .where(HeatHour.hour > first, HeatHour.hour <= last)
        .group_by(HeatHour.topic_id)
    )
    return {topic: int(people) for topic, people in rows}


def hot_topics(session: Session, snapshot: Snapshot, *, day: date) -> list[HotTopic]:
    """The list as it stood on a day (热搜榜历史), with the questions as they are put now."""
    rows = session.execute(
        select(HeatDay, HeatTopic)
        .join(HeatTopic, HeatTopic.id == HeatDay.topic_id)
        .where(HeatDay.day == day)
        .order_by(HeatDay.rank)
    )
    fewest = heat_parameters().hot.fewest_people
    return [
        HotTopic(
            rank=row.rank,
            topic_id=topic.id,
            entry_id=topic.entry_id if topic.entry_id in snapshot.entries else None,
            question=question_of(topic, snapshot),
            people=row.people,
            before=row.before,
            trend=trend_of(row.people, row.before),
            is_public=row.people >= fewest and question_of(topic, snapshot) is not None,
        )
        for row, topic in rows
    ]


def question_of(topic: HeatTopic, snapshot: Snapshot) -> str | None:
    """How a topic is put: the standard question of its published entry, or an editor's title."""
    if topic.entry_id is not None and topic.entry_id in snapshot.entries:
        return snapshot.entries[topic.entry_id].question
    return topic.title


def trend_of(people: int, before: int) -> str:
    """Whether a topic is asked about more than in the week before."""
    told = heat_parameters().hot
    if before < told.new_below:
        return "new"
    if people >= told.up * before:
        return "up"
    return "down" if people <= told.down * before else "same"


def latest_day(session: Session, *, now: datetime) -> date | None:
    """The day of the latest list that is not too old to be shown."""
    today = china_date(now)
    oldest = today - timedelta(days=heat_parameters().hot.stale_days)
    return session.scalar(
        select(func.max(HeatDay.day)).where(HeatDay.day >= oldest, HeatDay.day <= today)
    )


def public_list(session: Session, snapshot: Snapshot, *, now: datetime) -> list[PublicItem]:
    """What everybody may see: enough people, rough words, an approved question or a title."""
    day = latest_day(session, now=now)
    if day is None:
        return []
    shown = [each for each in hot_topics(session, snapshot, day=day) if each.is_public]
    return [
        PublicItem(rank, each.question or "", each.entry_id, each.trend, rough(each.people))
        for rank, each in enumerate(shown[: heat_parameters().hot.public], 1)
    ]


def rough(people: int) -> str:
    """A number in rough words."""
    reached = max((each for each in heat_parameters().hot.rough if each <= people), default=0)
    sentence: str = heat_sentences()["asked"]
    return sentence.format(number=f"{reached:,}")


def daily_people(
    session: Session, topics: Collection[int], *, last: date, days: int
) -> Mapping[int, list[int]]:
    """How many people asked about each topic on each day, the oldest day first (趋势线)."""
    first = last - timedelta(days=days - 1)
    found = {topic: [0] * days for topic in topics}
    rows = session.execute(
        select(HeatHour.topic_id, HeatHour.hour, HeatHour.people).where(
            HeatHour.topic_id.in_(found),
            HeatHour.hour >= start_of_day(first),
            HeatHour.hour < end_of_day(last),
        )
    )
    for topic, hour, people in rows:
        found[topic][(china_date(hour) - first).days] += people
    return found
