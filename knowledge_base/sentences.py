"""What the library says about entries (条目用语), from ``sentences.yml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def _all() -> dict[str, dict[str, str]]:
    return yaml.safe_load((Path(__file__).parent / "sentences.yml").read_text("utf-8"))


def say(group: str, name: str, /, **values: Any) -> str:
    """Return the sentence ``name`` of a group with its values filled in."""
    return _all()[group][name].format(**values)


def label(group: str, code: str) -> str:
    """Return the Chinese label of a code; the code itself where no label is kept."""
    return _all()[group].get(code, code)
