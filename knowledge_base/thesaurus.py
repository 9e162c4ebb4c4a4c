"""The tax thesaurus (税务词表): what people say, and the standard term for it.

Kept in ``terms/thesaurus/*.yml``, and beside them by editors at the desk (see ``kept_terms``).
A standard term stands for itself: a shorter variant inside it is left alone (税所 in 纳税所得).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).parent / "terms" / "thesaurus"
#: What kinds of variant there are: abbreviation, colloquial, former name, slip; a hint may mean
#: the term, which is then added and replaces nothing.
KINDS = ("short", "said", "old", "slip", "hint")


@dataclass(frozen=True)
class Variant:
    """One way of saying a term."""

    text: str
    term: str
    kind: str
    file: str


def variants() -> Iterator[Variant]:
    """Every variant of the thesaurus, as its files say it."""
    for path in sorted(FOLDER.glob("*.yml")):
        for term, groups in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).items():
            for kind, texts in (groups or {}).items():
                for text in texts:
                    yield Variant(text, term, kind, path.name)


@dataclass(frozen=True)
class _Lookup:
    """What is known, by its words, and how long what begins with two characters can be."""

    known: dict[str, tuple[str, bool]]  # to the term, and whether it is replaced
    lengths: dict[str, tuple[int, ...]]  # the longest first
    edition: int = 0


def _looked_up(given: Iterable[Variant], edition: int) -> _Lookup:
    known: dict[str, tuple[str, bool]] = {}
    terms: set[str] = set()
    for each in given:
        terms.add(each.term)
        known[each.text] = (each.term, each.kind != "hint")
    known |= {term: (term, True) for term in terms}
    lengths: dict[str, set[int]] = defaultdict(set)
    for text in known:
        lengths[text[:2]].add(len(text))
    longest_first = {start: tuple(sorted(n, reverse=True)) for start, n in lengths.items()}
    return _Lookup(known, longest_first, edition)


class _InForce:
    """What this process looks words up in: replaced as a whole, never changed."""

    kept: frozenset[Variant] = frozenset()
    lookup: _Lookup | None = None

    def keep(self, kept: frozenset[Variant]) -> None:
        if kept != self.kept:
            edition = self.get().edition + 1
            # What the files say counts, should they say it of the same word by now.
            ordered = sorted(kept, key=lambda each: each.text)
            self.lookup = _looked_up([*ordered, *variants()], edition)
            self.kept = kept

    def get(self) -> _Lookup:
        if self.lookup is None:
            self.lookup = _looked_up(variants(), 0)
        return self.lookup


_in_force = _InForce()


def keep(kept: Iterable[Variant]) -> None:
    """Look words up in what editors keep, and in the files, from now on (启用工作台的用语)."""
    _in_force.keep(frozenset(kept))


def edition() -> int:
    """A number that changes with what words are looked up in."""
    return _in_force.get().edition


@cache
def file_variants() -> dict[str, Variant]:
    """The variants of the files by their text."""
    return {each.text: each for each in variants()}


@cache
def file_terms() -> frozenset[str]:
    """The standard terms of the files."""
    return frozenset(each.term for each in variants())


def standardise(text: str) -> str:
    """Replace what people say by the standard term, the longest first; add what is hinted at."""
    lookup = _in_force.get()
    said: list[str] = []
    hinted: list[str] = []
    place = 0
    while place < len(text):
        lengths = lookup.lengths.get(text[place : place + 2], ())
        words = (text[place : place + length] for length in lengths)
        word = next((each for each in words if each in lookup.known), None)
        if word is None:
            said.append(text[place])
            place += 1
            continue
        term, is_replaced = lookup.known[word]
        said.append(term if is_replaced else word)
        if not is_replaced:
            hinted.append(term)
        place += len(word)
    return " ".join(["".join(said), *hinted])
