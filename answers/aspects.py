"""What a question asks about its matter (问哪一方面), and whether an entry speaks of it at all.

An entry about the same matter that says nothing of the aspect asked is the commonest wrong answer:
who asks how to look up a tax is not helped by how much it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import yaml

from knowledge_base.library import texts_of
from knowledge_base.normalise import clean
from knowledge_base.schema import Entry


@cache
def _aspects() -> Mapping[str, re.Pattern[str]]:
    rows = yaml.safe_load((Path(__file__).parent / "aspects.yml").read_text("utf-8"))
    return {name: re.compile(words) for name, words in rows.items()}


def aspects_of(text: str) -> frozenset[str]:
    """The aspects that a text speaks of, by their names in ``aspects.yml``."""
    return frozenset(name for name, words in _aspects().items() if words.search(text))


def unspoken(question: str, entry: Entry) -> frozenset[str]:
    """The aspects that a question asks about and an entry says nothing of."""
    return aspects_of(clean(question)) - _spoken(texts_of(entry))


@lru_cache(maxsize=10_000)
def _spoken(texts: tuple[str, ...]) -> frozenset[str]:
    return aspects_of(clean("\n".join(texts)))
