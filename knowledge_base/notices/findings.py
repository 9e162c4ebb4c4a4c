"""What the clauses of a notice hold (条款内容): figures, documents cited, rules worth an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from knowledge_base.notices.clauses import Clause, sentences_of
from knowledge_base.notices.dates import DAY
from knowledge_base.notices.numbers import bare_number, numbers_in
from knowledge_base.notices.vocabulary import offices_in, words

_NUMBER = r"\d[\d,，]*(?:\.\d+)?"
_KINDS = (
    (
        "amount",
        rf"{_NUMBER}\s*(?:万亿|亿|千万|百万|万|千|百)?元|[一二三四五六七八九十百千万亿两]{{2,9}}元",
    ),
    (
        "rate",
        rf"{_NUMBER}\s*(?:%|％|‰|个百分点)|[百千]分之[一二三四五六七八九十百点\d]+|减半|全额|[二三四五六七八九十]成",
    ),
    ("working_days", rf"(?:{_NUMBER}|[一二三四五六七八九十]{{1,3}})\s*个工作日"),
    ("days", r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*(?:个自然日|日内|天|日(?=之内|以内|前))"),
    ("months", r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})\s*个(?:自然)?(?:月|季度|纳税期)"),
    (
        "years",
        r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*(?:年内|年以上|年以下|个纳税年度|个年度)",
    ),
    ("people", rf"{_NUMBER}\s*人"),
    ("date", DAY),
    ("month_day", r"(?<![年\d])\d{1,2}月\d{1,2}日"),
)
_FIGURE = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _KINDS))
_TITLED = re.compile(r"《([^《》]{3,90})》")
_PART = re.compile(
    r"[）)》]?(?:中的?)?(第[一二三四五六七八九十百零\d]{1,5}条(?:第[一二三四五六七八九十\d]{1,3}[款项])*)"
)
_IN_BRACKETS = re.compile(r"[（(]((?:19|20)\d{2}年第\d{1,4}号)[）)]")
_AROUND = 16
_MOST_SUBJECT = 18
_SHORTEST_TITLE, _LONGEST_TITLE = 5, 30


@dataclass(frozen=True)
class Figure:
    """A figure with the clause it stands in and the words around it."""

    kind: str
    text: str
    clause: str
    around: str


@dataclass(frozen=True)
class Citation:
    """A document that the notice names: cited, changed or ended by it."""

    number: str | None
    title: str | None
    clause: str
    effect: str  # cited, changed, ended
    part: str | None = None  # the clause of it that is meant


@dataclass(frozen=True)
class Rule:
    """A sentence that rules something, and what people may ask about it."""

    kind: str
    clause: str
    subject: str
    question: str


def figures_of(clauses: Sequence[Clause]) -> Iterator[Figure]:
    """Every figure, without those that only are part of a document's number."""
    for clause in clauses:
        names = [(each.start, each.end) for each in numbers_in(clause.text)]
        names += [match.span() for match in _TITLED.finditer(clause.text)]
        for match in _FIGURE.finditer(clause.text):
            if any(start <= match.start() < end for start, end in names):
                continue
            around = clause.text[max(0, match.start() - _AROUND) : match.end() + _AROUND]
            yield Figure(
                str(match.lastgroup), match[0], clause.path, around.replace("\n", " ").strip()
            )


def citations_of(clauses: Sequence[Clause], own: str | None, own_title: str) -> list[Citation]:
    """Documents named by number or title, each once for every effect, but not the notice itself."""
    found: dict[tuple[str | None, ...], Citation] = {}
    for clause in clauses:
        for sentence in sentences_of(clause.text):
            effect = _effect(sentence)
            for number, title, part in _named(sentence):
                is_itself = number == own if number else str(title) in own_title
                if not is_itself:
                    found.setdefault(
                        (number, None if number else title, effect, part),
                        Citation(number, title, clause.path, effect, part),
                    )
    return list(found.values())


def _effect(sentence: str) -> str:
    if re.search(words()["ended_by_it"], sentence):
        return "ended"
    return "changed" if re.search(words()["changed_by_it"], sentence) else "cited"


def _named(sentence: str) -> Iterator[tuple[str | None, str | None, str | None]]:
    """Numbers with the title before them, titles without a number, each with the clause meant."""
    titles = [(match[1], match.start(), match.end()) for match in _TITLED.finditer(sentence)]
    taken = set()
    for number in numbers_in(sentence):
        title = next(
            (each for each in titles if 0 <= number.start - each[2] <= 2 or number.end == each[1]),
            None,
        )
        if title:
            taken.add(title)
        end = max(number.end, title[2] if title else 0)
        yield number.text, title[0] if title else None, _part(sentence, end)
    for said, start, end in titles:
        if (said, start, end) not in taken:
            found, end = _number_behind(sentence, said, end)
            yield found, said, _part(sentence, end)


def _number_behind(sentence: str, title: str, end: int) -> tuple[str | None, int]:
    """The number of a title that is followed by its year and number alone, and where it ends."""
    match = _IN_BRACKETS.match(sentence, end)
    if match is None:
        return None, end
    offices = " ".join(name for name, _ in offices_in(title.partition("关于")[0]))
    found = bare_number(match[1], offices, title[-2:])
    return (found.text if found else None), match.end()


def _part(sentence: str, end: int) -> str | None:
    match = _PART.match(sentence, end)
    return match[1] if match else None


def rules_of(clauses: Sequence[Clause]) -> list[Rule]:
    """What rules something, at most two questions for a clause, each question once."""
    found: dict[str, Rule] = {}
    for clause in clauses:
        here = 0
        if (heading := _heading(clause)) is not None:
            found.setdefault(heading.question, heading)
        for sentence in sentences_of(clause.text):
            rule = _rule(clause.path, sentence)
            if rule is not None and rule.question not in found and here < 2:
                found[rule.question] = rule
                here += 1
    return list(found.values())


def _heading(clause: Clause) -> Rule | None:
    """A clause that begins with a short title of its own, and goes on."""
    title, *rest = re.split(r"[。：:\n]", clause.text, maxsplit=1)
    title = title.strip().removeprefix("关于")
    if not (clause.path and any(rest) and _SHORTEST_TITLE <= len(title) <= _LONGEST_TITLE):
        return None
    if re.search(words()["plain_headings"], title) or not re.search(words()["matters"], title):
        return None
    question = words()["heading_question"].format(title)
    return Rule("heading", clause.path, title, question)


def _rule(path: str, sentence: str) -> Rule | None:
    for kind, pattern, question in _rules():
        match = pattern.search(sentence)
        if match and not _is_office_business(sentence[: match.start()]):
            subject = re.split("[的，、]$", match[1])[0][:_MOST_SUBJECT].strip("、的")
            if len(subject) > 1:
                return Rule(kind, path, subject, question.format(subject))
    return None


def _is_office_business(before: str) -> bool:
    """Tell whether what stands before the verb is an office, and no taxpayer."""
    return bool(
        re.search(words()["offices"], before) and not re.search(words()["taxpayers"], before)
    )


@cache
def _rules() -> list[tuple[str, re.Pattern[str], str]]:
    told: list[dict[str, Any]] = words()["rules"]
    return [(each["kind"], re.compile(each["pattern"]), each["question"]) for each in told]


def topics_of(text: str) -> list[str]:
    """The topics of the library that the notice speaks of, the most spoken of first."""
    counts = {
        topic: sum(text.count(word) for word in said) for topic, said in words()["topics"].items()
    }
    most = max(counts.values())
    spoken = [topic for topic, count in counts.items() if count and count * 5 >= most]
    return sorted(spoken, key=lambda topic: -counts[topic])[:3]
