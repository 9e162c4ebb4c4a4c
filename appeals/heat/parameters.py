"""The numbers that heat is measured by (热度参数), each with its reason in ``parameters.yml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Grouping(_Part):
    """How questions become topics."""

    together: float
    sure_entry: float
    sure_lead: float
    standing_for: int
    most_loose: int
    fewest_people: int


class Unseen(_Part):
    """What is supposed of kinds of days that were hardly seen."""

    makeup: float
    weekend: float
    holiday: float
    busy: float
    last: float


class Usual(_Part):
    """How the usual level is taken."""

    prior_people: float
    prior_days: float
    floor_a_day: float
    unseen: Unseen
    fewest_of_a_kind: int
    busy_days: int
    last_days: int
    season_weight: float
    hours_weight: float
    trimmed: float
    cut_at: float
    least_spread: float
    most_spread: float
    spread_weight: float
    hour_spread: float


class Burst(_Part):
    """When a topic is unusual, and when no longer."""

    windows_hours: tuple[int, ...]
    false_per_month: float
    looks_a_month: int
    fewest_watched: int
    fewest_people: int
    times_usual: float
    stays: float
    stays_people: int
    calm_hours: int
    same_hours: int
    most_days: int
    settled_days: int
    most_tide: float
    tide_weight: float


class Shown(_Part):
    """What the desk shows of a burst."""

    examples: int


class Hot(_Part):
    """The list of what is asked most."""

    days: int
    kept: int
    public: int
    fewest_people: int
    up: float
    down: float
    new_below: int
    rough: tuple[int, ...]
    stale_days: int
    keep_days: int


class Parameters(_Part):
    """All of them."""

    every_minutes: int
    look_back_days: int
    fewest_days: int
    patience_minutes: int
    counts_once_hours: int
    keep_asks_days: int
    grouping: Grouping
    usual: Usual
    burst: Burst
    shown: Shown
    hot: Hot


@cache
def heat_parameters() -> Parameters:
    """What stands in ``parameters.yml``."""
    path = Path(__file__).parent / "parameters.yml"
    return Parameters.model_validate(yaml.safe_load(path.read_text("utf-8")))


@cache
def heat_sentences() -> dict[str, Any]:
    """What people read about heat, from ``sentences.yml``."""
    path = Path(__file__).parent / "sentences.yml"
    found: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    return found
