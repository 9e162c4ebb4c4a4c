"""What WeChat users read (微信用语), from ``wechat_sentences.yml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def _words() -> dict[str, dict[str, str]]:
    path = Path(__file__).parent / "wechat_sentences.yml"
    return yaml.safe_load(path.read_text("utf-8"))


def say(name: str, /, **values: Any) -> str:
    """A sentence with its values filled in."""
    return _words()["say"][name].format(**values)


def layout(name: str, /, **values: Any) -> str:
    """A piece of an answer's layout with its values filled in."""
    return _words()["layout"][name].format(**values)


def option_label(name: str) -> str:
    """What a numbered reply of our own is called."""
    return _words()["options"][name]


def unreadable(kind: str) -> str:
    """What is said to a message that cannot be read, by its kind."""
    sentences = _words()["unreadable"]
    return sentences.get(kind, sentences["other"])


def menu_sentence(key: str) -> str | None:
    """The sentence that a menu key stands for; None for a key nobody knows."""
    return _words()["menu"].get(key)
