"""How near two questions are (提问相近), by meaning and by characters; questions put in groups.

A question joins the nearest group, or begins one: groups never change their number, and which
group a question joins depends on nothing but what was asked before it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from knowledge_base.meaning import Vectors
from knowledge_base.normalise import comparable, grams
from knowledge_base.search import SearchIndex

#: How much goes by meaning, where the library is large enough to know any.
BY_MEANING = 0.6
#: Questions as near as that are of one matter. Of 600 wordings of 120 entries that the library did
#: not have, six of seven in a group were of one entry; lower, groups are larger and less pure.
TOGETHER = 0.5
#: So many different wordings stand for a group, the first that were asked; so many are compared.
STANDING_FOR, COMPARED = 5, 60
#: A group is as near as its nearest wordings.
NEAREST = 2


@dataclass(frozen=True)
class Read:
    """A question made comparable."""

    weights: Mapping[str, float]  # of its characters and pairs
    known: float  # share of that weight which the library knows
    vector: Vectors | None


def read(text: str, index: SearchIndex) -> Read:
    """Make a question comparable."""
    units = Counter(grams(comparable(text)))
    weights = {unit: count * index.rarity(unit) for unit, count in units.items()}
    known = sum(weight for unit, weight in weights.items() if index.says(unit))
    return Read(weights, known / (sum(weights.values()) or 1.0), index.vector(text))


def nearness(one: Read, other: Read) -> float:
    """How near two questions are, between 0 and 1.

    What the library does not know has no meaning to it: as much less goes by meaning.
    """
    shared = sum(min(weight, other.weights.get(u, 0.0)) for u, weight in one.weights.items())
    alike = 2 * shared / (sum(one.weights.values()) + sum(other.weights.values()) or 1.0)
    if one.vector is None or other.vector is None:
        return alike
    meant = max(float(one.vector @ other.vector), 0.0)
    by_meaning = BY_MEANING * min(one.known, other.known)
    return by_meaning * meant + (1 - by_meaning) * alike


class Gathering:
    """Groups with the wordings that stand for each.

    Args:
        index: What the library knows.
    """

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self._reads: list[Read] = []
        self._groups: list[int] = []
        self._standing: defaultdict[int, int] = defaultdict(int)

    def add(self, group: int, text: str) -> None:
        """Let a wording stand for a group, unless enough do."""
        self._add(group, read(text, self._index))

    def put(self, text: str, new_group: int) -> int:
        """Put a question into its group.

        Args:
            text: The question.
            new_group: The number of the group that it begins where none is near.

        Returns:
            The number of its group.
        """
        asked = read(text, self._index)
        near: defaultdict[int, list[float]] = defaultdict(list)
        for place in self._compared(asked):
            near[self._groups[place]].append(nearness(asked, self._reads[place]))
        found = {group: _together(each) for group, each in near.items()}
        best = min(found, key=lambda group: (-found[group], group), default=new_group)
        group = best if found.get(best, 0.0) >= TOGETHER else new_group
        self._add(group, asked)
        return group

    def _add(self, group: int, asked: Read) -> None:
        if self._standing[group] < STANDING_FOR:
            self._standing[group] += 1
            self._groups.append(group)
            self._reads.append(asked)

    def _compared(self, asked: Read) -> Iterable[int]:
        """The places of the wordings that may be near: all, or those nearest by meaning."""
        if asked.vector is None or len(self._reads) <= COMPARED:
            return range(len(self._reads))
        vectors = [each.vector for each in self._reads if each.vector is not None]
        return np.argsort(-(np.array(vectors) @ asked.vector), kind="stable")[:COMPARED].tolist()


def _together(near: list[float]) -> float:
    closest = sorted(near, reverse=True)[:NEAREST]
    return sum(closest) / len(closest)
