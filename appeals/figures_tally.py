"""Counting many cases into figures (汇总): amounts, shares, medians, tails, hidden small cells."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from appeals.figures_cases import CaseRow
from appeals.figures_course import MARKED, Course
from appeals.figures_words import words
from appeals.settling import LOWEST_GOOD_RATING

STARS = (1, 2, 3, 4, 5)
_SPANS = ("accept", "answer", "settle")


@dataclass
class Tally:
    """What has been counted for one group."""

    counts: Counter[str] = field(default_factory=Counter)
    rounds: Counter[tuple[int, str]] = field(default_factory=Counter)
    ratings: Counter[int] = field(default_factory=Counter)
    days_late: array[int] = field(default_factory=lambda: array("l"))
    minutes: dict[str, array[int]] = field(
        default_factory=lambda: {name: array("l") for name in _SPANS}
    )

    def add(self, row: CaseRow, course: Course) -> None:
        """Count one case."""
        self.counts.update(course.marks)
        for promise in course.promises:
            self.rounds[promise.round_no, promise.state] += 1
            if promise.state == "breached":
                self.days_late.append(promise.days_late)
        if row.rating is not None:
            self.ratings[row.rating] += 1
        for name in _SPANS:
            span = getattr(course, f"{name}_minutes")
            if span is not None:
                self.minutes[name].append(span)


@dataclass
class Figures:
    """The figures of one group; what cannot be told is None.

    ``values`` holds every figure of ``figures.yml`` by its code.
    """

    key: str
    label: str
    values: dict[str, int | float | None]
    rounds: tuple[dict[str, Any], ...]
    ratings: tuple[int, ...] | None
    is_hidden: bool = False

    def hide(self) -> None:
        """Say nothing of how satisfied people were."""
        self.is_hidden, self.ratings = True, None
        self.values["satisfied_share"] = self.values["rating_average"] = None

    @property
    def rated(self) -> int:
        return int(self.values["rated"] or 0)


def figures_of(key: str, label: str, tally: Tally) -> Figures:
    """The figures of what was counted; satisfaction is hidden where too few gave a rating."""
    counts, ratings = tally.counts, tally.ratings
    rated = sum(ratings.values())
    late = sorted(tally.days_late)
    values: dict[str, int | float | None] = {
        **{name: counts[name] for name in ("filed", "open", "settled", "on_time", "breached",
           "pending", "urged", "withdrawn", "refused", *MARKED)},
        "accepted_in_time": counts["accepted_in_time"],
        "accepted_late": counts["accepted_late"],
        "accept_share": _share(counts["accepted_in_time"], counts["accepted_late"]),
        "on_time_share": _share(counts["on_time"], counts["breached"]),
        "late_median": at_share(late, 0.5),
        "late_worst": late[-1] if late else None,
        "rated": rated,
        "rated_share": _share(rated, counts["rateable"] - rated),
        "satisfied_share": _share(_good(ratings), rated - _good(ratings)),
        "rating_average": round(sum(s * n for s, n in ratings.items()) / rated, 4)
        if rated
        else None,
    }  # fmt: skip
    for name in _SPANS:
        values |= _spread(name, sorted(tally.minutes[name]))
    stars = tuple(ratings[star] for star in STARS)
    made = Figures(key, label, values, _rounds(tally), stars)
    if 0 < rated < words()["least_cell"]:
        made.hide()
    return made


def hide_small(rows: list[Figures]) -> None:
    """Hide one row more where what is hidden could be told from the total."""
    hidden = [each for each in rows if each.is_hidden]
    shown = sorted((each for each in rows if not each.is_hidden and each.rated), key=_by_rated)
    if hidden and shown and (len(hidden) == 1 or sum(map(_by_rated, hidden)) < _least()):
        shown[0].hide()


def distribution(tally: Tally, minutes_a_day: int) -> list[dict[str, Any]]:
    """How long first answers took, in the stretches of ``figures.yml``."""
    sorted_spans = sorted(tally.minutes["answer"])
    found, below = [], 0
    for bucket in words()["buckets"]:
        limit = bucket["minutes"]
        if bucket["days"] is not None:
            limit = int(bucket["days"] * minutes_a_day)
        upto = len(sorted_spans) if limit is None else bisect_left(sorted_spans, limit + 1)
        found.append({"label": bucket["label"], "count": max(0, upto - below)})
        below = max(below, upto)
    return found


def at_share(ordered: list[int], share: float) -> int | None:
    """The first value that so many of the values do not exceed (nearest rank)."""
    if not ordered:
        return None
    return ordered[max(0, ceil(round(share * len(ordered), 6)) - 1)]


def _spread(name: str, ordered: list[int]) -> dict[str, int | float | None]:
    return {
        f"{name}_median": at_share(ordered, 0.5),
        f"{name}_p90": at_share(ordered, 0.9),
        f"{name}_p99": at_share(ordered, 0.99),
        f"{name}_worst": ordered[-1] if ordered else None,
    }


def _rounds(tally: Tally) -> tuple[dict[str, Any], ...]:
    """How the promises of each round were kept; a reopened case has a second, and so on."""
    last = max((round_no for round_no, _ in tally.rounds), default=0)
    found = []
    for round_no in range(1, last + 1):
        states = {s: tally.rounds[round_no, s] for s in ("on_time", "breached", "pending")}
        share = _share(states["on_time"], states["breached"])
        found.append({"round": round_no, **states, "on_time_share": share})
    return tuple(found)


def _share(part: int, rest: int) -> float | None:
    return round(part / (part + rest), 4) if part + rest else None


def _good(ratings: Counter[int]) -> int:
    return sum(count for star, count in ratings.items() if star >= LOWEST_GOOD_RATING)


def _by_rated(row: Figures) -> int:
    return row.rated


def _least() -> int:
    return int(words()["least_cell"])
