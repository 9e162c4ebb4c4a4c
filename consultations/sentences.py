"""What the record itself says to taxpayers (会话提示语), from ``sentences.yml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def _sentences() -> dict[str, str]:
    return yaml.safe_load((Path(__file__).parent / "sentences.yml").read_text("utf-8"))


def say(name: str, **values: Any) -> str:
    """Return the sentence ``name`` with its values filled in."""
    return _sentences()[name].format(**values)
