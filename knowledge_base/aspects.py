"""What a question asks about its matter (问哪一方面): how much, by when, how to fill it in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path

import yaml

from knowledge_base.normalise import clean


@cache
def _aspects() -> Mapping[str, re.Pattern[str]]:
    rows = yaml.safe_load((Path(__file__).parent / "aspects.yml").read_text("utf-8"))
    return {name: re.compile(words) for name, words in rows.items()}


@lru_cache(maxsize=30_000)
def aspects_of(text: str) -> frozenset[str]:
    """The aspects that a text speaks of, by their names in ``aspects.yml``."""
    cleaned = clean(text)
    return frozenset(name for name, words in _aspects().items() if words.search(cleaned))
