"""The words by which a notice is understood (公文用语), from ``words.yml``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.errors import InvalidInput


class NoticeRefused(InvalidInput):
    """The file of a notice cannot be read (文件读不了)."""

    code = "notice_refused"
    status = 422


@cache
def words() -> dict[str, Any]:
    """All of ``words.yml``."""
    return yaml.safe_load((Path(__file__).parent / "words.yml").read_text("utf-8"))


def refuse(reason: str, **values: object) -> NoticeRefused:
    """A refusal with its sentence."""
    return NoticeRefused(why=reason, reason=words()["refusals"][reason].format(**values))


def note(name: str, **values: object) -> str:
    """Something that an editor has to look at."""
    return str(words()["notes"][name].format(**values))


def offices_in(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[str, int]]:
    """Every office that is named in a text, with its place."""
    for match in _issuer_pattern().finditer(text, start, len(text) if end is None else end):
        name = _led_in().sub("", match[0])
        yield name, match.end() - len(name)


@cache
def _issuer_pattern() -> re.Pattern[str]:
    """Any office that issues notices, the longest name first."""
    known = sorted(words()["issuers"], key=len, reverse=True)
    return re.compile("|".join([words()["local_issuer"], *map(re.escape, known)]))


@cache
def _led_in() -> re.Pattern[str]:
    """Words before a name that do not belong to it."""
    return re.compile(rf"^(?:{stop_words()})+")


@cache
def stop_words() -> str:
    """A pattern for the words that lead to a document's number and are no part of it."""
    return "|".join(map(re.escape, sorted(words()["before_number"], key=len, reverse=True)))
