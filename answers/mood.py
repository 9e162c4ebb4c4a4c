"""What a message lets hear of its writer (情绪和急事): danger, strain, anger, urgency.

The words and their weights stand in ``mood.yml``. Danger is weighed so that a greeting too many
is the lesser harm; what only sounds like it (死账, 跳楼价) is taken out before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from answers.splitting import asks, names_something
from knowledge_base.normalise import clean

_COUNTS = Decimal(1)
_LONGEST_BESIDE_ABUSE = 2
_NEAR_DAYS = 3
_CLAUSE = re.compile(r"[^，,。！!；;\n]+[，,。！!；;\n]*")
_DATE = re.compile(r"(?:(\d{1,2})月)?(\d{1,2})[号日](?!文|公告|楼|线)")


@dataclass(frozen=True)
class Mood:
    """What is heard in one message."""

    in_danger: bool = False
    is_strained: bool = False
    is_angry: bool = False
    is_urgent: bool = False
    only_abuses: bool = False  # nothing is asked or told beside it

    @property
    def wants_person(self) -> bool:
        """Tell whether a person is offered before anything else."""
        return self.in_danger or self.is_strained or self.is_angry or self.is_urgent


@cache
def _known() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "mood.yml").read_text("utf-8"))


@cache
def _any_of(group: str) -> re.Pattern[str]:
    words = sorted(_known()[group], key=len, reverse=True)
    return re.compile("|".join(f"(?:{word.lower()})" for word in words))


@cache
def _weights(group: str) -> tuple[tuple[re.Pattern[str], Decimal], ...]:
    words = _known()["groups"][group].items()
    return tuple((re.compile(word.lower()), Decimal(str(weight))) for word, weight in words)


def read_mood(text: str) -> Mood:
    """Read what a message lets hear."""
    said = _any_of("harmless").sub("　", clean(text))
    of_oneself = _any_of("not_oneself").sub("　", said)
    is_angry = _weight("anger", said) >= _COUNTS
    return Mood(
        in_danger=_weight("danger", of_oneself) >= _COUNTS,
        is_strained=_weight("strain", said) >= _COUNTS,
        is_angry=is_angry,
        is_urgent=_weight("urgency", said) >= _COUNTS,
        only_abuses=is_angry and not asks_beside_abuse(said),
    )


def asks_beside_abuse(text: str) -> bool:
    """Tell whether a message says more than abuse, something that could be answered."""
    rest = clean(text)
    for pattern, _ in _weights("anger"):
        rest = pattern.sub(" ", rest)
    left = re.sub(r"[\W_]", "", _any_of("beside_abuse").sub(" ", rest))
    return len(left) > _LONGEST_BESIDE_ABUSE


def without_feelings(text: str) -> str:
    """A message without the clauses that only say how its writer feels, if it asks anything."""
    kept = [each for each in _CLAUSE.findall(text) if asks(each) or not _is_feeling(each)]
    return "".join(kept) if any(map(asks, kept)) else text


def _is_feeling(clause: str) -> bool:
    said = _any_of("harmless").sub("　", clean(clause))
    felt = any(_weight(group, said) for group in ("anger", "strain"))
    return felt and not names_something(said)


def is_question_beside_abuse(text: str) -> bool:
    """Tell whether a message asks something beside its abuse."""
    return asks_beside_abuse(text) and asks(text)


def day_named(text: str, today: date) -> date | None:
    """The day within three days on which a message says that a filing season ends; else None."""
    said = clean(text)
    if not _any_of("about_deadline").search(said) or _any_of("other_deadlines").search(said):
        return None
    named = sorted(_known()["days_named"].items(), key=lambda each: -len(each[0]))
    days = next((days for words, days in named if re.search(words, said)), None)
    if days is not None:
        return today + timedelta(days=days)
    near = [today + timedelta(days=step) for step in range(_NEAR_DAYS + 1)]
    found = {(int(month or 0), int(day)) for month, day in _DATE.findall(said)}
    return next(
        (each for each in near if {(each.month, each.day), (0, each.day)} & found),
        None,
    )


def _weight(group: str, text: str) -> Decimal:
    return sum((weight for words, weight in _weights(group) if words.search(text)), Decimal(0))
