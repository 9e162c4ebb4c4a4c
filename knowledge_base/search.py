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

from knowledge_base.layer import EVER, FIELD_BOOSTS, About, Layer, Row, Wording, make_schema, needle
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


@dataclass(frozen=True, slots=True)
class _Unit:
    """A character, pair, word or number of a question, and what it weighs there."""

    needle: str
    count: int
    known: float  # weight of one, 0 where no wording has it
    weight: float  # weight of one, as much as the rarest where no wording has it
    is_pair: bool


@dataclass(frozen=True)
class _Asked:
    """A question made comparable."""

    words: list[str]
    grams: list[str]
    units: tuple[_Unit, ...]
    sounds: tuple[str, ...]
    heard: tuple[str, ...]  # the same as they stand in a row
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
            _hit(asked, entry_id, layer.about[entry_id])
            for layer, outdated in ((self._edits, frozenset()), (self._base, self._outdated))
            for entry_id in _entries(layer.candidates(query, CANDIDATES), outdated, period)
        ]
        return sorted(hits, key=lambda hit: (-hit.score, hit.entry_id))[:limit]

    def _read(self, question: str) -> _Asked:
        text = comparable(question)
        counts, heard = Counter(grams(text)), tuple(dict.fromkeys(sounds(text)))
        rare = math.log(1 + len(self._base))
        units = tuple(
            _Unit(
                needle(unit),
                count,
                self._idf.get(unit, 0.0),
                self._idf.get(unit, rare),
                len(unit) > 1,
            )
            for unit, count in counts.items()
        )
        return _Asked(
            words=words(text),
            grams=list(counts),
            units=units,
            sounds=heard,
            heard=tuple(f" {each} " for each in heard),
            terms=terms(text),
            taxes=taxes(text),
            weight=sum(unit.weight * unit.count for unit in units) or 1.0,
        )

    def _query(
        self,
        asked: _Asked,
        period: tuple[date, date] | None,
        regions: tuple[str, ...] | None,
    ) -> tantivy.Query:
        fields = {
            "words": asked.words,
            "grams": asked.grams,
            "sounds": asked.sounds,
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


def _hit(asked: _Asked, entry_id: str, about: About) -> Hit:
    rows = about.rows
    shared = [_shared(asked, row) for row in rows]
    likenesses = [
        2 * each / (asked.weight + row.weight) for each, row in zip(shared, rows, strict=True)
    ]
    place, score = _closest(asked, rows, shared, likenesses)
    score += WORDING_WEIGHTS["context"] * _context(asked, about)
    if len(likenesses) > 1:
        score += SECOND_GAIN * sorted(likenesses)[-2]
    if about.body:
        score += BODY_GAIN * _share(asked, about.body)
        score -= TERM_LOSS * min(len(asked.terms - about.terms), MOST_TERMS)
        if asked.taxes and not asked.taxes & about.taxes:
            score -= TAX_LOSS
    return Hit(entry_id, max(score, 0.0) / FULL_SCORE, rows[place].wording.text)


def _closest(
    asked: _Asked, rows: list[Row], shared: list[float], likenesses: list[float]
) -> tuple[int, float]:
    """The place of the wording that scores best, and its score.

    Sounds are compared only where they could still make a wording the best.
    """
    by_text = [
        WORDING_WEIGHTS["likeness"] * likeness + WORDING_WEIGHTS["coverage"] * each / asked.weight
        for each, likeness in zip(shared, likenesses, strict=True)
    ]
    best_place, best = 0, -1.0
    for place in sorted(range(len(rows)), key=by_text.__getitem__, reverse=True):
        if by_text[place] + WORDING_WEIGHTS["sound"] <= best:
            break
        score = by_text[place] + WORDING_WEIGHTS["sound"] * _sound(asked, rows[place])
        if score > best:
            best_place, best = place, score
    return best_place, best


def _sound(asked: _Asked, row: Row) -> float:
    said_alike = sum(each in row.sounds for each in asked.heard)
    return 2 * said_alike / (len(asked.sounds) + row.heard or 1)


def _shared(asked: _Asked, row: Row) -> float:
    """The weight of the units that question and wording share, each as often as both have it."""
    text = row.text
    return sum(
        unit.known * (1 if unit.count == 1 else min(unit.count, text.count(unit.needle)))
        for unit in asked.units
        if unit.needle in text
    )


def _context(asked: _Asked, about: About) -> float:
    """How much of the question any wording of the entry has, by weight."""
    known = sum(u.weight * u.count for u in asked.units if u.needle in about.text)
    return known / asked.weight


def _share(asked: _Asked, body: str) -> float:
    """How much of the question's pairs an answer's text has, by weight."""
    pairs = [unit for unit in asked.units if unit.is_pair]
    total = sum(unit.weight * unit.count for unit in pairs)
    found = sum(unit.weight * unit.count for unit in pairs if unit.needle in body)
    return found / total if total else 0.0


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
