"""What appeals say to people (诉求用语), from ``sentences.yml`` and ``status.yml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from appeals.tables import AppealStatus, Verb
from core.calendar import is_workday
from core.clock import china_time

_HERE = Path(__file__).parent
#: What somebody wrote may end itself where the sentence around it ends.
_ENDED_TWICE = re.compile(r"([。！？])。")


@dataclass(frozen=True)
class StatusWords:
    """How a status is shown: label, colour, what it means, what happens next."""

    code: str
    label: str
    colour: str
    meaning: str
    next: str


@cache
def sentences() -> dict[str, Any]:
    """The whole of ``sentences.yml``."""
    return yaml.safe_load((_HERE / "sentences.yml").read_text("utf-8"))


@cache
def status_words() -> dict[AppealStatus, StatusWords]:
    """How each status is shown, in the order of ``status.yml``."""
    rows = yaml.safe_load((_HERE / "status.yml").read_text("utf-8"))
    return {AppealStatus(row["code"]): StatusWords(**row) for row in rows}


def verb_label(verb: Verb) -> str:
    """The Chinese name of a move."""
    return sentences()["moves"][verb.value]["label"]


def move_sentence(name: str, part: str, kind: str = "", **values: Any) -> str | None:
    """The sentence of a move, or None where it has none.

    Args:
        name: A verb, or one of the variants in ``sentences.yml``.
        part: ``public``, ``tell`` or ``internal``.
        kind: The kind of the appeal; some kinds say a move in their own way.
        **values: What the sentence needs, see :func:`appeals.lifecycle.record_move`.
    """
    own = sentences()["kinds"].get(kind, {}).get(name, {})
    template = own.get(part) or sentences()["moves"][name].get(part)
    return _ENDED_TWICE.sub(r"\1", template.format(**values)) if template else None


def alert_sentence(reason: str, **values: Any) -> str:
    """What staff are told."""
    return sentences()["alerts"][reason].format(**values)


def refusal(why: str, **values: Any) -> str:
    """Why something was refused, as the person reads it."""
    return sentences()["reasons"][why].format(**values)


def promise_words(promise: str) -> str:
    """What a kind promises: to answer, to settle, to hand on."""
    return sentences()["promises"].get(promise, promise)


def due_sentence(due_on: date, provisional: bool = False, at: datetime | None = None) -> str:
    """Say a promised date: ``10月10日（周六，调休上班）前``.

    Args:
        due_on: The last day of the promise, included.
        provisional: Whether the calendar of its year is still to be announced.
        at: The moment, for a promise that counts minutes.
    """
    words = sentences()
    marks = [words["weekdays"][due_on.weekday()]]
    if due_on.weekday() >= 5 and is_workday(due_on):
        marks.append(words["make_up_day"])
    if provisional:
        marks.append(words["provisional"])
    said = {"month": due_on.month, "day": due_on.day, "marks": "，".join(marks)}
    if at is None:
        return words["due"].format(**said)
    local = china_time(at)
    return words["due_at"].format(**said, hour=local.hour, minute=local.minute)
