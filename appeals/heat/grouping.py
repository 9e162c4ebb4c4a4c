"""Which topic a question belongs to (归入话题): its entry where sure, else by its words.

How near two questions are is what :mod:`consultations.learning.nearness` says of a pair, worked
out for all pairs at once: with ``c`` the cosine of the weights of their characters and pairs, ``m``
that of their meanings, and ``k`` the smaller share of their words that the library knows,

    near = 0.6·k·m + (1 - 0.6·k)·c

A question joins the topic to whose nearest wordings it is near enough. What joins none stays loose
for a day; loose questions that are near each other (agglomerative clustering, mean linkage) and
come from different people begin a topic. Topics never change their number, so counts stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering
from sklearn.feature_extraction import DictVectorizer
from sklearn.metrics.pairwise import cosine_similarity

from appeals.heat.hearing import Heard, Listened
from appeals.heat.parameters import heat_parameters
from consultations.learning.nearness import BY_MEANING, NEAREST, Read, read
from knowledge_base.library import Snapshot
from knowledge_base.normalise import comparable, terms
from knowledge_base.search import SearchIndex

_Matrix = NDArray[Any]


@dataclass(frozen=True)
class Placed:
    """Where one thing that was asked belongs: an entry's topic, a topic, a new one, or none yet."""

    heard: Heard
    entry_id: str | None = None
    topic_id: int | None = None
    new_topic: int | None = None  # the number of a cluster
    loose: bool = False


@dataclass(frozen=True)
class Placing:
    """What a step found: everything heard, and earlier loose questions that begin a topic now."""

    placed: tuple[Placed, ...]
    joined: dict[int, int] = field(default_factory=dict)  # ask -> cluster


def place(listened: Listened, snapshot: Snapshot) -> Placing:
    """Put what was heard into topics."""
    placed: list[Placed | None] = [_by_entry(each, snapshot) for each in listened.heard]
    left = [number for number, each in enumerate(placed) if each is None]
    if not left:
        return Placing(tuple(each for each in placed if each is not None))
    texts = [listened.heard[number].text for number in left]
    topics = _nearest_topics(texts, listened, snapshot.index)
    for number, topic in zip(left, topics, strict=True):
        heard = listened.heard[number]
        placed[number] = Placed(heard, topic_id=topic, loose=topic is None)
    alone = [number for number, topic in zip(left, topics, strict=True) if topic is None]
    joined = _begin_topics(alone, placed, listened, snapshot.index)
    return Placing(tuple(each for each in placed if each is not None), joined)


def _by_entry(heard: Heard, snapshot: Snapshot) -> Placed | None:
    """Where no words have to be compared; None where they have to be."""
    if heard.entry_id is not None:
        return Placed(heard, entry_id=heard.entry_id)
    said = comparable(heard.text)
    if len(said) < 2 or not (heard.is_question or terms(said)):
        return Placed(heard)
    told = heat_parameters().grouping
    best, *others = [*snapshot.index.search(heard.text, limit=2), None]
    if best is None or best.score < told.sure_entry:
        return None
    second = others[0].score if others and others[0] is not None else 0.0
    return Placed(heard, entry_id=best.entry_id) if best.score - second >= told.sure_lead else None


def _nearest_topics(
    texts: Sequence[str], listened: Listened, index: SearchIndex
) -> list[int | None]:
    if not listened.standing:
        return [None] * len(texts)
    wordings = [each.text for each in listened.standing]
    near = nearness_of(texts, wordings, index)
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place_, each in enumerate(listened.standing):
        places[each.topic_id].append(place_)
    names = list(places)
    by_topic = np.stack([_closest(near[:, places[name]]) for name in names], axis=1)
    best = by_topic.argmax(axis=1)
    together = heat_parameters().grouping.together
    return [
        names[column] if by_topic[row, column] >= together else None
        for row, column in enumerate(best.tolist())
    ]


def _closest(near: _Matrix) -> _Matrix:
    """The mean of the nearest wordings of one topic."""
    closest = np.sort(near, axis=1)[:, -NEAREST:]
    mean: _Matrix = closest.mean(axis=1)
    return mean


def _begin_topics(
    alone: Sequence[int], placed: list[Placed | None], listened: Listened, index: SearchIndex
) -> dict[int, int]:
    """Let loose questions that are near each other begin topics, in place.

    Returns:
        The earlier ones among them, each with its cluster.
    """
    told = heat_parameters().grouping
    fresh = alone[-told.most_loose :]
    heard = [listened.heard[number] for number in fresh]
    texts = [*(each.text for each in heard), *(each.text for each in listened.loose)]
    people = [*(each.person for each in heard), *(each.person for each in listened.loose)]
    if len(texts) < told.fewest_people:
        return {}
    labels = clusters_of(texts, index)
    asking: defaultdict[int, set[str]] = defaultdict(set)
    for label, person in zip(labels, people, strict=True):
        asking[label].add(person)
    found = {label for label, who in asking.items() if len(who) >= told.fewest_people}
    for number, each, label in zip(fresh, heard, labels, strict=False):
        if label in found:
            placed[number] = Placed(each, new_topic=label)
    earlier = zip(listened.loose, labels[len(heard) :], strict=True)
    return {each.ask_id: label for each, label in earlier if label in found}


def clusters_of(texts: Sequence[str], index: SearchIndex) -> list[int]:
    """Put texts that are near each other together; each gets the number of its cluster."""
    distance = np.clip(1.0 - nearness_of(texts, texts, index), 0.0, 1.0)
    np.fill_diagonal(distance, 0.0)
    clustering = AgglomerativeClustering(
        n_clusters=None,
        metric="precomputed",
        linkage="average",
        distance_threshold=1.0 - heat_parameters().grouping.together,
    )
    return [int(each) for each in clustering.fit_predict(distance)]


def nearness_of(texts: Sequence[str], others: Sequence[str], index: SearchIndex) -> _Matrix:
    """How near each text is to each of the others, between 0 and 1."""
    ones, twos = [read(each, index) for each in texts], [read(each, index) for each in others]
    vectorizer = DictVectorizer(dtype=np.float32)
    vectorizer.fit([dict(each.weights) for each in (*ones, *twos)] or [{}])
    alike: _Matrix = cosine_similarity(_weights(ones, vectorizer), _weights(twos, vectorizer))
    meant = _meanings(ones), _meanings(twos)
    if meant[0] is None or meant[1] is None:
        return alike
    known = np.minimum.outer([each.known for each in ones], [each.known for each in twos])
    share = BY_MEANING * known
    near: _Matrix = share * np.clip(meant[0] @ meant[1].T, 0.0, 1.0) + (1.0 - share) * alike
    return near


def _weights(reads: Iterable[Read], vectorizer: DictVectorizer) -> Any:
    return vectorizer.transform([dict(each.weights) for each in reads])


def _meanings(reads: Sequence[Read]) -> _Matrix | None:
    vectors = [each.vector for each in reads]
    return None if any(each is None for each in vectors) else np.array(vectors)
