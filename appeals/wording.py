"""What appeals say to people (诉求用语), from ``sentences.yml`` and ``status.yml``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from appeals.tables import AppealStatus, Verb
from core.calendar import is_workday

_HERE = Path(__file__).parent


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


def move_sentence(name: str, part: str, **values: Any) -> str | None:
    """The sentence of a move, or None where it has none.

    Args:
        name: A verb, or one of the variants in ``sentences.yml``.
        part: ``public``, ``tell`` or ``internal``.
        **values: What the sentence needs: ``number``, ``due``, ``text``.
    """
    template = sentences()["moves"][name].get(part)
    return template.format(**values) if template else None


def due_sentence(due_on: date, provisional: bool = False) -> str:
    """Say a promised date: ``10月10日（周六，调休上班）前``.

    Args:
        due_on: The last day of the promise, included.
        provisional: Whether the calendar of its year is still to be announced.
    """
    words = sentences()
    marks = [words["weekdays"][due_on.weekday()]]
    if due_on.weekday() >= 5 and is_workday(due_on):
        marks.append(words["make_up_day"])
    if provisional:
        marks.append(words["provisional"])
    return words["due"].format(month=due_on.month, day=due_on.day, marks="，".join(marks))
