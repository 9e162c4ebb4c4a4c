"""What the desk calls things (工作台标签), from ``labels.yml``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml


@cache
def labels() -> dict[str, dict[str, str]]:
    """Every label by group."""
    return yaml.safe_load((Path(__file__).parent / "labels.yml").read_text("utf-8"))


def label(group: str, code: str) -> str:
    """What a code is called; the code itself where no name is kept."""
    return labels()[group].get(code, code)


def say(group: str, code: str, **values: object) -> str:
    """A label with values filled in."""
    return labels()[group][code].format(**values)


def fault_in_chinese(reason: str) -> str:
    """What the checking library says, as an editor should read it; unknown words stay."""
    for pattern, words in labels()["faults"].items():
        if match := re.fullmatch(pattern, reason):
            return match.expand(words)
    return reason


def outcome_label(outcome: str | None) -> str | None:
    """What an outcome is called; all errors share one name."""
    if outcome is None:
        return None
    return label("outcomes", "error" if outcome.startswith("error") else outcome)
