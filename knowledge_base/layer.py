"""One layer of the search index (索引层): wordings in tantivy, and what ranking needs of them.

Every wording is a document of words, characters and pairs, and pinyin. A layer lies in memory and
never changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import tantivy

from knowledge_base.normalise import comparable, grams, runs, sounds, taxes, terms, words

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
    text: str  # as :func:`spaced` gives it
    sounds: str  # pinyin pairs, each between spaces
    heard: int  # how many of them
    weight: float


@dataclass(slots=True)
class About:
    """What is known of an entry beside its single wordings."""

    rows: list[Row] = field(default_factory=list)
    text: str = ""  # all its wordings, spaced
    body: str = ""  # what it answers, spaced
    terms: frozenset[str] = frozenset()
    taxes: frozenset[str] = frozenset()


def spaced(text: str) -> str:
    """The runs of a comparable text, each between spaces: units are looked for in it."""
    return f" {' '.join(runs(text))} "


def needle(unit: str) -> str:
    """What to look for in a spaced text to find a unit: latin and digits only as a whole."""
    return f" {unit} " if unit.isascii() else unit


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
    """

    def __init__(
        self, schema: tantivy.Schema, wordings: Sequence[Wording], idf: Mapping[str, float]
    ) -> None:
        self.wordings = wordings
        self.about: dict[str, About] = defaultdict(About)
        self._rows: list[Row] = []
        self._idf = idf
        index = tantivy.Index(schema)
        writer = index.writer(64_000_000, 1)
        for wording in wordings:
            self._add(writer, wording)
        writer.commit()
        index.reload()
        self._searcher = index.searcher()

    def __len__(self) -> int:
        return len(self._rows)

    def candidates(self, query: tantivy.Query, limit: int) -> Iterator[Wording]:
        """The wordings that match a query best, the best first."""
        for _, address in self._searcher.search(query, limit).hits:
            yield self._rows[self._searcher.doc(address)["place"][0]].wording

    def _add(self, writer: tantivy.IndexWriter, wording: Wording) -> None:
        text = comparable(wording.text)
        units, heard = grams(text), dict.fromkeys(sounds(text))
        weight = sum(self._idf.get(unit, 0.0) for unit in units)
        row = Row(wording, spaced(text), f" {' '.join(heard)} ", len(heard), weight)
        about = self.about[wording.entry_id]
        place = len(self._rows)
        self._rows.append(row)
        about.rows.append(row)
        about.text += row.text
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
        document.add_text("grams", " ".join(units))
        document.add_text("sounds", " ".join(heard))
        document.add_text("body", " ".join(words(body)))
        writer.add_document(document)
