"""What a wrong answer does (答错的后果): entries about figures, deadlines, penalties need more."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import cache, lru_cache
from pathlib import Path

import yaml

from knowledge_base.schema import Entry


class Harm(IntEnum):
    """How much harm a wrong answer does."""

    LIGHT = 0  # who is sent to the wrong office asks on; how and where, without figures
    PLAIN = 1  # what is allowed or due, with figures only beside it
    GRAVE = 2  # what settles the question is a figure, a deadline or a penalty


@cache
def _says(*groups: str) -> re.Pattern[str]:
    known = yaml.safe_load((Path(__file__).parent / "harm.yml").read_text("utf-8"))
    return re.compile("|".join(f"(?:{each})" for group in groups for each in known[group]))


def harm_of(entry: Entry) -> Harm:
    """The harm that answering with an entry does where it is the wrong one."""
    if entry.referral is not None:
        return Harm.LIGHT
    settling = (entry.question, *(each.text for each in entry.short_answers))
    return _harm(settling, tuple(each.text for each in entry.claims))


@lru_cache(maxsize=10_000)
def _harm(settling: tuple[str, ...], claims: tuple[str, ...]) -> Harm:
    if any(_says("figures", "penalties", "deadlines").search(text) for text in settling):
        return Harm.GRAVE
    if any(_says("figures", "penalties").search(text) for text in claims):
        return Harm.PLAIN
    return Harm.LIGHT
