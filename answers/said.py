"""The facts that a question states of the payer (问题里说到的情形), by ``wordings.yml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.money import parse_amounts
from knowledge_base.normalise import clean

_DAYS = re.compile(
    r"(?<![第每限\d])(\d{1,5}|[一二两三四五六七八九十百]{1,6})天(?!以?之?内|之?前|之?后)"
)


@dataclass(frozen=True)
class _Wordings:
    facts: dict[str, list[tuple[str, str]]]  # for each fact its wordings, longest first
    another_before: tuple[str, ...]
    another_after: tuple[str, ...]
    past: re.Pattern[str]
    with_year: re.Pattern[str]


@cache
def _wordings() -> _Wordings:
    raw: dict[str, Any] = yaml.safe_load(
        (Path(__file__).parent / "wordings.yml").read_text("utf-8")
    )
    facts = {
        fact: sorted(
            ((word, value) for value, said in values.items() for word in said),
            key=lambda pair: -len(pair[0]),
        )
        for fact, values in raw["facts"].items()
    }
    return _Wordings(
        facts=facts,
        another_before=tuple(raw["another_before"]),
        another_after=tuple(raw["another_after"]),
        past=re.compile(raw["past"]),
        with_year=re.compile(raw["with_year"]),
    )


def facts_in(text: str) -> dict[str, str]:
    """The facts that a cleaned text states; a fact said both ways is left out.

    What the payer is not, will become or deals with (给一般纳税人开票) is no fact of the payer.
    """
    known = _wordings()
    found: dict[str, str] = {}
    for fact, wordings in known.facts.items():
        rest, values = text, set()
        for word, value in wordings:
            for match in re.finditer(re.escape(word), rest):
                before, after = rest[: match.start()], rest[match.end() :]
                if not before.endswith(known.another_before) and not after.startswith(
                    known.another_after
                ):
                    values.add(value)
            rest = rest.replace(word, "　" * len(word))
        if len(values) == 1:
            found[fact] = values.pop()
    if days := _days_late(text):
        found["days_late"] = days
    return found


def is_of_the_past(text: str) -> bool:
    """Tell whether a clean text speaks of a time gone by (以前漏报的)."""
    return bool(_wordings().past.search(text))


def names_year(said: str) -> bool:
    """Tell whether the wording of a period names its year, or one to come."""
    return bool(_wordings().with_year.search(said))


def wording_of(fact: str, text: str) -> str | None:
    """How a text says a fact of the payer (小规模), or None where it does not."""
    cleaned = clean(text)
    value = facts_in(cleaned).get(fact)
    wordings = _wordings().facts.get(fact, ())
    return next((word for word, known in wordings if known == value and word in cleaned), None)


def without_facts(text: str) -> str:
    """The text without every wording of a fact."""
    for wordings in _wordings().facts.values():
        for word, _ in wordings:
            text = text.replace(word, "")
    return text


def _days_late(text: str) -> str | None:
    """The number of days a text names, 30天 or 三十天; None where it names none or several."""
    named = _DAYS.findall(text)
    if len(named) != 1:
        return None
    days = parse_amounts(f"{named[0]}元")
    return f"{days[0]:f}" if days else None
