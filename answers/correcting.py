"""A correction of what was asked last (更正): 不是专票，是普票 asks the last question anew."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from answers.frame import Query
from answers.said import facts_in, wording_of
from answers.splitting import asks
from core.money import parse_amounts
from core.periods import Period, parse_period
from knowledge_base.normalise import clean, taxes

_FIGURE = re.compile(r"[0-9零一二两三四五六七八九十百千万亿wk.,]+(?:元|块)?钱?")
_YEAR = re.compile(r"^\d{4}年")
_EDGES = " \t\n，,。.！!"


@dataclass(frozen=True)
class Correction:
    """What was corrected."""

    said: str  # what it was corrected to, 普票
    question: str  # the last question as it should have been


@cache
def _known() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "correcting.yml").read_text("utf-8"))


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(each) for each in _known()["forms"])


def read_correction(query: Query) -> Correction | None:
    """Read a correction; None where the message is none, or there is nothing to correct."""
    last = str((query.topic or {}).get("question") or "")
    text = clean(query.text).strip(_EDGES)
    found = next((m for form in _forms() if (m := form.fullmatch(text))), None)
    if found is None or not last:
        return None
    said = found["new"].strip(_EDGES).rstrip(_known()["endings"])
    is_anew = any(re.search(each, text) for each in _known()["asks_anew"])
    if not said or (asks(said) and not is_anew):
        return None
    question = revised(last, said, query.today, wrong=found.groupdict().get("old"))
    if is_anew and (question is None or asks(said)):
        question = said
    return Correction(said, question) if question else None


def revised(question: str, said: str, today: date, *, wrong: str | None = None) -> str | None:
    """A question with what was said in the place of what it said before.

    Args:
        question: The question.
        said: A fact, a period, an amount, a tax, or what stands for ``wrong``.
        today: The day of asking.
        wrong: What is to be replaced, if that was named.

    Returns:
        The question as it should have been; None where what was said changes nothing in it.
    """
    before = clean(question)
    wrong = (wrong or "").rstrip(_known()["endings"])
    if wrong and wrong in before:
        return before.replace(wrong, said)
    text = _with_facts(before, said)
    text = _with_period(text, said, today)
    text = _with_amount(text, said)
    old, new = taxes(text), taxes(said)
    if len(old) == len(new) == 1:
        text = text.replace(next(iter(old)), next(iter(new)))
    return text if text != before else None


def _with_facts(text: str, said: str) -> str:
    for fact in facts_in(said):
        new, old = wording_of(fact, said), wording_of(fact, text)
        if new and old:
            text = text.replace(old, new)
        elif new:
            text = f"{new}{text}"
    return text


def _with_period(text: str, said: str, today: date) -> str:
    new, old = parse_period(said, today), parse_period(text, today)
    if new is None:
        return text
    if old is None:
        return f"{new.said}{text}"
    return text.replace(old.said, _same_part_of(new, old))


def _same_part_of(new: Period, old: Period) -> str:
    """The new period; where it is only another year, the same part of that year."""
    year = new.first.year
    is_year = new.label == f"{year}年"
    return _YEAR.sub(f"{year}年", old.label) if is_year and _YEAR.match(old.label) else new.said


def _with_amount(text: str, said: str) -> str:
    new, old = parse_amounts(said), parse_amounts(text)
    if len(new) != 1 or len(old) != 1:
        return text
    figures = [each[0] for each in _FIGURE.finditer(text) if parse_amounts(each[0]) == old]
    named = [each[0] for each in _FIGURE.finditer(said) if parse_amounts(each[0]) == new]
    return text.replace(figures[0], named[0]) if figures and named else text
