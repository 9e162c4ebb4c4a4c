"""Vectors of entries: nearly the same cosines as in full, and with many entries the same ones."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge_base.meaning import Vectors
from knowledge_base.sense_index import LOOKED_AT, SenseIndex

DIMENSIONS = 40
SEED = 11


def directions(count: int) -> Vectors:
    """Vectors of unit length that lie in heaps, as entries of the same matter do."""
    chance = np.random.default_rng(SEED)
    matters = chance.normal(size=(60, DIMENSIONS))
    vectors = matters[chance.integers(0, 60, count)] + 0.6 * chance.normal(size=(count, DIMENSIONS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


def index_of(vectors: Vectors) -> SenseIndex:
    index = SenseIndex.of(np.array_split(vectors, 3))
    assert index is not None
    return index


@pytest.mark.parametrize("count", [5, LOOKED_AT + 8_000])
def test_cosines_are_those_of_the_entries_asked_for(count: int) -> None:
    vectors = directions(count)
    index = index_of(vectors)
    places = [count - 1, 0, 3]

    near = index.near(vectors[3], places)

    assert near == pytest.approx((vectors[places] @ vectors[3]).tolist(), abs=0.01)


def test_of_few_entries_the_nearest_are_found() -> None:
    vectors = directions(500)

    found = index_of(vectors).nearest(vectors[7], 10)

    right = set(np.argsort(-(vectors @ vectors[7]))[:10].tolist())
    assert len(right & set(found)) >= 9
    assert 7 in found


def test_of_many_entries_nearly_all_of_the_nearest_are_found() -> None:
    vectors = directions(LOOKED_AT * 3)
    index = index_of(vectors)

    asked = range(0, 500, 10)
    shares = []
    for place in asked:
        right = set(np.argpartition(-(vectors @ vectors[place]), 30)[:30].tolist())
        shares.append(len(right & set(index.nearest(vectors[place], 30))) / 30)

    assert sum(shares) / len(shares) > 0.9


def test_fewer_entries_than_wanted_are_all_given() -> None:
    vectors = directions(4)

    assert sorted(index_of(vectors).nearest(vectors[0], 30)) == [0, 1, 2, 3]


def test_an_entry_of_which_nothing_is_known_is_near_to_nothing() -> None:
    vectors = directions(3)
    vectors[1] = 0

    near = index_of(vectors).near(vectors[0], [0, 1])

    assert near == [pytest.approx(1, abs=0.01), 0]


def test_of_no_entries_there_is_no_index() -> None:
    assert SenseIndex.of([]) is None
