"""Finding the entry for a question (检索): candidates by words and by meaning, then our ranking.

The index lies in memory, one per process; SQL is the truth (see ``store``). An edit is laid over
what is indexed already, so that it is found at once however large the library is.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator
from copy import copy
from datetime import date

from knowledge_base.candidates import Wanted, candidates_query
from knowledge_base.embedding.senses import Sensed, Senses
from knowledge_base.layer import About, Layer, Wording, all_units, by_entry, make_schema
from knowledge_base.meaning import Meaning, Vectors, learn, sampled, units_of
from knowledge_base.mending import Mender, learn_mender
from knowledge_base.normalise import clean, comparable
from knowledge_base.ranking import (
    LOOKED_AT,
    Asked,
    Hit,
    completed,
    looked_at,
    rank,
    read_question,
)

#: So many wordings are fetched by their words, and so many entries of them and by meaning.
CANDIDATES, BY_WORDS, BY_MEANING = 80, 40, 30
#: More of a question is not read: the work stays bounded whoever asks.
LONGEST = 1_000


class SearchIndex:
    """Wordings to be searched; a change gives a new index and leaves this one as it is.

    Args:
        wordings: All wordings of all entries.
        meaning: What words mean; where it is left out, it is learned from the wordings.
    """

    def __init__(self, wordings: Iterable[Wording], meaning: Meaning | None = None) -> None:
        given = list(wordings)
        self._schema = make_schema()
        self._meaning = meaning or learn_meaning(given)
        self._mender: Mender | None = learn_mender(
            text for each in given for text in (each.text, each.body) if text
        )
        self._base = Layer(self._schema, given, self._meaning)
        self._edits = Layer(self._schema, [], self._meaning, self._base)
        self._outdated: frozenset[str] = frozenset()  # entries that the base still has
        self._senses: Senses | None = None  # a model from outside

    def __len__(self) -> int:
        return len(self._base) + len(self._edits)

    @property
    def edited(self) -> int:
        """How many entries have changed since the whole was indexed."""
        return len(self._outdated | self._edits.about.keys())

    def changed(self, wordings: Iterable[Wording], changed: Collection[str]) -> SearchIndex:
        """Return an index with some entries replaced, added or taken out.

        Weights and meanings stay those of the whole index, so that only the edits are indexed.

        Args:
            wordings: All wordings of the entries that changed and still stand.
            changed: Ids of all entries that changed, those taken out among them.
        """
        gone = frozenset(changed)
        kept = [each for each in self._edits.wordings if each.entry_id not in gone]
        new = object.__new__(SearchIndex)
        new._schema, new._base = self._schema, self._base
        new._meaning, new._mender = self._meaning, self._mender
        new._senses = self._senses.without(gone) if self._senses else None
        new._edits = Layer(self._schema, [*kept, *wordings], self._meaning, self._base)
        new._outdated = self._outdated | (gone & self._base.about.keys())
        return new

    def vector(self, text: str) -> Vectors | None:
        """Where a text points to by meaning; None where the library is too small to learn it."""
        return self._meaning.vector(units_of(comparable(text))) if self._meaning else None

    def says(self, unit: str) -> bool:
        """Tell whether a wording has a character or a pair of characters, in standard terms."""
        return unit in self._edits.idf

    def rarity(self, unit: str) -> float:
        """What a character or a pair weighs: the rarer, the more; most where no wording has it."""
        return self._base.idf.get(unit, math.log(1 + len(self._base)))

    @property
    def is_joined(self) -> bool:
        """Whether a model from outside takes part."""
        return self._senses is not None

    def with_senses(self, senses: Senses) -> SearchIndex:
        """Return the same index, searched with a model from outside too."""
        new = copy(self)
        new._senses = senses
        return new

    def search(
        self,
        question: str,
        *,
        limit: int = 5,
        period: tuple[date, date] | None = None,
        regions: tuple[str, ...] | None = None,
    ) -> list[Hit]:
        """Find the entries that answer ``question``, best first.

        Args:
            question: As it was asked; it is normalised here.
            limit: How many entries at most.
            period: Only entries that say something about a day of this span.
            regions: Only entries for one of these regions; ``全国`` must be named if wanted.

        Returns:
            No hit where nothing matches; a filter that matches nothing gives nothing.
        """
        question = _shortened(question)
        sensed = self._senses.of(question) if self._senses else None
        wanted = Wanted(period, regions)
        found = self._found(question, limit, wanted, sensed)
        mended = self.mended(question)
        if mended in (question, clean(question)):
            return found
        # What an edit says may be unknown to the mender: the question as it was asked stands first.
        again = self._found(mended, limit, wanted, sensed)
        return again if again and (not found or again[0].score > found[0].score) else found

    def mended(self, question: str) -> str:
        """The question in one script and width, without slips of hand and ear."""
        return self._mender.mend(clean(question)) if self._mender else clean(question)

    def _found(self, question: str, limit: int, wanted: Wanted, sensed: Sensed | None) -> list[Hit]:
        rarest = math.log(1 + len(self._base))
        asked = read_question(question, self._edits.idf, rarest, self._meaning)
        if not asked.grams:
            return []
        hits = [
            (hit, layer.about[hit.entry_id])
            for layer, outdated in ((self._edits, frozenset()), (self._base, self._outdated))
            if layer
            for hit in self._ranked(asked, layer, outdated, wanted, sensed)
        ]
        hits.sort(key=_best_first)
        best = [(looked_at(hit, asked, about), about) for hit, about in hits[:LOOKED_AT]]
        hits = sorted(best, key=_best_first) + hits[LOOKED_AT:]
        return [completed(hit, asked, about) for hit, about in hits[:limit]]

    def _ranked(
        self,
        asked: Asked,
        layer: Layer,
        outdated: Collection[str],
        wanted: Wanted,
        sensed: Sensed | None,
    ) -> Iterator[Hit]:
        query = candidates_query(self._schema, asked, wanted, layer.spread)
        found = dict.fromkeys(layer.candidates(query, CANDIDATES)) if query is not None else {}
        names = list(found)[:BY_WORDS]
        if asked.vector is not None:
            nearest = layer.nearest(asked.vector, BY_MEANING)
            names += (each for each in nearest if each not in found)
        if sensed is not None:
            names += (each for each in sensed.nearest(BY_MEANING) if each in layer.about)
        names = [
            name
            for name in dict.fromkeys(names)
            if name not in outdated and wanted.allows(layer.about[name].rows[0].wording)
        ]
        for name, sense in zip(names, layer.senses(asked.vector, names), strict=True):
            hit = rank(asked, name, layer.about[name], sense)
            yield sensed.joined(hit) if sensed is not None else hit


def _best_first(found: tuple[Hit, About]) -> tuple[float, str]:
    return -found[0].score, found[0].entry_id


def _shortened(question: str) -> str:
    """No more of a question than a turn may hold; what is asked stands at one of its ends."""
    if len(question) <= LONGEST:
        return question
    return f"{question[: LONGEST // 2]} {question[-LONGEST // 2 :]}"


def learn_meaning(wordings: Iterable[Wording]) -> Meaning | None:
    """Learn what words mean from what entries ask and answer; None for a small library."""
    return learn([all_units(group) for group in sampled(by_entry(wordings).values())])
