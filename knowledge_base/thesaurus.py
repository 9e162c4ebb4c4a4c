"""The tax thesaurus (税务词表): what people say, and the standard term for it.

Kept by editors in ``terms/thesaurus/*.yml``. A standard term stands for itself, so that a shorter
variant inside it is left alone (税所 in 纳税所得).
"""

from __future__ import annotations

from collections.abc import Iterator
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


@cache
def _lookup() -> tuple[dict[str, tuple[str, bool]], int]:
    """Variant to (term, whether it is replaced), and the length of the longest."""
    found: dict[str, tuple[str, bool]] = {}
    terms: set[str] = set()
    for each in variants():
        terms.add(each.term)
        found[each.text] = (each.term, each.kind != "hint")
    found |= {term: (term, True) for term in terms}
    return found, max(map(len, found))


def standardise(text: str) -> str:
    """Replace what people say by the standard term, the longest first; add what is hinted at."""
    known, longest = _lookup()
    said: list[str] = []
    hinted: list[str] = []
    place = 0
    while place < len(text):
        for length in range(min(longest, len(text) - place), 1, -1):
            found = known.get(text[place : place + length])
            if found is not None:
                term, is_replaced = found
                said.append(term if is_replaced else text[place : place + length])
                if not is_replaced:
                    hinted.append(term)
                place += length
                break
        else:
            said.append(text[place])
            place += 1
    return " ".join(["".join(said), *hinted])
