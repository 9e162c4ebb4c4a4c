"""How wishes are read, and what is said of them (提醒用语): ``words.yml``, ``sentences.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.calendar import is_workday
from outreach.tables import PushKind

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class SaidWish:
    """What a sentence wants: these kinds of messages, or these no longer."""

    kinds: tuple[PushKind, ...]
    wanted: bool


@cache
def _words() -> dict[str, Any]:
    return yaml.safe_load((_HERE / "words.yml").read_text("utf-8"))


@cache
def sentences() -> dict[str, Any]:
    """The whole of ``sentences.yml``."""
    return yaml.safe_load((_HERE / "sentences.yml").read_text("utf-8"))


def kind_label(kind: PushKind) -> str:
    """What a kind of message is called."""
    return sentences()["kinds"][kind.value]


def state_label(wanted: bool) -> str:
    """What it is called that a kind is wanted, or is not."""
    return sentences()["states"]["wanted" if wanted else "unwanted"]


def wish_sentence(kind: PushKind, wanted: bool) -> str:
    """What one says to turn a kind on or off; :func:`read_wish` understands it."""
    return sentences()["turn_on" if wanted else "turn_off"].format(kind=kind_label(kind))


def say_day(day: date) -> str:
    """A day as people read it: ``10月10日（周六，调休上班）``."""
    words = sentences()
    weekday = words["weekdays"][day.weekday()]
    if day.weekday() >= 5 and is_workday(day):
        weekday = f"{weekday}，{words['make_up_day']}"
    return words["day"].format(month=day.month, day=day.day, weekday=weekday)


def read_wish(text: str) -> SaidWish | None:
    """Read what a sentence wants (听懂意愿).

    A refusal without a kind refuses everything. Nothing is turned on unless it is named, but
    “reminders” alone are those of deadlines, which is all that reminds.

    Returns:
        None where it is a question, or not plain enough to change anything.
    """
    words = _words()
    if any(_stands(group, text) for group in words["unclear"]):
        return None
    named = tuple(kind for kind in PushKind if _stands(words["kinds"][kind.value], text))
    if _stands(words["turn_off"], text):
        return SaidWish(named or tuple(PushKind), wanted=False)
    if not _stands(words["turn_on"], text):
        return None
    if not named and _stands(words["reminder"], text):
        named = (PushKind.DEADLINE_REMINDER,)
    return SaidWish(named, wanted=True) if named else None


def _stands(words: list[str], text: str) -> bool:
    return any(word in text for word in words)
