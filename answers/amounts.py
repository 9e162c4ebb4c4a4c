"""Which amount of a question may be computed with (可测算的金额): said plainly, and of that kind.

An amount that is a limit (超过500万), an approximation (30万左右) or the amount of another thing
(注册资本100万) is never computed with: the words around amounts stand in ``amounts.yml``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from answers.frame import Frame
from knowledge_base.normalise import comparable, taxes
from policy_rules.rules import Rule

_DIGITS = "0-9零〇一二两三四五六七八九十百千"
#: A run of figures and their unit, as it stands in a cleaned text.
_RUN = (
    rf"(?<![{_DIGITS}万亿.])[{_DIGITS}][{_DIGITS}万亿wk.,]*(?:(?<=[万亿千百wk])|元|块)(?:元|块)?钱?"
)
_LINK = r"(?:了|的|是|为|有|在)?\s*"
_CLAUSE_ENDS = re.compile(r"[，。；！？,;!?、\n]")
#: A quarter is the longest span whose sales are compared with one threshold.
_MOST_DAYS = 93


@dataclass(frozen=True)
class _Words:
    limited: re.Pattern[str]
    yearly: re.Pattern[str]
    of_a_part: re.Pattern[str]
    of_a_year: frozenset[str]
    of_one_period: frozenset[str]
    meaning: re.Pattern[str]
    kind_of: dict[str, str]
    kinds: dict[str, str]
    taxes: dict[str, frozenset[str]]
    only_if_named: frozenset[str]


@cache
def _words() -> _Words:
    raw: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "amounts.yml").read_text("utf-8"))
    kind_of = {word: kind for kind, words in raw["meanings"].items() for word in words}
    longest_first = sorted(map(re.escape, kind_of), key=len, reverse=True)
    before, after = "|".join(raw["before"]), "|".join(raw["after"])
    return _Words(
        limited=re.compile(rf"(?:{before}){_LINK}{_RUN}|{_RUN}(?:{after})"),
        yearly=re.compile("|".join(raw["yearly"])),
        of_a_part=re.compile("|".join(raw["of_a_part"])),
        of_a_year=frozenset(raw["of_a_year"]),
        of_one_period=frozenset(raw["of_one_period"]),
        meaning=re.compile("|".join(longest_first)),
        kind_of=kind_of,
        kinds=raw["kinds"],
        taxes={rule: frozenset(map(comparable, names)) for rule, names in raw["taxes"].items()},
        only_if_named=frozenset(raw["only_if_named"]),
    )


def amount_for(rule: Rule, frame: Frame) -> Decimal | None:
    """The amount that ``rule`` may be run with, or None.

    An amount carried over from an earlier question was judged when it was said.
    """
    if len(frame.amounts) != 1 or not rule.amount or not is_about(rule, frame):
        return None
    if frame.amounts_carried:
        return frame.amounts[0]
    text = frame.text
    if _words().limited.search(text) or _is_of_another_kind(text, _words().kinds[rule.amount]):
        return None
    return None if _is_of_another_span(text, rule.amount, frame) else frame.amounts[0]


def is_about(rule: Rule, frame: Frame) -> bool:
    """Whether ``rule`` is about a tax that the question names; a few rules have to be named."""
    own, named = _words().taxes.get(rule.id), taxes(comparable(frame.text))
    if own is None or (not named and rule.id not in _words().only_if_named):
        return True
    return bool(own & named) or bool(frame.amounts_carried and not named)


def _is_of_another_kind(text: str, kind: str) -> bool:
    """Whether what stands nearest to the amount says that it is the amount of something else."""
    run = re.search(_RUN, text)
    if run is None:
        return False
    words = _words()
    clause = _CLAUSE_ENDS.split(text[: run.start()])[-1]
    named = words.meaning.findall(clause)
    if not named:
        attached = re.match(rf"的?\s*({words.meaning.pattern})", text[run.end() :])
        named = [attached[1]] if attached else []
        # 30万增值税怎么算 asks for the tax; 1000元的增值税 is one.
        if attached and words.kind_of[named[0]] == "tax" and not attached[0].startswith("的"):
            named = []
    return bool(named) and words.kind_of[named[-1]] != kind


def _is_of_another_span(text: str, fact: str, frame: Frame) -> bool:
    """Whether a year's amount was said where a quarter's is needed, or the other way round."""
    words = _words()
    of_a_year = bool(words.yearly.search(text))
    if fact in words.of_a_year:
        return bool(words.of_a_part.search(text)) and not of_a_year
    if fact not in words.of_one_period or "filing_cycle" in frame.facts_said:
        return False
    days = (frame.period.last - frame.period.first).days
    return of_a_year or (frame.period_said and days >= _MOST_DAYS)
