"""Chinese sentences for error codes (错误提示): each room's ``error_messages.yml``, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from core.errors import ServiceError

ROOT = Path(__file__).parent.parent


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return ""


@cache
def error_sentences() -> dict[str, str]:
    """Every code with its sentence.

    Raises:
        ValueError: Two rooms explain one code.
    """
    found: dict[str, str] = {}
    for path in sorted(ROOT.glob("*/error_messages.yml")):
        for code, sentence in (yaml.safe_load(path.read_text("utf-8")) or {}).items():
            if code in found:
                raise ValueError(f"{code} is explained twice, again in {path.name}")
            found[code] = sentence
    return found


def sentence_for(error: ServiceError) -> str:
    """What the person is told: what happened, and what to do next."""
    sentences = error_sentences()
    template = sentences.get(error.code, sentences["unexpected"])
    return template.format_map(_Blank(error.details))
