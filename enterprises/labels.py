"""What the record's codes are called to people (档案标签), read from ``labels.yml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "labels.yml"


@cache
def labels() -> dict[str, dict[str, str]]:
    """Every label, by kind of code."""
    return yaml.safe_load(_FILE.read_text("utf-8"))


def label(kind: str, code: str) -> str:
    """What a code is called, e.g. ``label("tax", "vat")`` gives 增值税.

    A code without a label is shown as it is, because a bureau's own record may hold more reliefs
    than this file.
    """
    return labels()[kind].get(code, code)
