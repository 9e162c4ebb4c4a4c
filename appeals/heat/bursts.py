"""When a topic is asked about unusually much (突发): found once, followed, and ended.

Each look compares the people of the last 1, 3 and 24 hours with what is expected of them (see
:mod:`appeals.heat.expecting`). With ``f`` false alarms a month accepted, ``k`` looks a month that
see something new, ``w`` windows and ``t`` topics watched, a count is a burst where its chance is
below ``f / (k·w·t)`` (Bonferroni), it is at least ``fewest_people`` different people and at least
``times_usual`` the expected number. If everything is asked more, as after a broadcast, expectations
rise with it: by the people of all other topics against what is expected of those, where one topic
counts no more than three times its own expectation.

A burst goes on while a weaker bound is passed in any window and is over after ``calm_hours``
without; if it comes back within ``same_hours`` it is the same one, so one burst is one alert. What
has lasted ``most_days`` is the usual level by now, and is learned anew from its last days.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from appeals.heat.expecting import Window, chance, windows
from appeals.heat.parameters import heat_parameters
from appeals.heat_tables import HeatAsk, HeatBurst, HeatState, HeatTopic
from core.audit import write_audit
from core.clock import china_date

_LEAST = 0.05


@dataclass(frozen=True)
class Seen:
    """One topic in one window."""

    window: Window
    people: int
    expected: float
    chance: float

    @property
    def times(self) -> float:
        """How many times the usual level; nothing is usual less often than once in a while."""
        return self.people / max(self.expected, _LEAST)


def detect(session: Session, state: HeatState, *, now: datetime) -> list[HeatBurst]:
    """Find new bursts, follow the open ones and end what is over.

    Returns:
        The bursts that are new.
    """
    rhythm, told = state.rhythm, heat_parameters()
    if rhythm is None or rhythm["days"] < told.fewest_days:
        return []
    looked = windows(rhythm, now=now)
    asked = _asked(session, looked[-1].since, now)
    topics = dict(session.execute(_watched(now)).tuples().all())
    usual = {topic: topics.get(topic) or rhythm["new"] for topic in {*topics, *asked}}
    seen = {topic: _seen(asked.get(topic, ()), usual[topic], looked) for topic in usual}
    _lift_by_tide(seen, usual, looked)
    bursts = _lately_open(session, now)
    found = []
    for topic, views in seen.items():
        known = bursts.get(topic)
        alarm = _alarm(views, len(topics))
        if known is None and alarm is not None:
            found.append(_begin(session, topic, alarm, asked[topic], now))
        elif known is not None:
            _follow(known, views, alarm, now)
            _let_settle(session, known, state, now)
    session.flush()
    return found


def _watched(now: datetime) -> Any:
    since = now - timedelta(days=heat_parameters().look_back_days)
    return select(HeatTopic.id, HeatTopic.usual).where(HeatTopic.last_at >= since)


def _asked(session: Session, since: datetime, now: datetime) -> dict[int, list[datetime]]:
    """When people asked about each topic, each of them once."""
    rows = session.execute(
        select(HeatAsk.topic_id, HeatAsk.at)
        .where(
            HeatAsk.counted, HeatAsk.topic_id.is_not(None), HeatAsk.at > since, HeatAsk.at <= now
        )
        .order_by(HeatAsk.at)
    )
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for topic, at in rows:
        if topic is not None:
            found[topic].append(at)
    return found


def _seen(
    asked: Sequence[datetime], usual: Mapping[str, Any], looked: Sequence[Window]
) -> list[Seen]:
    return [
        Seen(window, sum(at > window.since for at in asked), window.expected(usual), 1.0)
        for window in looked
    ]


def _lift_by_tide(
    seen: dict[int, list[Seen]], usual: Mapping[int, Mapping[str, Any]], looked: Sequence[Window]
) -> None:
    """Raise what is expected where everything is asked more, and tell how likely the counts are."""
    told = heat_parameters().burst
    for place, window in enumerate(looked):
        views = {topic: each[place] for topic, each in seen.items()}
        heard = {topic: min(each.people, 3 * each.expected + 3) for topic, each in views.items()}
        people, expected = sum(heard.values()), sum(each.expected for each in views.values())
        for topic, each in views.items():
            others = people - heard[topic] + told.tide_weight
            tide = others / (expected - each.expected + told.tide_weight)
            lifted = each.expected * min(max(tide, 1.0), told.most_tide)
            likely = (
                chance(each.people, lifted, window.spread(usual[topic])) if each.people else 1.0
            )
            seen[topic][place] = Seen(window, each.people, lifted, likely)


def _alarm(views: Sequence[Seen], watched: int) -> Seen | None:
    """The least likely window that is a burst by itself."""
    told = heat_parameters().burst
    tests = told.looks_a_month * len(told.windows_hours) * max(watched, told.fewest_watched)
    bound = told.false_per_month / tests
    alarms = [
        each
        for each in views
        if each.chance < bound
        and each.people >= told.fewest_people
        and each.people >= told.times_usual * each.expected
    ]
    return min(alarms, key=lambda each: each.chance, default=None)


def _lately_open(session: Session, now: datetime) -> dict[int, HeatBurst]:
    """The open bursts and those that ended just now, by topic; the newest where there are two."""
    since = now - timedelta(hours=heat_parameters().burst.same_hours)
    rows = session.scalars(
        select(HeatBurst)
        .where(or_(HeatBurst.ended_at.is_(None), HeatBurst.ended_at >= since))
        .order_by(HeatBurst.id)
        .with_for_update()
    )
    return {row.topic_id: row for row in rows}


def _begin(
    session: Session, topic_id: int, alarm: Seen, asked: Sequence[datetime], now: datetime
) -> HeatBurst:
    burst = HeatBurst(
        topic_id=topic_id,
        began_at=next(at for at in asked if at > alarm.window.since),
        found_at=now,
        window_hours=alarm.window.hours,
        people=alarm.people,
        usual=alarm.expected,
        now_hours=alarm.window.hours,
        now_people=alarm.people,
        now_usual=alarm.expected,
        peak=alarm.times,
        hot_at=now,
    )
    session.add(burst)
    session.flush()
    write_audit(
        session,
        actor="system",
        deed="appeals.burst.found",
        subject=f"burst:{burst.id}",
        now=now,
        people=alarm.people,
        usual=round(alarm.expected, 2),
        hours=alarm.window.hours,
    )
    return burst


def _follow(burst: HeatBurst, views: Sequence[Seen], alarm: Seen | None, now: datetime) -> None:
    told = heat_parameters().burst
    if burst.ended_at is not None:
        if alarm is None:
            return
        burst.ended_at = None
    strongest = min(views, key=lambda each: each.chance)
    burst.now_hours, burst.now_people = strongest.window.hours, strongest.people
    burst.now_usual = strongest.expected
    if strongest.chance < told.stays and strongest.people >= told.stays_people:
        burst.hot_at = max(now, burst.hot_at)
        burst.peak = max(burst.peak, strongest.times)
    if now - burst.hot_at >= timedelta(hours=told.calm_hours):
        burst.ended_at = now


def _let_settle(session: Session, burst: HeatBurst, state: HeatState, now: datetime) -> None:
    """What lasts is no burst any more: the level is learned anew, before the next look."""
    told = heat_parameters().burst
    if burst.ended_at is None and now - burst.began_at >= timedelta(days=told.most_days):
        burst.ended_at = now
        topic = session.get_one(HeatTopic, burst.topic_id)
        topic.level_from = china_date(now) - timedelta(days=told.settled_days)
        state.fitted_on = None
