"""How near entries are to a question by a model (语义相近), and how that joins the score.

A cosine says little by itself: every model has a level of its own at which any two texts of one
trade lie. So it is counted from there: with ``usual``, the mean cosine of the library's wordings,
``near = (cosine - usual) / (1 - usual)``, cut off at 0, where the cosine of an entry is the mean of
its closest wordings, as in ``ranking``: a single one may lie near by chance. The score becomes
``(1 - weight) * score + weight * near``.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from knowledge_base.embedding.questions import QuestionVectors
from knowledge_base.meaning import Vectors
from knowledge_base.ranking import CLOSEST, Hit

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sensed:
    """How near entries are to one question."""

    names: Sequence[str]
    places: Mapping[str, int]
    near: Vectors  # by place, between 0 and 1
    gone: frozenset[str]  # entries that have changed since
    weight: float

    def nearest(self, limit: int) -> list[str]:
        """The entries that are nearest, in no order."""
        found = np.argpartition(-self.near, min(limit, len(self.near)) - 1)[:limit]
        return [name for name in map(self.names.__getitem__, found) if name not in self.gone]

    def joined(self, hit: Hit) -> Hit:
        """The hit with its score joined; as it was where the model knows nothing of its entry."""
        place = None if hit.entry_id in self.gone else self.places.get(hit.entry_id)
        if place is None:
            return hit
        near = float(self.near[place])
        return replace(hit, score=(1 - self.weight) * hit.score + self.weight * near)


class Senses:
    """Vectors of all wordings of a library, and what gives a question its own.

    Args:
        wordings: The vectors of each entry's wordings, one a row; at least one entry.
        questions: What gives a question its vector.
        weight: What the model counts in the score, between 0 and 1.
    """

    def __init__(
        self, wordings: Mapping[str, Vectors], questions: QuestionVectors, weight: float
    ) -> None:
        self._names = list(wordings)
        self._places = {name: place for place, name in enumerate(self._names)}
        self._rows = np.concatenate(list(wordings.values()))
        counts = [len(rows) for rows in wordings.values()]
        self._starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
        self._of = np.repeat(np.arange(len(counts)), counts)  # the entry of each row, by place
        self._is_close = np.arange(len(self._of)) - self._starts[self._of] < CLOSEST
        self._closest = np.minimum(counts, CLOSEST)
        self._usual = _usual(self._rows)
        self._questions = questions
        self._weight = weight
        self._gone: frozenset[str] = frozenset()

    def without(self, changed: Collection[str]) -> Senses:
        """Return the same, knowing nothing of some entries: they read otherwise now."""
        new = copy(self)
        new._gone = self._gone | frozenset(changed)
        return new

    def of(self, question: str) -> Sensed | None:
        """How near entries are to a question; None where the model does not say so in time."""
        vector = self._questions.of(question)
        if vector is None:
            return None
        if len(vector) != self._rows.shape[1]:
            logger.warning("the embedding model gives vectors of another length than before")
            return None
        cosines = self._rows @ vector
        ordered = cosines[np.lexsort((-cosines, self._of))]  # of each entry, the closest first
        sums = np.add.reduceat(np.where(self._is_close, ordered, 0.0), self._starts)
        near = np.clip((sums / self._closest - self._usual) / (1 - self._usual), 0, 1).astype(
            np.float32
        )
        return Sensed(self._names, self._places, near, self._gone, self._weight)


def _usual(rows: Vectors) -> float:
    """The mean cosine of two different rows; below 1, above 0."""
    count = len(rows)
    if count < 2:
        return 0.0
    middle = rows.mean(axis=0, dtype=np.float64)
    return float(np.clip((count * middle @ middle - 1) / (count - 1), 0.0, 0.99))
