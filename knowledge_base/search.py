"""Finding the entry for a question (检索): a tantivy index of wordings, then our own ranking.

Every wording of every published entry is a document of words, characters and pairs, and pinyin.
The index lies in memory, one per process; SQL is the truth (see ``store``).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import tantivy

from knowledge_base.normalise import comparable, grams, sounds, taxes, terms, words

EVER = (date(1990, 1, 1), date(9999, 12, 31))
#: What a match in a field is worth against the others when candidates are fetched.
FIELD_BOOSTS = {"words": 1.0, "grams": 1.0, "sounds": 0.35, "body": 0.15}
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
class Wording:
    """One way of asking, and the entry that answers it."""

    entry_id: str
    text: str
    body: str = ""  # what the entry answers; said with one of its wordings
    spans: tuple[tuple[date, date], ...] = (EVER,)  # when the entry has something to say
    region: str = "全国"


@dataclass(frozen=True)
class Hit:
    """An entry found, with a score between 0 and 1 and the wording that matched best."""

    entry_id: str
    score: float
    wording: str


@dataclass(frozen=True)
class _Indexed:
    wording: Wording
    units: Counter[str]
    sounds: frozenset[str]
    weight: float


@dataclass
class _About:
    """What is known of an entry beside its single wordings."""

    rows: list[_Indexed] = field(default_factory=list)
    units: Counter[str] = field(default_factory=Counter)
    body: frozenset[str] = frozenset()
    terms: frozenset[str] = frozenset()
    taxes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class _Asked:
    """A question made comparable."""

    words: list[str]
    units: Counter[str]
    sounds: frozenset[str]
    terms: frozenset[str]
    taxes: frozenset[str]
    weight: float


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("place", stored=True, indexed=True)
    builder.add_integer_field("first_day", indexed=True, fast=True)
    builder.add_integer_field("last_day", indexed=True, fast=True)
    builder.add_text_field("region", tokenizer_name="raw")
    for name in FIELD_BOOSTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


class SearchIndex:
    """An index over a fixed set of wordings; a change of the library builds a new one."""

    def __init__(self, wordings: Iterable[Wording]) -> None:
        self._schema = _schema()
        self._index = tantivy.Index(self._schema)
        self._rows: list[_Indexed] = []
        self._about: dict[str, _About] = defaultdict(_About)
        prepared = [(wording, comparable(wording.text)) for wording in wordings]
        self._idf = _idf([set(grams(text)) for _, text in prepared])
        writer = self._index.writer(64_000_000, 1)
        for wording, text in prepared:
            self._add(writer, wording, text)
        writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()

    def __len__(self) -> int:
        return len(self._rows)

    def _add(self, writer: tantivy.IndexWriter, wording: Wording, text: str) -> None:
        units, heard = Counter(grams(text)), frozenset(sounds(text))
        weight = sum(self._idf.get(unit, 0.0) * count for unit, count in units.items())
        place = len(self._rows)
        self._rows.append(_Indexed(wording, units, heard, weight))
        about = self._about[wording.entry_id]
        about.rows.append(self._rows[-1])
        about.units.update(units)
        about.terms |= terms(text)
        about.taxes |= taxes(text)
        if wording.body:
            body = comparable(wording.body)
            about.body = frozenset(grams(body))
            about.terms |= terms(body)
        document = tantivy.Document()
        document.add_integer("place", place)
        document.add_integer("first_day", min(first for first, _ in wording.spans).toordinal())
        document.add_integer("last_day", max(last for _, last in wording.spans).toordinal())
        document.add_text("region", wording.region)
        document.add_text("words", " ".join(words(text)))
        document.add_text("grams", " ".join(units.elements()))
        document.add_text("sounds", " ".join(heard))
        document.add_text("body", " ".join(words(comparable(wording.body))))
        writer.add_document(document)

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
        found: dict[str, None] = {}
        query = self._query(asked, period, regions)
        for _, address in self._searcher.search(query, CANDIDATES).hits:
            row = self._rows[self._searcher.doc(address)["place"][0]]
            if period is None or _speaks_of(row.wording, period):
                found[row.wording.entry_id] = None
        hits = [self._hit(asked, entry_id) for entry_id in list(found)[:MOST_ENTRIES]]
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

    def _hit(self, asked: _Asked, entry_id: str) -> Hit:
        about = self._about[entry_id]
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

    def _likeness(self, asked: _Asked, row: _Indexed) -> float:
        return 2 * self._shared(asked, row) / (asked.weight + row.weight)

    def _shared(self, asked: _Asked, row: _Indexed) -> float:
        return sum(
            self._idf.get(unit, 0.0) * min(count, row.units[unit])
            for unit, count in asked.units.items()
        )

    def _wording_score(self, asked: _Asked, about: _About, row: _Indexed, likeness: float) -> float:
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
        return math.log(1 + len(self._rows))


def _idf(sets: list[set[str]]) -> dict[str, float]:
    counts = Counter(unit for units in sets for unit in units)
    return {unit: math.log(1 + len(sets) / count) for unit, count in counts.items()}


def _speaks_of(wording: Wording, period: tuple[date, date]) -> bool:
    return any(first <= period[1] and period[0] <= last for first, last in wording.spans)
