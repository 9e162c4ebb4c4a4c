"""Words that tell apart what one act may mean (判断用词), from ``words.yml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_BETWEEN = " ，。,.：:！!？?、“”\"'"


@cache
def _all() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "words.yml").read_text("utf-8"))


def has_word(group: str, text: str) -> bool:
    """Tell whether ``text`` holds a word of the group, e.g. ``no_contact``."""
    return any(word in text for word in _all()[group])


def matching(group: str, text: str) -> str | None:
    """The code whose longest word stands in ``text``, e.g. of ``appeal_kinds``; or None."""
    found = [
        (len(word), code) for code, words in _all()[group].items() for word in words if word in text
    ]
    return max(found, key=lambda each: each[0])[1] if found else None


def without(group: str, text: str) -> str:
    """``text`` without the words of the group at both of its ends."""
    words = sorted(_all()[group], key=len, reverse=True)
    text = after(group, text).rstrip(_BETWEEN)
    while word := next((each for each in words if text.endswith(each)), None):
        text = text.removesuffix(word).rstrip(_BETWEEN)
    return text


def after(group: str, text: str) -> str:
    """``text`` without the words of the group that it begins with."""
    words = sorted(_all()[group], key=len, reverse=True)
    text = text.lstrip(_BETWEEN)
    while word := next((each for each in words if text.startswith(each)), None):
        text = text.removeprefix(word).lstrip(_BETWEEN)
    return text
