"""Finding the entry for a question (检索): candidates from tantivy, then our own ranking.

The index lies in memory, one per process; SQL is the truth (see ``store``). An edit is laid over
what is indexed already, so that it is found at once however large the library is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

import tantivy

from knowledge_base.layer import EVER, FIELD_BOOSTS, About, Layer, Row, Wording, make_schema
from knowledge_base.normalise import comparable, grams, sounds, taxes, terms, words

#: How the closest wording of an entry is scored; the weights sum to 1.
WORDING_WEIGHTS = {"likeness": 0.45, "coverage": 0.25, "sound": 0.15, "context": 0.15}
#: What an entry gains beside its closest wording: its answer speaks of what is asked, a second
#: wording is close too; and what it loses for each term of the question that it never names.
BODY_GAIN, SECOND_GAIN, TERM_LOSS, MOST_TERMS = 0.6, 0.5, 0.2, 2
#: What it loses where the question names a tax and none of its wordings does.
TAX_LOSS = 0.2
#: The highest score there is, so that scores lie between 0 and 1.
FULL_SCORE = 1 + BODY_GAIN + SECOND_GAIN
#: So many wordings are fetched, and so many of their entries scored in full.
CANDIDATES, MOST_ENTRIES = 80, 25


@dataclass(frozen=True)
class Hit:
    """An entry found, with a score between 0 and 1 and the wording that matched best."""

    entry_id: str
    score: float
    wording: str


@dataclass(frozen=True)
class _Asked:
    """A question made comparable."""

    words: list[str]
    units: Counter[str]
    sounds: frozenset[str]
    terms: frozenset[str]
    taxes: frozenset[str]
    weight: float


class SearchIndex:
    """Wordings to be searched; a change gives a new index and leaves this one as it is."""

    def __init__(self, wordings: Iterable[Wording]) -> None:
        given = list(wordings)
        self._schema = make_schema()
        self._idf = _idf(set(grams(comparable(wording.text))) for wording in given)
        self._base = Layer(self._schema, given, self._idf)
        self._edits = Layer(self._schema, [], self._idf)
        self._outdated: frozenset[str] = frozenset()  # entries that the base still has

    def __len__(self) -> int:
        return len(self._base) + len(self._edits)

    @property
    def edited(self) -> int:
        """How many entries have changed since the whole was indexed."""
        return len(self._outdated | self._edits.about.keys())

    def changed(self, wordings: Iterable[Wording], changed: Collection[str]) -> SearchIndex:
        """Return an index with some entries replaced, added or taken out.

        Weights of characters stay those of the whole index, so that only the edits are indexed.

        Args:
            wordings: All wordings of the entries that changed and still stand.
            changed: Ids of all entries that changed, those taken out among them.
        """
        gone = frozenset(changed)
        kept = [each for each in self._edits.wordings if each.entry_id not in gone]
        new = object.__new__(SearchIndex)
        new._schema, new._idf, new._base = self._schema, self._idf, self._base
        new._edits = Layer(self._schema, [*kept, *wordings], self._idf)
        new._outdated = self._outdated | (gone & self._base.about.keys())
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
        asked = self._read(question)
        if not asked.units:
            return []
        query = self._query(asked, period, regions)
        hits = [
            self._hit(asked, entry_id, layer.about[entry_id])
            for layer, outdated in ((self._edits, frozenset()), (self._base, self._outdated))
            for entry_id in _entries(layer.candidates(query, CANDIDATES), outdated, period)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.entry_id))[:limit]

    def _read(self, question: str) -> _Asked:
        text = comparable(question)
        units = Counter(grams(text))
        weight = sum(self._idf.get(unit, self._rare) * count for unit, count in units.items())
        return _Asked(
            words(text), units, frozenset(sounds(text)), terms(text), taxes(text), weight or 1.0
        )

    def _query(
        self,
        asked: _Asked,
        period: tuple[date, date] | None,
        regions: tuple[str, ...] | None,
    ) -> tantivy.Query:
        fields = {
            "words": asked.words,
            "grams": list(asked.units),
            "sounds": list(asked.sounds),
            "body": asked.words,
        }
        should = [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(self._schema, field, term), FIELD_BOOSTS[field]
                ),
            )
            for field, said in fields.items()
            for term in dict.fromkeys(said)
        ]
        must = [(tantivy.Occur.Must, tantivy.Query.boolean_query(should))]
        if period is not None:
            first, last = period
            must.append((tantivy.Occur.Must, self._days("first_day", EVER[0], last)))
            must.append((tantivy.Occur.Must, self._days("last_day", first, EVER[1])))
        if regions is not None:
            named = [tantivy.Query.term_query(self._schema, "region", each) for each in regions]
            either = tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in named])
            must.append((tantivy.Occur.Must, tantivy.Query.boost_query(either, 0.0)))
        return tantivy.Query.boolean_query(must)

    def _days(self, field: str, first: date, last: date) -> tantivy.Query:
        span = tantivy.Query.range_query(
            self._schema, field, tantivy.FieldType.Integer, first.toordinal(), last.toordinal()
        )
        return tantivy.Query.boost_query(span, 0.0)

    def _hit(self, asked: _Asked, entry_id: str, about: About) -> Hit:
        rows = about.rows
        likenesses = [self._likeness(asked, row) for row in rows]
        scores = [
            self._wording_score(asked, about, row, likeness)
            for row, likeness in zip(rows, likenesses, strict=True)
        ]
        best = max(range(len(rows)), key=scores.__getitem__)
        score = scores[best]
        if len(likenesses) > 1:
            score += SECOND_GAIN * sorted(likenesses)[-2]
        if about.body:
            score += BODY_GAIN * self._share(asked, about.body)
            score -= TERM_LOSS * min(len(asked.terms - about.terms), MOST_TERMS)
            if asked.taxes and not asked.taxes & about.taxes:
                score -= TAX_LOSS
        return Hit(entry_id, max(score, 0.0) / FULL_SCORE, rows[best].wording.text)

    def _likeness(self, asked: _Asked, row: Row) -> float:
        return 2 * self._shared(asked, row) / (asked.weight + row.weight)

    def _shared(self, asked: _Asked, row: Row) -> float:
        return sum(
            self._idf.get(unit, 0.0) * min(count, row.units[unit])
            for unit, count in asked.units.items()
        )

    def _wording_score(self, asked: _Asked, about: About, row: Row, likeness: float) -> float:
        known = sum(
            self._idf.get(unit, self._rare) * count
            for unit, count in asked.units.items()
            if unit in about.units
        )
        heard = len(asked.sounds) + len(row.sounds)
        parts = {
            "likeness": likeness,
            "coverage": self._shared(asked, row) / asked.weight,
            "sound": 2 * len(asked.sounds & row.sounds) / (heard or 1),
            "context": known / asked.weight,
        }
        return sum(WORDING_WEIGHTS[name] * part for name, part in parts.items())

    def _share(self, asked: _Asked, body: frozenset[str]) -> float:
        """How much of the question's pairs an answer's text has, by weight."""
        pairs = {unit: count for unit, count in asked.units.items() if len(unit) > 1}
        weights = {unit: self._idf.get(unit, self._rare) * n for unit, n in pairs.items()}
        total = sum(weights.values())
        return sum(w for unit, w in weights.items() if unit in body) / total if total else 0.0

    @property
    def _rare(self) -> float:
        """What a unit weighs that no wording has: as much as one that stands in a single one."""
        return math.log(1 + len(self._base))


def _idf(sets: Iterable[set[str]]) -> dict[str, float]:
    counts: Counter[str] = Counter()
    total = 0
    for units in sets:
        counts.update(units)
        total += 1
    return {unit: math.log(1 + total / count) for unit, count in counts.items()}


def _entries(
    wordings: Iterable[Wording],
    outdated: Collection[str],
    period: tuple[date, date] | None,
) -> list[str]:
    """The first entries that some wordings lead to and that speak of the period."""
    found = {
        wording.entry_id: None
        for wording in wordings
        if wording.entry_id not in outdated and (period is None or _speaks_of(wording, period))
    }
    return list(found)[:MOST_ENTRIES]


def _speaks_of(wording: Wording, period: tuple[date, date]) -> bool:
    return any(first <= period[1] and period[0] <= last for first, last in wording.spans)
