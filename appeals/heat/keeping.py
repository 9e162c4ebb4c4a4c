"""What was heard is noted and counted (记热度): once, by one worker, whole or not at all."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from appeals.heat.grouping import Placed, Placing
from appeals.heat.hearing import Listened
from appeals.heat.parameters import heat_parameters
from appeals.heat_tables import HeatAsk, HeatHour, HeatState, HeatTopic
from appeals.tables import Appeal
from consultations.tables import Turn
from knowledge_base.normalise import comparable

#: So many values are named in one statement.
_BATCH = 500
_Value = TypeVar("_Value")


def keep(session: Session, listened: Listened, placing: Placing, *, now: datetime) -> int | None:
    """Note what was heard, and count who asked.

    Args:
        session: Open session; whoever comes second waits here for the first.
        listened: What the step started from.
        placing: Where it belongs.
        now: The moment.

    Returns:
        How much was noted; None where another worker has done the step.

    Raises:
        IntegrityError: Another worker did the very first step at the same moment.
    """
    state = session.get(HeatState, 1, with_for_update=True)
    if state is None:
        state = HeatState(id=1, turns_to=listened.turns_to, steps=0)
        session.add(state)
        session.flush()
    if state.steps != listened.steps:
        return None
    state.steps += 1
    state.turns_to, state.run_at = listened.turns_to, now
    placed = [each for each in placing.placed if each.heard.appeal_id or each.heard.turn_id]
    standing = _still_there(session, placed)
    kept = [each for each in placed if _key(each) in standing]
    topics = _Topics(session, now)
    rows = [_row(each, topics) for each in kept]
    session.add_all(rows)
    joined = _joined(session, placing, topics)
    session.flush()
    _count(session, [*joined, *rows])
    texts = {each.ask_id: each.text for each in listened.loose}
    wordings = [(row, texts[row.id]) for row in joined]
    wordings += [(row, each.heard.text) for row, each in zip(rows, kept, strict=True)]
    _let_stand(session, wordings, listened)
    topics.note_last([*joined, *rows])
    return len(rows)


def _key(placed: Placed) -> str | int | None:
    return placed.heard.turn_id or placed.heard.appeal_id


def _still_there(session: Session, placed: Sequence[Placed]) -> set[str | int | None]:
    """What was not deleted meanwhile, held until the end of the transaction."""
    turns = [each.heard.turn_id for each in placed if each.heard.turn_id is not None]
    appeals = [each.heard.appeal_id for each in placed if each.heard.appeal_id is not None]
    found: set[str | int | None] = set()
    for names in _batches(turns):
        named = select(Turn.id).where(Turn.id.in_(names)).with_for_update(read=True)
        found.update(session.scalars(named))
    for numbers in _batches(appeals):
        found.update(session.scalars(select(Appeal.id).where(Appeal.id.in_(numbers))))
    return found


class _Topics:
    """The topics of one step: found, or begun."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session, self._now = session, now
        self._of_entry: dict[str, int] = {}
        self._of_cluster: dict[int, int] = {}

    def of(self, placed: Placed) -> int | None:
        if placed.entry_id is not None:
            return self._entry(placed.entry_id, placed.heard.at)
        if placed.new_topic is not None:
            return self.begun(placed.new_topic, placed.heard.at)
        return placed.topic_id

    def begun(self, cluster: int, at: datetime) -> int:
        if cluster not in self._of_cluster:
            self._of_cluster[cluster] = self._begin(None, at)
        return self._of_cluster[cluster]

    def _entry(self, entry_id: str, at: datetime) -> int:
        if entry_id not in self._of_entry:
            known = select(HeatTopic.id).where(HeatTopic.entry_id == entry_id)
            self._of_entry[entry_id] = self._session.scalar(known) or self._begin(entry_id, at)
        return self._of_entry[entry_id]

    def _begin(self, entry_id: str | None, at: datetime) -> int:
        topic = HeatTopic(entry_id=entry_id, created_at=self._now, last_at=at)
        self._session.add(topic)
        self._session.flush()
        return topic.id

    def note_last(self, rows: Iterable[HeatAsk]) -> None:
        last: dict[int, datetime] = {}
        for row in rows:
            if row.topic_id is not None:
                last[row.topic_id] = max(row.at, last.get(row.topic_id, row.at))
        for topic_id, at in last.items():
            self._session.execute(
                update(HeatTopic)
                .where(HeatTopic.id == topic_id, HeatTopic.last_at < at)
                .values(last_at=at)
            )


def _row(placed: Placed, topics: _Topics) -> HeatAsk:
    heard = placed.heard
    return HeatAsk(
        topic_id=topics.of(placed),
        person=heard.person,
        turn_id=heard.turn_id,
        appeal_id=heard.appeal_id,
        at=heard.at,
        counted=False,
        loose=placed.loose and placed.new_topic is None,
        stands=False,
    )


def _joined(session: Session, placing: Placing, topics: _Topics) -> list[HeatAsk]:
    """Earlier loose questions that begin a topic now."""
    if not placing.joined:
        return []
    rows = session.scalars(
        select(HeatAsk)
        .where(HeatAsk.id.in_(placing.joined), HeatAsk.loose)
        .order_by(HeatAsk.at, HeatAsk.id)
    ).all()
    for row in rows:
        row.topic_id, row.loose = topics.begun(placing.joined[row.id], row.at), False
    return list(rows)


def _count(session: Session, rows: Sequence[HeatAsk]) -> None:
    """Count each person once on a topic within a day, at the hour of the first question."""
    asked = [row for row in sorted(rows, key=lambda row: row.at) if row.topic_id is not None]
    if not asked:
        return
    once = timedelta(hours=heat_parameters().counts_once_hours)
    last = _last_counted(session, asked, once)
    hours: Counter[tuple[int, datetime]] = Counter()
    for row in asked:
        assert row.topic_id is not None
        whose = (row.topic_id, row.person)
        row.counted = all(abs(row.at - at) >= once for at in last[whose])
        if row.counted:
            last[whose].append(row.at)
            hours[row.topic_id, row.at.replace(minute=0, second=0, microsecond=0)] += 1
    session.flush()
    _add_to_hours(session, hours)


def _last_counted(
    session: Session, rows: Sequence[HeatAsk], once: timedelta
) -> defaultdict[tuple[int, str], list[datetime]]:
    found: defaultdict[tuple[int, str], list[datetime]] = defaultdict(list)
    for people in _batches(sorted({row.person for row in rows})):
        counted = session.execute(
            select(HeatAsk.topic_id, HeatAsk.person, HeatAsk.at).where(
                HeatAsk.counted,
                HeatAsk.person.in_(people),
                HeatAsk.at > rows[0].at - once,
                HeatAsk.at < rows[-1].at + once,
            )
        )
        for topic_id, person, at in counted:
            if topic_id is not None:
                found[topic_id, person].append(at)
    return found


def _add_to_hours(session: Session, hours: Counter[tuple[int, datetime]]) -> None:
    """Safe because only one worker at a time holds the state."""
    known: set[tuple[int, datetime]] = set()
    for moments in _batches(sorted({hour for _, hour in hours})):
        rows = session.execute(
            select(HeatHour.topic_id, HeatHour.hour).where(HeatHour.hour.in_(moments))
        )
        known.update(rows.tuples())
    session.add_all(
        HeatHour(topic_id=topic, hour=hour, people=people)
        for (topic, hour), people in hours.items()
        if (topic, hour) not in known
    )
    for (topic, hour), people in hours.items():
        if (topic, hour) in known:
            session.execute(
                update(HeatHour)
                .where(HeatHour.topic_id == topic, HeatHour.hour == hour)
                .values(people=HeatHour.people + people)
            )
    session.flush()


def _let_stand(
    session: Session, wordings: Sequence[tuple[HeatAsk, str]], listened: Listened
) -> None:
    """Let the first different wordings of a topic that is told by its words stand for it."""
    said: defaultdict[int | None, set[str]] = defaultdict(set)
    for each in listened.standing:
        said[each.topic_id].add(comparable(each.text))
    of_entries = _of_entries(session, [row for row, _ in wordings])
    most = heat_parameters().grouping.standing_for
    for row, text in wordings:
        by_entry = row.topic_id in of_entries and row.topic_id not in said
        if row.topic_id is None or by_entry or len(said[row.topic_id]) >= most:
            continue
        wording = comparable(text)
        row.stands = wording not in said[row.topic_id]
        said[row.topic_id].add(wording)
    session.flush()


def _of_entries(session: Session, rows: Sequence[HeatAsk]) -> set[int | None]:
    ids = {row.topic_id for row in rows}
    named = select(HeatTopic.id).where(HeatTopic.id.in_(ids), HeatTopic.entry_id.is_not(None))
    return set(session.scalars(named))


def forget_old(session: Session, *, now: datetime) -> None:
    """Forget who asked what, and hours that no trend shows any more; once a day.

    The wordings that a topic is known by stay while it is asked about.
    """
    told = heat_parameters()
    until = now - timedelta(days=told.keep_asks_days)
    asleep = select(HeatTopic.id).where(HeatTopic.last_at < until)
    is_over = or_(~HeatAsk.stands, HeatAsk.topic_id.in_(asleep))
    session.execute(delete(HeatAsk).where(HeatAsk.at < until, is_over))
    hours_until = now - timedelta(days=told.hot.keep_days)
    session.execute(delete(HeatHour).where(HeatHour.hour < hours_until))


def _batches(values: Sequence[_Value]) -> Iterator[Sequence[_Value]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]
