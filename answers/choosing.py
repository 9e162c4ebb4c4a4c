"""The answer to a question back (选择): a tap, the option typed, its number, or 我不清楚."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from answers.frame import Query
from knowledge_base.normalise import clean

_EDGES = " \t\n，,。.；;！!？?、“”\"'（）()"
_LONGEST = 24
_MARKS = re.compile(r"[\s，,。.；;！!？?、“”\"'（）()]")


@dataclass(frozen=True)
class Choice:
    """What was chosen."""

    question: str  # the question as it is now
    entries: tuple[str, ...] = ()  # which answer it; none: to be searched
    left: tuple[str, ...] = ()  # where no option is it: the entries that they stood for
    is_none: bool = False


@cache
def _words() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "choosing.yml").read_text("utf-8"))


def read_choice(query: Query) -> Choice | None:
    """Read a message as the answer to what was asked back; None where it is none."""
    asked = (query.topic or {}).get("choice")
    text = clean(query.text).strip(_EDGES)
    if not asked or not text:
        return None
    options: Sequence[Mapping[str, Any]] = asked["options"]
    same = [each for each in options if _bare(clean(each["label"])) == _bare(text)]
    if same:
        return _chosen(same[0])
    if len(text) > _LONGEST:
        return None
    words = _words()
    unsure = [each for each in options if each["is_unsure"]]
    if re.fullmatch(words["unsure"], text) and unsure:
        return _chosen(unsure[0])
    place = _place(text, len(options))
    if place is not None and place < len(options):
        return _chosen(options[place])
    if place is not None or re.fullmatch(f"{words['none']}|{words['unsure']}", text):
        entries = dict.fromkeys(name for each in options for name in each["entries"])
        return Choice(asked["asked"], left=tuple(entries), is_none=True)
    named = [each for each in options if _names(text, each["label"])]
    return _chosen(named[0]) if len(named) == 1 else None


def _chosen(option: Mapping[str, Any]) -> Choice:
    return Choice(option["say"], tuple(option["entries"]))


def _place(text: str, count: int) -> int | None:
    """The place that was named by its number, beyond the last one too, or by where it stands."""
    words = _words()
    for form in words["ordinals"]:
        if found := re.fullmatch(form, text):
            said = found["number"]
            number = words["digits"].get(said) or int(said)
            return number - 1
    for form, place in words["places"]:
        if re.fullmatch(form, text):
            return place % count
    return None


def _names(text: str, label: str) -> bool:
    """Tell whether a text is an option in other words, with nothing else beside it."""
    words = _words()
    other = words["other_names"].get(label)
    own = re.escape(clean(label))
    names = f"{own}|{other}" if other else own
    around = f"(?:{words['around']})*"
    return bool(re.fullmatch(f"{around}(?:{names}){around}", text))


def _bare(text: str) -> str:
    return _MARKS.sub("", text)
