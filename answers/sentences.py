"""What the engine says (应答用语), from ``sentences.yml``; nothing of it stands in Python."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from answers.parts import Button


@cache
def _all() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "sentences.yml").read_text("utf-8"))


def say(name: str, **values: Any) -> str:
    """Return the sentence ``name`` with its values filled in."""
    return _all()["say"][name].format(**values)


def label(group: str, code: str) -> str:
    """Return the Chinese label of a code, e.g. ``label("certainty", "open")``."""
    return _all()[group][code]


def fact_label(value: Any) -> str:
    """How a known fact is named to people."""
    return _all()["fact_labels"].get(value, str(value))


def say_button(name: str) -> Button:
    """A button that says something in the taxpayer's name."""
    text, value = _all()["buttons"][name]
    return Button(text, "say", value)


def rating_buttons() -> tuple[Button, ...]:
    """The three ratings of an answer."""
    names = ("useful", "not_solved", "wrong")
    return tuple(Button(_all()["buttons"][n][0], "rate", _all()["buttons"][n][1]) for n in names)


def i_am_button(value: str) -> Button:
    """A button by which the taxpayer tells what kind of payer they are."""
    said = _all()["buttons"]["i_am"].format(label=fact_label(value))
    return Button(said, "say", said)
