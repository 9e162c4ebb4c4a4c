"""How much is usually asked (平时水平), learned from the past weeks once a day.

The rhythm is learned from all topics together, because most topics are asked too seldom to have
one of their own: the share ``h`` of each hour of a working day and of a day off, the weight ``w``
of each kind of day against an ordinary working day (medians), and the season's factor ``s`` on
days shortly before the last day to file. A topic has a level ``L`` in people per ordinary working
day, and factors ``a`` and ``b`` by which its season and its days off differ from everybody's:

    expected(topic, hour) = L · w(day) · h(hour) · [s·a in season] · [b on a day off]

With ``c`` the counts of its days and ``e`` their weights, days with the highest ``c/e`` are left
out for a first level, each day is cut off at three deviations above it, and then

    L = (A + Σ min(c, cut)) / (B + Σ e)

where A people in B days stand for what is not known yet, so a new topic is expected to be asked
little but not nothing. Days of known bursts are left out. ``a`` and ``b`` are taken the same way
and held to 1 by a weight. The spread φ of a topic, by which its variance exceeds chance
(``var = μ + φ·μ²``), comes from its days and is held to that of all topics; what is not known of
the level, ``1/(A + Σ c)``, adds to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from appeals.heat.day_kinds import BUSY, HOLIDAY, LAST, MAKEUP, WEEKEND, WORK, DayKind, Days
from appeals.heat.parameters import heat_parameters
from appeals.heat_tables import HeatBurst, HeatHour, HeatState, HeatTopic
from core.calendar import is_workday
from core.clock import china_date, china_time, start_of_day

_Numbers = NDArray[np.float64]
#: Hours of a day.
_HOURS = 24
#: Seasons' factors are not believed beyond this.
_MOST_FACTOR = 6.0


@dataclass(frozen=True)
class _Past:
    """What was asked, by topic, day and hour; and which days count for which topic."""

    topics: Sequence[HeatTopic]
    days: Sequence[date]
    counts: _Numbers  # topic x day
    hours: _Numbers  # day x hour, all topics
    own: _Numbers  # topic x hour, working days
    counted: NDArray[np.bool_]  # topic x day: no burst, and not before the level was settled


def learn(session: Session, state: HeatState, *, now: datetime) -> None:
    """Learn the rhythm and every topic's level from the whole days before today."""
    past = _past(session, now)
    kinds, rhythm = _rhythm(past)
    rhythm["days"] = len(past.days)
    weights = _weights(past, kinds, rhythm)
    season = np.array([kind.season is not None for kind in kinds], dtype=bool)
    off = np.array([kind.is_off for kind in kinds], dtype=bool)
    levels, cut = _levels(past, weights, ~season & ~off)
    spreads = []
    for row, topic in enumerate(past.topics):
        counted, counts = past.counted[row], cut[row]
        in_season = _factor(counts, levels[row] * weights, counted & season)
        on_days_off = _factor(counts, levels[row] * weights, counted & off & ~season)
        mean = levels[row] * weights
        mean = mean * np.where(season, in_season, 1.0) * np.where(off & ~season, on_days_off, 1.0)
        spreads.append((((counts - mean) ** 2 - mean)[counted].sum(), (mean**2)[counted].sum()))
        topic.usual = {
            "level": float(levels[row]),
            "season": in_season,
            "off": on_days_off,
            "known": float(counts[counted].sum()),
            "hours": _own_hours(past.own[row], rhythm["hours"]["work"]),
        }
    _spread(past.topics, spreads, rhythm)
    told = heat_parameters().usual
    rhythm["new"] = {
        "level": told.prior_people / (told.prior_days + float(weights.sum())),
        "season": 1.0,
        "off": 1.0,
        "known": 0.0,
        "spread": rhythm["spread"],
        "hours": rhythm["hours"]["work"],
    }
    state.rhythm, state.fitted_on = rhythm, china_date(now)


def _past(session: Session, now: datetime) -> _Past:
    told = heat_parameters()
    today = china_date(now)
    first = today - timedelta(days=told.look_back_days)
    oldest = session.scalar(select(func.min(HeatHour.hour)))
    if oldest is not None:
        first = max(first, china_date(oldest))
    days = [first + timedelta(days=n) for n in range((today - first).days)] if oldest else []
    topics = session.scalars(
        select(HeatTopic).where(HeatTopic.last_at >= start_of_day(first)).order_by(HeatTopic.id)
    ).all()
    row_of = {topic.id: row for row, topic in enumerate(topics)}
    counts, hours = np.zeros((len(topics), len(days))), np.zeros((len(days), _HOURS))
    own, works = np.zeros((len(topics), _HOURS)), [is_workday(day) for day in days]
    rows = session.execute(
        select(HeatHour.topic_id, HeatHour.hour, HeatHour.people).where(
            HeatHour.hour >= start_of_day(first), HeatHour.hour < start_of_day(today)
        )
    )
    for topic_id, hour, people in rows:
        at = china_time(hour)
        column = (at.date() - first).days
        if topic_id in row_of:
            counts[row_of[topic_id], column] += people
            own[row_of[topic_id], at.hour] += people * works[column]
        hours[column, at.hour] += people
    counted = _counted(session, topics, days, row_of)
    return _Past(topics, days, counts, hours, own, counted)


def _counted(
    session: Session, topics: Sequence[HeatTopic], days: Sequence[date], row_of: dict[int, int]
) -> NDArray[np.bool_]:
    counted = np.ones((len(topics), len(days)), dtype=bool)
    for row, topic in enumerate(topics):
        if topic.level_from is not None:
            counted[row] = [day >= topic.level_from for day in days]
    if not days:
        return counted
    bursts = session.scalars(
        select(HeatBurst).where(
            HeatBurst.topic_id.in_(row_of), HeatBurst.hot_at >= start_of_day(days[0])
        )
    )
    for burst in bursts:
        level_from = topics[row_of[burst.topic_id]].level_from
        began, last = china_date(burst.began_at), china_date(burst.hot_at)
        for column, day in enumerate(days):
            if began <= day <= last and (level_from is None or day < level_from):
                counted[row_of[burst.topic_id], column] = False
    return counted


def _rhythm(past: _Past) -> tuple[list[DayKind], dict[str, Any]]:
    """The kinds of the days, and what all topics together tell of hours and days."""
    known = Days()
    kinds = [known.of(day) for day in past.days]
    totals = past.counts.sum(axis=0) if len(past.topics) else np.zeros(len(kinds))
    told = heat_parameters().usual
    unseen = told.unseen

    def median(found: list[bool], otherwise: float, fewest: int = told.fewest_of_a_kind) -> float:
        seen = totals[np.array(found, dtype=bool)] if found else totals
        return float(np.median(seen)) if len(seen) >= fewest else otherwise

    ordinary = median([each.kind == WORK and each.season is None for each in kinds], 0.0, 1)
    base = ordinary or median([True for _ in kinds], 1.0, 1) or 1.0

    def weight(otherwise: float, found: list[bool]) -> float:
        return min(median(found, otherwise * base) / base, _MOST_FACTOR)

    weekend = weight(unseen.weekend, [e.kind == WEEKEND and not e.season for e in kinds])
    workdays = [each.kind in (WORK, MAKEUP) for each in kinds]
    return kinds, {
        "kinds": {
            WORK: 1.0,
            MAKEUP: weight(unseen.makeup, [e.kind == MAKEUP for e in kinds]),
            WEEKEND: weekend,
            HOLIDAY: weight(unseen.holiday, [e.kind == HOLIDAY for e in kinds]),
        },
        "season": {
            BUSY: weight(unseen.busy, [e.kind == WORK and e.season == BUSY for e in kinds]),
            LAST: weight(unseen.last, [e.kind == WORK and e.season == LAST for e in kinds]),
        },
        "hours": {
            "work": _shares(past.hours, workdays),
            "off": _shares(past.hours, [not each for each in workdays]),
        },
    }


def _shares(hours: _Numbers, wanted: list[bool]) -> list[float]:
    """The share of each hour; one more is supposed of each, so that none is impossible."""
    summed = hours[np.array(wanted, dtype=bool)].sum(axis=0) if wanted else np.zeros(_HOURS)
    shares: list[float] = ((summed + 1.0) / (summed.sum() + _HOURS)).tolist()
    return shares


def _own_hours(own: _Numbers, shared: list[float]) -> list[float]:
    """The hours of one topic on working days, held to those of all."""
    held = heat_parameters().usual.hours_weight
    shares = (own + held * np.array(shared)) / (own.sum() + held)
    rounded: list[float] = np.round(shares, 5).tolist()
    return rounded


def _weights(past: _Past, kinds: list[DayKind], rhythm: dict[str, Any]) -> _Numbers:
    return np.array([day_weight(kind, rhythm) for kind in kinds])


def day_weight(kind: DayKind, rhythm: Mapping[str, Any]) -> float:
    """How much a day weighs against an ordinary working day."""
    weight: float = rhythm["kinds"][kind.kind]
    return weight * (rhythm["season"][kind.season] if kind.season else 1.0)


def _levels(
    past: _Past, weights: _Numbers, ordinary: NDArray[np.bool_]
) -> tuple[_Numbers, _Numbers]:
    """The level of each topic, and its counts with single days cut off."""
    told = heat_parameters().usual
    levels = np.zeros(len(past.topics))
    cut = past.counts.copy()
    for row in range(len(past.topics)):
        counted = past.counted[row] & (weights > 0)
        chosen = counted & ordinary if (counted & ordinary).any() else counted
        if not chosen.any():
            levels[row] = told.prior_people / told.prior_days
            continue
        ratios = np.sort(past.counts[row][chosen] / weights[chosen])
        kept = ratios[: max(1, int(np.ceil(len(ratios) * (1 - told.trimmed))))]
        mean = float(kept.mean()) * weights
        above = told.cut_at * np.sqrt(mean + told.hour_spread * mean**2)
        cut[row] = np.minimum(past.counts[row], np.maximum(2.0, mean + above))
        people, days = float(cut[row][chosen].sum()), float(weights[chosen].sum())
        levels[row] = (told.prior_people + people) / (told.prior_days + days)
    return levels, cut


def _factor(counts: _Numbers, expected: _Numbers, chosen: NDArray[np.bool_]) -> float:
    """By how much a topic differs on some days, held to 1 where little is known."""
    held = heat_parameters().usual.season_weight
    factor = (held + float(counts[chosen].sum())) / (held + float(expected[chosen].sum()))
    return min(max(factor, 1 / _MOST_FACTOR), _MOST_FACTOR)


def _spread(
    topics: Sequence[HeatTopic], spreads: list[tuple[float, float]], rhythm: dict[str, Any]
) -> None:
    """The spread of all topics, and of each, held to it."""
    told = heat_parameters().usual

    def bounded(value: float) -> float:
        return min(max(value, told.least_spread), told.most_spread)

    over, squares = (sum(each[place] for each in spreads) for place in (0, 1))
    shared = bounded(over / squares) if squares else told.most_spread
    held = told.spread_weight
    for topic, (excess, square) in zip(topics, spreads, strict=True):
        own = bounded((excess + shared * held) / (square + held))
        topic.usual = {**(topic.usual or {}), "spread": own}
    rhythm["spread"] = shared
