"""One layer of the search index (索引层): wordings in tantivy, and what ranking needs of them.

Every wording is a document of words, characters and pairs, and pinyin; every entry has a vector
of what it means. A layer lies in memory and never changes.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import cast

import tantivy

from knowledge_base.meaning import Meaning, Vectors, units_of
from knowledge_base.normalise import (
    as_said,
    comparable,
    grams,
    runs,
    sounds,
    syllables,
    taxes_of,
    terms,
    words,
)
from knowledge_base.sense_index import SenseIndex

#: What tantivy may hold before it writes a segment.
_WRITER_BYTES = 64_000_000

EVER = (date(1990, 1, 1), date(9999, 12, 31))
#: What a match in a field is worth against the others when candidates are fetched.
FIELD_BOOSTS = {"words": 1.0, "grams": 1.0, "sounds": 0.35, "body": 0.15}


@dataclass(frozen=True, slots=True)
class Wording:
    """One way of asking, and the entry that answers it."""

    entry_id: str
    text: str
    body: str = ""  # what the entry answers; said with one of its wordings
    spans: tuple[tuple[date, date], ...] = (EVER,)  # when the entry has something to say
    region: str = "全国"


@dataclass(slots=True)
class Row:
    """A wording as ranking compares it; texts, not sets, as there may be a million of them."""

    wording: Wording
    text: str  # in standard terms, as :func:`spaced` gives it
    said: str  # in the words that were said, likewise
    heard: str  # its syllables, each between spaces
    syllables: int
    weight: float = 0.0  # of the single characters of ``text``
    said_weight: float = 0.0


@dataclass(slots=True)
class About:
    """What is known of an entry beside its single wordings."""

    rows: list[Row] = field(default_factory=list)
    place: int = 0  # of its vector
    body: str = ""  # what it answers, spaced
    terms: frozenset[str] = frozenset()
    taxes: frozenset[str] = frozenset()


def spaced(text: str) -> str:
    """The runs of a comparable text, each between spaces: units are looked for in it."""
    return f" {' '.join(runs(text))} "


def needle(unit: str) -> str:
    """What to look for in a spaced text to find a unit: latin and digits only as a whole."""
    return f" {unit} " if unit.isascii() else unit


def singles(text: str) -> list[str]:
    """The single characters of a comparable text, and its runs of latin or digits."""
    return [unit for unit in grams(text) if len(unit) == 1 or unit.isascii()]


def make_schema() -> tantivy.Schema:
    """The fields of a wording."""
    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("place", fast=True)
    builder.add_integer_field("first_day", indexed=True, fast=True)
    builder.add_integer_field("last_day", indexed=True, fast=True)
    builder.add_text_field("region", tokenizer_name="raw")
    for name in FIELD_BOOSTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


class Layer:
    """Some wordings, each read once, and indexed.

    Args:
        schema: As :func:`make_schema` gives it; queries are built with the same one.
        wordings: All wordings of some entries.
        meaning: What gives entries their vectors; None where there is none.
        over: The layer that this one is laid over, whose weights count; what is said here alone
            is as rare as can be.
    """

    def __init__(
        self,
        schema: tantivy.Schema,
        wordings: Iterable[Wording],
        meaning: Meaning | None,
        over: Layer | None = None,
    ) -> None:
        self.about: dict[str, About] = {}
        self._names: list[str] = []
        self._rows: list[Row] = []
        self._spread: Counter[str] = Counter()
        index = tantivy.Index(schema)
        writer = index.writer(_WRITER_BYTES, 1)
        entries = self._read(writer, by_entry(wordings))
        self._senses = SenseIndex.of(meaning.vectors(entries)) if meaning else None
        deque(entries, maxlen=0)  # what no vectors were wanted for
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()
        self.idf = weigh_rarity(self._spread, len(self._rows))
        if over is not None:
            rarest = math.log(1 + len(over))
            self.idf = {**dict.fromkeys(self._spread, rarest), **over.idf}
        self._spread.clear()
        for row in self._rows:
            row.weight = _weight(row.text, self.idf)
            row.said_weight = row.weight if row.said == row.text else _weight(row.said, self.idf)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def wordings(self) -> list[Wording]:
        """All wordings of the layer."""
        return [row.wording for row in self._rows]

    def candidates(self, query: tantivy.Query, limit: int) -> Iterator[str]:
        """The entries of the wordings that match a query best, the best first."""
        found = [address for _, address in self._searcher.search(query, limit).hits]
        for place in cast("list[int]", self._searcher.fast_field_values("place", found)):
            yield self._rows[place].wording.entry_id

    def spread(self, field_: str, term: str) -> int:
        """How many wordings have a term in a field."""
        return self._searcher.doc_freq(field_, term)

    def nearest(self, vector: Vectors, limit: int) -> list[str]:
        """The entries that are nearest by meaning, in no order."""
        places = self._senses.nearest(vector, limit) if self._senses else []
        return [self._names[place] for place in places]

    def senses(self, vector: Vectors | None, names: Sequence[str]) -> list[float] | list[None]:
        """How near some entries are by meaning; None each where nothing is known."""
        if vector is None or self._senses is None:
            return [None] * len(names)
        return self._senses.near(vector, [self.about[name].place for name in names])

    def _read(
        self, writer: tantivy.IndexWriter, entries: Mapping[str, list[Wording]]
    ) -> Iterator[list[str]]:
        """Read and index all entries; give the units of each, with which it asks and answers."""
        same: dict[frozenset[str], frozenset[str]] = {}
        for entry_id, wordings in entries.items():
            about = self.about[entry_id] = About(place=len(self._names))
            self._names.append(entry_id)
            units = [unit for each in wordings for unit in self._add(writer, about, each)]
            about.terms = same.setdefault(about.terms, about.terms)
            about.taxes = same.setdefault(about.taxes, about.taxes)
            yield units

    def _add(self, writer: tantivy.IndexWriter, about: About, wording: Wording) -> list[str]:
        text, said = comparable(wording.text), as_said(wording.text)
        body = comparable(wording.body) if wording.body else ""
        heard = [each for run in syllables(text) for each in run]
        row = Row(wording, spaced(text), spaced(said), f" {' '.join(heard)} ", len(heard))
        if row.said == row.text:
            row.said = row.text
        words_, grams_, answered = words(text), grams(text), words(body)
        grams_said = grams_ if said == text else grams(said)
        named = terms(text)
        about.taxes |= taxes_of(named)
        if body:
            about.body = spaced(body)
            named |= terms(body)
        about.terms |= named
        document = tantivy.Document()
        document.add_integer("place", len(self._rows))
        document.add_integer("first_day", min(first for first, _ in wording.spans).toordinal())
        document.add_integer("last_day", max(last for _, last in wording.spans).toordinal())
        document.add_text("region", wording.region)
        document.add_text("words", " ".join(words_))
        document.add_text("grams", " ".join([*grams_, *grams_said]))
        document.add_text("sounds", " ".join(dict.fromkeys(sounds(text))))
        document.add_text("body", " ".join(answered))
        writer.add_document(document)
        about.rows.append(row)
        self._rows.append(row)
        self._spread.update({*grams_, *grams_said})
        return [*grams_, *words_, *grams(body), *answered]


def by_entry(wordings: Iterable[Wording]) -> dict[str, list[Wording]]:
    """Wordings by the entry that answers them."""
    groups: dict[str, list[Wording]] = defaultdict(list)
    for wording in wordings:
        groups[wording.entry_id].append(wording)
    return groups


def all_units(wordings: Iterable[Wording]) -> list[str]:
    """The units of what is asked and answered; meaning is learned from them."""
    texts = (text for each in wordings for text in (each.text, each.body) if text)
    return [unit for text in texts for unit in units_of(comparable(text))]


def weigh_rarity(spread: Mapping[str, int], total: int) -> dict[str, float]:
    """What units weigh: the rarer, the more (inverse document frequency)."""
    return {unit: math.log(1 + total / count) for unit, count in spread.items()}


def _weight(text: str, idf: Mapping[str, float]) -> float:
    """What the single characters of a spaced text weigh, and its runs of latin or digits."""
    weight = 0.0
    for run in text.split():
        for unit in [run] if run.isascii() else list(run):
            weight += idf.get(unit, 0.0)
    return weight
