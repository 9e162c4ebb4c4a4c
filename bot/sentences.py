"""What the bot says (话术): the sentences of ``bot/data/*/responses.yml``, filled with values.

Rasa reads the same files. The actions render the sentences themselves because a reply is stored
by us before Rasa relays it.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Button:
    """A quick reply (快捷回复): what is shown, and what is sent when it is chosen."""

    title: str
    payload: str


@dataclass(frozen=True)
class Sentence:
    """One thing the bot can say, with the quick replies that go with it."""

    text: str
    buttons: tuple[Button, ...] = ()


@lru_cache(maxsize=1)
def read_sentences(folder: Path = DATA) -> dict[str, Sentence]:
    """Read every sentence once (读取话术).

    Args:
        folder: Where the topics stand.

    Returns:
        The sentences by name.

    Raises:
        ValueError: Two topics hold a sentence of one name.
    """
    sentences: dict[str, Sentence] = {}
    for path in sorted(folder.glob("*/responses.yml")):
        responses = yaml.safe_load(path.read_text("utf-8"))["responses"]
        for name, (variant, *_) in responses.items():
            if name in sentences:
                raise ValueError(f"{path}: {name} already stands in another topic")
            buttons = tuple(Button(**button) for button in variant.get("buttons", ()))
            sentences[name] = Sentence(variant["text"], buttons)
    return sentences


def say(name: str, **values: Any) -> str:
    """Fill one sentence (填写话术).

    Args:
        name: Its name, e.g. ``utter_appeal_filed``.
        **values: What stands between the braces.

    Returns:
        The sentence as the taxpayer reads it.

    Raises:
        KeyError: There is no such sentence, or a value is missing.
    """
    return read_sentences()[name].text.format_map(values)


def buttons_of(name: str) -> tuple[Button, ...]:
    """List the quick replies of one sentence (快捷回复).

    Args:
        name: Its name.

    Returns:
        The buttons in their order, none for most sentences.

    Raises:
        KeyError: There is no such sentence.
    """
    return read_sentences()[name].buttons
