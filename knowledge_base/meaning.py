"""What the words of the library mean together (潜在语义): texts compared by sense, not by wording.

Learned from the library alone, as latent semantic indexing (Deerwester et al., 1990): words that
are said of the same matters lie close, so that 掉了 finds 丢失 though they share no character.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from knowledge_base.normalise import grams, words

_Text = TypeVar("_Text")

#: A vector, or one per row; of unit length, or all zeros where nothing is known.
Vectors = NDArray[np.float32]

# What is multiplied here is small: several threads would only wait for each other.
threadpool_limits(limits=1, user_api="blas")

#: How many directions of sense are kept.
DIMENSIONS = 200
#: From fewer texts nothing is learned; of more texts so many are drawn.
FEWEST, MOST = 60, 3000
#: So many texts are turned into vectors at once.
_TOGETHER = 500


def units_of(text: str) -> list[str]:
    """Characters, pairs and words of a comparable text."""
    return [*grams(text), *words(text)]


class Meaning:
    """Directions of sense, and how units of a text point along them."""

    def __init__(self, places: Mapping[str, int], weights: Vectors, axes: Vectors) -> None:
        self._places = places
        self._weights = weights
        self._axes = axes  # one row per unit

    @property
    def dimensions(self) -> int:
        """How long a vector is."""
        return int(self._axes.shape[1])

    def vector(self, units: Iterable[str]) -> Vectors:
        """Return where a text points to: shape (dimensions,), length 1, or zeros."""
        return self._of([units])[0]

    def vectors(self, texts: Iterable[Iterable[str]]) -> Iterator[Vectors]:
        """Say where each text points to, by its units, some texts at a time: one row each."""
        given = iter(texts)
        while together := list(islice(given, _TOGETHER)):
            yield self._of(together)

    def _of(self, texts: Sequence[Iterable[str]]) -> Vectors:
        columns: list[int] = []
        counts: list[int] = []
        ends = [0]
        for units in texts:
            for unit, count in Counter(units).items():
                if (place := self._places.get(unit)) is not None:
                    columns.append(place)
                    counts.append(count)
            ends.append(len(columns))
        values = (1 + np.log(np.array(counts, np.float32))) * self._weights[columns]
        matrix = csr_matrix((values, columns, ends), shape=(len(texts), len(self._places)))
        sums = np.asarray(matrix @ self._axes)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        return np.where(lengths > 0, sums / np.maximum(lengths, 1e-9), 0).astype(np.float32)


def learn(given: Iterable[Iterable[str]]) -> Meaning | None:
    """Learn from texts, each about one matter.

    Args:
        given: The units of each text.

    Returns:
        None where there are too few texts to learn from.
    """
    texts = [Counter(units) for units in given]
    if len(texts) < FEWEST:
        return None
    spread = Counter(unit for text in texts for unit in text)
    places = {unit: at for at, unit in enumerate(u for u, n in spread.items() if n > 1)}
    rarity = (math.log(1 + len(texts) / spread[unit]) for unit in places)
    weights = np.fromiter(rarity, np.float32, len(places))
    matrix = _matrix(texts, places, weights)
    # The texts are fewer than the units: the small square of texts against texts has it all.
    kept = min(DIMENSIONS, len(texts) - 1)
    square = (matrix @ matrix.T).toarray()
    values, vectors = eigh(square, subset_by_index=(len(texts) - kept, len(texts) - 1))
    lengths = np.sqrt(np.maximum(values, 1e-9))
    axes = np.asarray(matrix.T @ vectors) / lengths
    return Meaning(places, weights, axes.astype(np.float32))


def sampled(texts: Collection[_Text]) -> list[_Text]:
    """Draw what is learned from, evenly: all of a usual library."""
    given = list(texts)
    step = max(len(given) / MOST, 1.0)
    return [given[int(place * step)] for place in range(min(len(given), MOST))]


def _matrix(
    texts: Sequence[Mapping[str, int]], places: Mapping[str, int], weights: Vectors
) -> csr_matrix:
    rows: list[int] = []
    columns: list[int] = []
    counts: list[int] = []
    for row, text in enumerate(texts):
        for unit, count in text.items():
            if unit in places:
                rows.append(row)
                columns.append(places[unit])
                counts.append(count)
    values = (1 + np.log(np.array(counts, np.float32))) * weights[columns]
    matrix = csr_matrix((values, (rows, columns)), shape=(len(texts), len(places)))
    lengths = np.sqrt(matrix.multiply(matrix).sum(axis=1))
    return csr_matrix(matrix.multiply(1 / np.maximum(lengths, 1e-9)))
