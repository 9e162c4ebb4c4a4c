"""One layer of the search index (索引层): wordings in tantivy, and what ranking needs of them.

Every wording is a document of words, characters and pairs, and pinyin; every entry has a vector
of what it means. A layer lies in memory and never changes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import tantivy

from knowledge_base.meaning import Meaning, Vectors, units_of
from knowledge_base.normalise import (
    as_said,
    comparable,
    grams,
    runs,
    sounds,
    syllables,
    taxes,
    terms,
    words,
)

EVER = (date(1990, 1, 1), date(9999, 12, 31))
#: What a match in a field is worth against the others when candidates are fetched.
FIELD_BOOSTS = {"words": 1.0, "grams": 1.0, "sounds": 0.35, "body": 0.15}


@dataclass(frozen=True)
class Wording:
    """One way of asking, and the entry that answers it."""

    entry_id: str
    text: str
    body: str = ""  # what the entry answers; said with one of its wordings
    spans: tuple[tuple[date, date], ...] = (EVER,)  # when the entry has something to say
    region: str = "全国"


@dataclass(frozen=True, slots=True)
class Row:
    """A wording as ranking compares it; texts, not sets, as there may be a million of them."""

    wording: Wording
    text: str  # in standard terms, as :func:`spaced` gives it
    weight: float  # of its single characters
    said: str  # in the words that were said, likewise
    said_weight: float
    heard: str  # its syllables, each between spaces
    syllables: int


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
    builder.add_integer_field("place", stored=True, indexed=True)
    builder.add_integer_field("first_day", indexed=True, fast=True)
    builder.add_integer_field("last_day", indexed=True, fast=True)
    builder.add_text_field("region", tokenizer_name="raw")
    for name in FIELD_BOOSTS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    return builder.build()


class Layer:
    """Some wordings, indexed with given weights of their units.

    Args:
        schema: As :func:`make_schema` gives it; queries are built with the same one.
        wordings: All wordings of some entries.
        idf: What a character or pair weighs; units that it lacks weigh nothing.
        meaning: What gives entries their vectors; None where there is none.
    """

    def __init__(
        self,
        schema: tantivy.Schema,
        wordings: Iterable[Wording],
        idf: Mapping[str, float],
        meaning: Meaning | None,
    ) -> None:
        self.about: dict[str, About] = {}
        self._ids: list[str] = []
        self._rows: list[Row] = []
        self._idf = idf
        index = tantivy.Index(schema)
        writer = index.writer(64_000_000, 1)
        vectors = [
            self._add(writer, entry_id, group, meaning)
            for entry_id, group in by_entry(wordings).items()
        ]
        writer.commit()
        index.reload()
        self._searcher = index.searcher()
        self._vectors = np.array(vectors, np.float32) if meaning and vectors else None

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def wordings(self) -> list[Wording]:
        """All wordings of the layer."""
        return [row.wording for row in self._rows]

    def candidates(self, query: tantivy.Query, limit: int) -> Iterator[Wording]:
        """The wordings that match a query best, the best first."""
        for _, address in self._searcher.search(query, limit).hits:
            yield self._rows[self._searcher.doc(address)["place"][0]].wording

    def senses(self, vector: Vectors) -> Vectors | None:
        """How near each entry is by meaning, by its place; None where nothing is known."""
        return None if self._vectors is None else self._vectors @ vector

    def nearest(self, senses: Vectors, limit: int) -> list[str]:
        """The entries that are nearest by meaning, in no order."""
        if len(senses) <= limit:
            return list(self._ids)
        return [self._ids[place] for place in np.argpartition(-senses, limit)[:limit]]

    def _add(
        self,
        writer: tantivy.IndexWriter,
        entry_id: str,
        wordings: list[Wording],
        meaning: Meaning | None,
    ) -> Vectors | None:
        about = self.about[entry_id] = About(place=len(self._ids))
        self._ids.append(entry_id)
        for wording in wordings:
            self._add_wording(writer, about, wording)
        return meaning.vector(counted(wordings)) if meaning else None

    def _add_wording(self, writer: tantivy.IndexWriter, about: About, wording: Wording) -> None:
        text, said = comparable(wording.text), as_said(wording.text)
        heard = [each for run in syllables(text) for each in run]
        row = Row(
            wording,
            text=spaced(text),
            weight=self._weight(text),
            said=spaced(said),
            said_weight=self._weight(said),
            heard=f" {' '.join(heard)} ",
            syllables=len(heard),
        )
        place = len(self._rows)
        self._rows.append(row)
        about.rows.append(row)
        about.terms |= terms(text)
        about.taxes |= taxes(text)
        body = comparable(wording.body) if wording.body else ""
        if body:
            about.body = spaced(body)
            about.terms |= terms(body)
        document = tantivy.Document()
        document.add_integer("place", place)
        document.add_integer("first_day", min(first for first, _ in wording.spans).toordinal())
        document.add_integer("last_day", max(last for _, last in wording.spans).toordinal())
        document.add_text("region", wording.region)
        document.add_text("words", " ".join(words(text)))
        document.add_text("grams", " ".join([*grams(text), *grams(said)]))
        document.add_text("sounds", " ".join(dict.fromkeys(sounds(text))))
        document.add_text("body", " ".join(words(body)))
        writer.add_document(document)

    def _weight(self, text: str) -> float:
        return sum(self._idf.get(unit, 0.0) for unit in singles(text))


def by_entry(wordings: Iterable[Wording]) -> dict[str, list[Wording]]:
    """Wordings by the entry that answers them."""
    groups: dict[str, list[Wording]] = defaultdict(list)
    for wording in wordings:
        groups[wording.entry_id].append(wording)
    return groups


def counted(wordings: Iterable[Wording]) -> Counter[str]:
    """The units of what is asked and answered, counted; meaning is learned from them."""
    units: Counter[str] = Counter()
    for wording in wordings:
        for text in filter(None, (wording.text, wording.body)):
            units.update(units_of(comparable(text)))
    return units
