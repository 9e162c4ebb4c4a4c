"""How many people are expected in the last hours (期望人数), and how unlikely more are.

A count is taken to be negative binomial with mean μ and variance ``μ + φ·μ²``; the chance of ``n``
people or more is then ``I(n, 1/φ; μφ / (1 + μφ))``, the regularised incomplete beta function.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from scipy.special import betainc

from appeals.heat.day_kinds import Days
from appeals.heat.parameters import heat_parameters
from appeals.heat.usual import day_weight
from core.clock import china_time

_HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Window:
    """The last hours, and what the rhythm of the service makes of them.

    ``shares`` tells how much of an ordinary working day falls into them, apart for days off, for
    the season and for the hours of working days, because topics differ there.
    """

    hours: int
    since: datetime
    shares: Mapping[tuple[bool, bool, int | None], float]

    def expected(self, usual: Mapping[str, Any]) -> float:
        """How many people ask about a topic in these hours as a rule."""
        told = heat_parameters().usual
        weight = sum(
            share
            * (usual["season"] if in_season else usual["off"] if is_off else 1.0)
            * (usual["hours"][hour] if hour is not None else 1.0)
            for (is_off, in_season, hour), share in self.shares.items()
        )
        return float(max(usual["level"], told.floor_a_day) * weight)

    def spread(self, usual: Mapping[str, Any]) -> float:
        """By how much that varies beyond chance, what is not known of the level included."""
        told = heat_parameters().usual
        hourly = told.hour_spread if self.hours < 24 else 0.0
        return float(usual["spread"] + hourly + 1.0 / (told.prior_people + usual["known"]))


def windows(rhythm: Mapping[str, Any], *, now: datetime) -> list[Window]:
    """The windows that are looked at."""
    days = Days()
    return [_window(hours, rhythm, days, now) for hours in heat_parameters().burst.windows_hours]


def _window(hours: int, rhythm: Mapping[str, Any], days: Days, now: datetime) -> Window:
    since = now - hours * _HOUR
    shares: defaultdict[tuple[bool, bool, int | None], float] = defaultdict(float)
    at = since
    while at < now:
        local = china_time(at)
        until = min(at - timedelta(minutes=at.minute, seconds=at.second,
                                   microseconds=at.microsecond) + _HOUR, now)  # fmt: skip
        kind = days.of(local.date())
        share = (until - at) / _HOUR * day_weight(kind, rhythm)
        own_hour = None if kind.is_off else local.hour
        if kind.is_off:
            share *= rhythm["hours"]["off"][local.hour]
        shares[kind.is_off, kind.season is not None, own_hour] += share
        at = until
    return Window(hours, since, shares)


def chance(people: int, expected: float, spread: float) -> float:
    """The chance of so many people or more."""
    if people <= 0:
        return 1.0
    odds = expected * spread
    return float(betainc(people, 1.0 / spread, odds / (1.0 + odds)))
