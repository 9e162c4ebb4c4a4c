"""Vectors of entries (语义索引), one byte a direction, in clusters where there are many.

A question is compared with the clusters nearest to it only, so that a million entries are looked
through as soon as ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from knowledge_base.meaning import Vectors

#: Up to so many entries are all looked at; of more, this many about.
LOOKED_AT = 12_000
#: So many entries lie in a cluster, on average.
TOGETHER = 1_000
#: So many of them are drawn for each cluster to find its middle, in so many rounds.
DRAWN, ROUNDS = 30, 5
#: So many vectors are worked on at once.
_BLOCK = 10_000
_MOST = 127

Places = NDArray[np.int64]


class SenseIndex:
    """The vectors of a layer's entries.

    Args:
        rows: One an entry, one byte a direction.
        scales: What each row is to be multiplied with.
    """

    def __init__(self, rows: NDArray[np.int8], scales: Vectors) -> None:
        self._rows, self._scales = rows, scales
        count = len(rows)
        self._middles = self._find_middles() if count > LOOKED_AT else None
        cluster = self._assigned() if self._middles is not None else np.zeros(count, np.int64)
        #: The entry of each row, and the row of each entry, once the rows lie by cluster.
        self._entry_of = np.argsort(cluster, kind="stable")
        self._row_of = np.argsort(self._entry_of, kind="stable")
        self._rows, self._scales = self._rows[self._entry_of], self._scales[self._entry_of]
        clusters = 1 if self._middles is None else len(self._middles)
        self._ends = np.cumsum(np.bincount(cluster, minlength=clusters))

    @classmethod
    def of(cls, blocks: Iterable[Vectors]) -> SenseIndex | None:
        """Index vectors; None where there are none."""
        packed = [_packed(block) for block in blocks]
        return cls(*map(np.concatenate, zip(*packed, strict=True))) if packed else None

    def near(self, vector: Vectors, places: Iterable[int]) -> list[float]:
        """How near some entries are: their cosines, in the order of their places."""
        rows = self._row_of[np.fromiter(places, np.int64)]
        return [float(each) for each in self._cosines(rows, vector)]

    def nearest(self, vector: Vectors, limit: int) -> list[int]:
        """The places of the entries that are nearest, in no order."""
        spans = [self._span(each) for each in self._clusters_near(vector)]
        rows = np.concatenate([np.arange(*span) for span in spans])
        near = [self._cosines(part, vector) for span in spans for part in _parts(*span)]
        cosines = np.concatenate(near)
        if len(rows) > limit:
            rows = rows[np.argpartition(-cosines, limit)[:limit]]
        return [int(place) for place in self._entry_of[rows]]

    def _clusters_near(self, vector: Vectors) -> list[int]:
        if self._middles is None:
            return [0]
        nearest = np.argsort(-(self._middles @ vector))[: LOOKED_AT // TOGETHER]
        return [int(each) for each in nearest]

    def _span(self, cluster: int) -> tuple[int, int]:
        return (int(self._ends[cluster - 1]) if cluster else 0), int(self._ends[cluster])

    def _cosines(self, rows: slice | Places, vector: Vectors) -> Vectors:
        return (self._rows[rows].astype(np.float32) @ vector) * self._scales[rows]

    def _find_middles(self) -> Vectors:
        """Middles of clusters by k-means on the sphere, over some of the entries."""
        count = len(self._rows) // TOGETHER
        chance = np.random.default_rng(len(self._rows))
        rows = chance.choice(len(self._rows), min(count * DRAWN, len(self._rows)), replace=False)
        drawn = _unpacked(self._rows[rows], self._scales[rows])
        middles = drawn[:count]
        for _ in range(ROUNDS):
            nearest = (drawn @ middles.T).argmax(axis=1)
            members = csr_matrix(
                (np.ones(len(drawn), np.float32), (nearest, np.arange(len(drawn)))),
                shape=(count, len(drawn)),
            )
            sums = members @ drawn
            lengths = np.linalg.norm(sums, axis=1, keepdims=True)
            middles = np.where(lengths > 0, sums / np.maximum(lengths, 1e-9), middles)
        return middles.astype(np.float32)

    def _assigned(self) -> Places:
        """The nearest cluster of each row."""
        assert self._middles is not None
        blocks = range(0, len(self._rows), _BLOCK)
        return np.concatenate(
            [
                (self._rows[at : at + _BLOCK].astype(np.float32) @ self._middles.T).argmax(axis=1)
                for at in blocks
            ]
        )


def _parts(start: int, end: int) -> Iterator[slice]:
    """Cut rows into parts that a processor holds close by."""
    for at in range(start, end, TOGETHER):
        yield slice(at, min(at + TOGETHER, end))


def _packed(vectors: Vectors) -> tuple[NDArray[np.int8], Vectors]:
    """One byte a direction, and what a row of them is to be multiplied with."""
    scales = np.maximum(np.abs(vectors).max(axis=1), 1e-9) / _MOST
    return np.rint(vectors / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def _unpacked(rows: NDArray[np.int8], scales: Vectors) -> Vectors:
    return rows.astype(np.float32) * scales[:, None]
