"""The gate (发布前检验): a frozen set of our own questions, held to what was reached before.

Every question is searched and answered as in production, on a day that stands still. What comes
of it is counted by measures; each is a share of questions for which something went well, so that
more is better, and each question that went worse than at the recorded baseline has a name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from answers.engine import Engine
from answers.frame import Query
from app.gate_questions import FOLDER, Question
from core.errors import InvalidInput
from knowledge_base.library import Snapshot

BASELINE = FOLDER / "baseline.json"
#: The day on which the questions are asked, between two filing seasons.
ASKED_ON = date(2026, 11, 21)
#: So much may a guarded measure drop: one point.
TOLERANCE = 0.01
ANSWERS = frozenset({"answered", "computed", "firm_fact", "referred"})
_SEARCHED = 8
#: So many questions are named where they do not fit the baseline.
_NAMED = 5

#: The act of talk that was understood in a text, with its probability.
Acts = Mapping[str, tuple[str, float]]


@dataclass(frozen=True)
class Result:
    """What came of one question."""

    question: Question
    found: tuple[str, ...]  # entries, best first
    outcome: str
    named: tuple[str, ...]  # entries that were answered with, or offered
    period: tuple[date, date] | None
    is_near: bool  # whether one of them is an expected entry or related to one
    act: str | None = None

    @property
    def is_answer(self) -> bool:
        return self.outcome in ANSWERS

    @property
    def is_refusal(self) -> bool:
        return self.outcome.startswith("refused") or self.outcome == "smalltalk"

    def found_within(self, places: int) -> bool:
        """Tell whether an expected entry is among the first so many."""
        return bool(set(self.found[:places]) & set(self.question.entries))


@dataclass(frozen=True)
class Measure:
    """A share of questions.

    Attributes:
        label: What it is called (指标名).
        went_well: Tells whether it went well for a question; None where it does not count.
        is_guarded: Whether a drop fails the gate.
    """

    label: str
    went_well: Callable[[Result], bool | None]
    is_guarded: bool = False


def _of_answers(well: Callable[[Result], bool]) -> Callable[[Result], bool | None]:
    return lambda result: well(result) if result.question.wants_answer else None


MEASURES: Mapping[str, Measure] = {
    "hit1": Measure(
        "Hit@1 首条命中", lambda r: r.found_within(1) if r.question.entries else None, True
    ),
    "hit3": Measure("Hit@3 前三命中", lambda r: r.found_within(3) if r.question.entries else None),
    "answered": Measure("该答的答了", _of_answers(lambda r: r.is_answer)),
    "answered_right": Measure(
        "该答的答对了",
        _of_answers(lambda r: r.is_answer and bool(set(r.named) & set(r.question.entries))),
    ),
    "not_misled": Measure(
        "该答的没有答成别的事", _of_answers(lambda r: r.is_near or not r.is_answer), True
    ),
    "refusal_precision": Measure(
        "拒答的确实不该答",
        lambda r: not r.question.wants_answer if r.is_refusal else None,
        True,
    ),
    "refusal_recall": Measure(
        "不该答的没有答",
        lambda r: not r.is_answer if r.question.outcome == "refused" else None,
        True,
    ),
    "clarified": Measure(
        "含糊的反问了",
        lambda r: r.outcome == "clarifying" if r.question.outcome == "clarifying" else None,
    ),
    "period": Measure(
        "所属期认对了",
        lambda r: r.period == r.question.period if r.question.period and r.period else None,
    ),
    "intent_accuracy": Measure(
        "意图判断对了",
        lambda r: (
            r.act in r.question.acts_expected
            if r.act is not None and r.question.acts_expected
            else None
        ),
        True,
    ),
}


class _Shelf:
    """A library that holds one snapshot for good."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot


@dataclass(frozen=True)
class Report:
    """What came of all questions."""

    results: tuple[Result, ...]

    def failing(self, name: str) -> list[str]:
        """The questions that a measure did not go well for."""
        well = MEASURES[name].went_well
        return [each.question.text for each in self.results if well(each) is False]

    def shares(self) -> dict[str, float]:
        """Every measure that any question counts for."""
        told = {}
        for name, measure in MEASURES.items():
            counted = [
                well for each in self.results if (well := measure.went_well(each)) is not None
            ]
            if counted:
                told[name] = round(sum(counted) / len(counted), 4)
        return told

    def to_baseline(self) -> dict[str, Any]:
        """What is recorded: the shares, and of each question what did not go well."""
        failing = {name: set(self.failing(name)) for name in MEASURES}
        texts = [each.question.text for each in self.results]
        return {
            "shares": self.shares(),
            "questions": {t: [name for name in MEASURES if t in failing[name]] for t in texts},
        }


@dataclass(frozen=True)
class Drop:
    """A guarded measure that fell by more than the tolerance, and the questions that did it."""

    name: str
    before: float
    after: float
    questions: tuple[str, ...]


def measure(questions: list[Question], snapshot: Snapshot, acts: Acts | None = None) -> Report:
    """Ask every question of the library.

    Args:
        questions: The frozen set.
        snapshot: The library to be tested, with its index.
        acts: What understanding made of the texts; without it nothing is known of them, as
            when Rasa is down.

    Raises:
        InvalidInput: An expected entry is not in the library; it is named with its question.
    """
    for question in questions:
        for entry in question.entries:
            if entry not in snapshot.entries:
                raise InvalidInput(reason=f"知识库里没有 {entry}，检验用题却要它：{question.text}")
    return Report(tuple(ask_all(questions, snapshot, acts)))


def ask_all(
    questions: Iterable[Question], snapshot: Snapshot, acts: Acts | None = None
) -> Iterator[Result]:
    """Ask questions one by one, also such whose entry the library does not have."""
    engine = Engine(_Shelf(snapshot))  # type: ignore[arg-type]
    return (_ask(each, engine, snapshot, acts or {}) for each in questions)


def _ask(question: Question, engine: Engine, snapshot: Snapshot, acts: Acts) -> Result:
    act, probability = acts.get(question.text, (None, 0.0))
    found = snapshot.index.search(question.text, limit=_SEARCHED)
    reply = engine.answer(Query(question.text, ASKED_ON, act, probability))
    named = tuple(str(each["id"]) for each in reply.entries)
    is_near = any(
        mine == theirs or snapshot.are_related(mine, theirs)
        for mine in named
        for theirs in question.entries
        if theirs in snapshot.entries
    )
    places = tuple(hit.entry_id for hit in found)
    return Result(question, places, reply.outcome, named, reply.tax_period, is_near, act)


def read_baseline(path: Path, section: str) -> dict[str, Any]:
    """Read what was recorded, with understanding (``understood``) or without (``alone``).

    Raises:
        InvalidInput: Nothing was recorded there.
    """
    try:
        return dict(json.loads(path.read_text("utf-8"))[section])
    except (OSError, json.JSONDecodeError, KeyError) as error:
        raise InvalidInput(
            reason=f"{path} 里没有可以比的基线（{section}），先用 --record 记录"
        ) from error


def record_baseline(path: Path, section: str, report: Report) -> None:
    """Record a report as the baseline, beside what else is recorded."""
    told = json.loads(path.read_text("utf-8")) if path.exists() else {}
    told[section] = report.to_baseline()
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


def compare(report: Report, baseline: Mapping[str, Any]) -> list[Drop]:
    """Find the guarded measures that fell by more than the tolerance.

    Raises:
        InvalidInput: The baseline was recorded on other questions; they are named.
    """
    recorded: Mapping[str, list[str]] = baseline["questions"]
    asked = {each.question.text for each in report.results}
    if strange := sorted(asked ^ recorded.keys()):
        some = "；".join(strange[:_NAMED])
        told = f"{some} 等 {len(strange)} 题" if strange[_NAMED:] else some
        raise InvalidInput(reason=f"题目与基线不一致，先用 --record 记录：{told}")
    drops = []
    shares = report.shares()
    for name, each in MEASURES.items():
        before, after = baseline["shares"].get(name), shares.get(name, 0.0)
        if each.is_guarded and before is not None and round(before - after, 4) > TOLERANCE:
            worse = tuple(text for text in report.failing(name) if name not in recorded[text])
            drops.append(Drop(name, before, after, worse))
    return drops
