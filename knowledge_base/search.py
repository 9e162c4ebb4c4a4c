"""Finding the entry for a question (检索): a tantivy index of wordings, then our own ranking.

Every wording of every published entry is a document of words, characters and pairs, and pinyin.
The index lies in memory, one per process; SQL is the truth (see ``store``).
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import tantivy

from knowledge_base.normalise import comparable, grams, sounds, words

EVER = (date(1990, 1, 1), date(9999, 12, 31))
#: What a match in a field is worth against the others when candidates are fetched.
FIELD_BOOSTS = {"words": 1.0, "grams": 1.0, "sounds": 0.35, "body": 0.15}
#: How the final score of a candidate is put together; the weights sum to 1.
SCORE_WEIGHTS = {"likeness": 0.45, "coverage": 0.25, "sound": 0.15, "context": 0.15}
CANDIDATES = 60


@dataclass(frozen=True)
class Wording:
    """One way of asking, and the entry that answers it."""

    entry_id: str
    text: str
    body: str = ""  # other text of the entry; helps to find it, does not rank it alone
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


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("place", stored=True, indexed=True)
    builder.add_integer_field("first_day", indexed=True, fast=True)
    builder.add_integer_field("last_day", indexed=True, fast=True)
    builder.add_text_field("region", tokenizer_name="raw")
    for field in FIELD_BOOSTS:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


class SearchIndex:
    """An index over a fixed set of wordings; a change of the library builds a new one."""

    def __init__(self, wordings: Iterable[Wording]) -> None:
        self._schema = _schema()
        self._index = tantivy.Index(self._schema)
        self._rows: list[_Indexed] = []
        self._context: dict[str, Counter[str]] = defaultdict(Counter)
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
        self._context[wording.entry_id].update(units)
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
        text = comparable(question)
        units, heard = Counter(grams(text)), frozenset(sounds(text))
        if not units:
            return []
        query = self._query(words(text), units, heard, period, regions)
        best: dict[str, Hit] = {}
        for _, address in self._searcher.search(query, CANDIDATES).hits:
            place = self._searcher.doc(address)["place"][0]
            row = self._rows[place]
            if period is not None and not _speaks_of(row.wording, period):
                continue
            hit = Hit(row.wording.entry_id, self._score(units, heard, row), row.wording.text)
            if hit.entry_id not in best or best[hit.entry_id].score < hit.score:
                best[hit.entry_id] = hit
        ranked = sorted(best.values(), key=lambda hit: (-hit.score, hit.entry_id))
        return ranked[:limit]

    def _query(
        self,
        said: list[str],
        units: Counter[str],
        heard: frozenset[str],
        period: tuple[date, date] | None,
        regions: tuple[str, ...] | None,
    ) -> tantivy.Query:
        fields = {"words": said, "grams": list(units), "sounds": list(heard), "body": said}
        should = [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(self._schema, field, term), FIELD_BOOSTS[field]
                ),
            )
            for field, terms in fields.items()
            for term in dict.fromkeys(terms)
        ]
        must = [(tantivy.Occur.Must, tantivy.Query.boolean_query(should))]
        if period is not None:
            first, last = period
            must.append((tantivy.Occur.Must, self._days("first_day", EVER[0], last)))
            must.append((tantivy.Occur.Must, self._days("last_day", first, EVER[1])))
        if regions is not None:
            terms = [tantivy.Query.term_query(self._schema, "region", each) for each in regions]
            either = tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in terms])
            must.append((tantivy.Occur.Must, tantivy.Query.boost_query(either, 0.0)))
        return tantivy.Query.boolean_query(must)

    def _days(self, field: str, first: date, last: date) -> tantivy.Query:
        span = tantivy.Query.range_query(
            self._schema, field, tantivy.FieldType.Integer, first.toordinal(), last.toordinal()
        )
        return tantivy.Query.boost_query(span, 0.0)

    def _score(self, units: Counter[str], heard: frozenset[str], row: _Indexed) -> float:
        weight = sum(self._idf.get(unit, self._rare) * count for unit, count in units.items())
        shared = sum(
            self._idf.get(unit, 0.0) * min(count, row.units[unit]) for unit, count in units.items()
        )
        context = self._context[row.wording.entry_id]
        known = sum(
            self._idf.get(unit, 0.0) * count for unit, count in units.items() if unit in context
        )
        parts = {
            "likeness": 2 * shared / (weight + row.weight or 1.0),
            "coverage": shared / (weight or 1.0),
            "sound": 2 * len(heard & row.sounds) / (len(heard) + len(row.sounds) or 1),
            "context": known / (weight or 1.0),
        }
        return sum(SCORE_WEIGHTS[name] * part for name, part in parts.items())

    @property
    def _rare(self) -> float:
        """What a unit weighs that no wording has: as much as one that stands in a single one."""
        return math.log(1 + len(self._rows))


def _idf(sets: list[set[str]]) -> dict[str, float]:
    counts = Counter(unit for units in sets for unit in units)
    return {unit: math.log(1 + len(sets) / count) for unit, count in counts.items()}


def _speaks_of(wording: Wording, period: tuple[date, date]) -> bool:
    return any(first <= period[1] and period[0] <= last for first, last in wording.spans)
