"""One question back that settles what is meant (反问): about the entries, the payer or the year.

Asking costs the taxpayer a turn. So nothing is asked that was said or is on file, and nothing
that a short answer can tell for every case; and never twice in a row.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from answers.decide import SAME
from answers.frame import Frame
from answers.render import day_for, holding_shorts, splitting_fact
from answers.said import is_of_the_past
from answers.sentences import fact_label, say
from core.periods import Period, year_of
from knowledge_base.library import Snapshot
from knowledge_base.normalise import clean, comparable, taxes
from knowledge_base.ranking import Hit
from knowledge_base.schema import Entry
from policy_rules.figures import fill

#: So many entries of one option at most: it is to lead to an answer, not to the next question.
_MOST_OF_AN_OPTION = 2
#: Below this score nothing found is near enough for what tells it apart to be worth asking.
_NEAR = 0.38
#: Entries so close are equally near; those so close are among what is asked for then.
_EQUAL, _BESIDE, _MOST_NEAR = 0.05, 0.12, 4
#: So many years are looked at for other answers, this one among them: tax is claimed so far back.
_YEARS_BACK = 4
#: What is no longer than this for all cases together is told for all of them.
_SHORT = 160


@dataclass(frozen=True)
class Option:
    """One way to go on."""

    label: str
    say: str  # the question as it is then
    entries: tuple[str, ...] = ()  # which answer it, best first; none: to be searched
    is_unsure: bool = False  # whoever chooses it does not know either


@dataclass(frozen=True)
class Asking:
    """A question back."""

    question: str
    options: tuple[Option, ...]
    text: str
    about: str = "question"

    def to_json(self, asked: str) -> dict[str, Any]:
        """What has to be kept to understand the answer.

        Args:
            asked: The question that could not be answered.
        """
        return {
            "about": self.about,
            "asked": asked,
            "options": [asdict(option) for option in self.options],
        }


@dataclass(frozen=True)
class _Kind:
    label: str
    marks: re.Pattern[str]
    said: re.Pattern[str]


@dataclass(frozen=True)
class _Dimension:
    about: str
    ask: str
    kinds: tuple[_Kind, ...]
    topics: dict[str, str]
    said: re.Pattern[str] | None
    without: re.Pattern[str] | None

    def of(self, entry: Entry) -> str | None:
        """The one kind that an entry is about; None where it is none or several."""
        if self.topics:
            return self.topics.get(entry.topics[0]) or _one_tax(entry.question)
        text = clean(entry.question)
        text = self.without.sub("", text) if self.without else text
        found = [kind.label for kind in self.kinds if kind.marks.search(text)]
        return found[0] if len(found) == 1 else None

    def named(self, text: str) -> set[str]:
        """The kinds that a text names as an entry would."""
        if self.topics:
            return set(taxes(comparable(text)))
        text = self.without.sub("", clean(text)) if self.without else clean(text)
        return {kind.label for kind in self.kinds if kind.marks.search(text)}

    def is_said(self, text: str) -> bool:
        """Tell whether a question says it already."""
        if self.topics and taxes(comparable(text)):
            return True
        if self.said and self.said.search(text):
            return True
        return any(kind.said.search(text) for kind in self.kinds)


@cache
def _dimensions() -> tuple[_Dimension, ...]:
    raw = yaml.safe_load((Path(__file__).parent / "dimensions.yml").read_text("utf-8"))
    return tuple(
        _Dimension(
            about=each["about"],
            ask=each["ask"],
            kinds=tuple(
                _Kind(label, re.compile(kind["marks"]), re.compile(kind["said"]))
                for label, kind in each.get("options", {}).items()
            ),
            topics=each.get("topics", {}),
            said=re.compile(each["said"]) if "said" in each else None,
            without=re.compile(each["without"]) if "without" in each else None,
        )
        for each in raw
    )


def is_of_another_case(entry: Entry, said: str) -> bool:
    """Tell whether what was said names another tax or case than the one an entry is about."""
    for dimension in _dimensions():
        named, own = dimension.named(said), dimension.of(entry)
        if named and own and own not in named:
            return True
    return False


def between_entries(
    hits: Sequence[Hit], frame: Frame, snapshot: Snapshot, *, of_the_case: bool = False
) -> Asking | None:
    """The question that tells the nearest entries apart.

    Args:
        hits: The nearest entries, best first.
        frame: The question that led to them.
        snapshot: The library.
        of_the_case: Whether only the case may be asked for, not what the question is about.

    Returns:
        None where they differ in nothing that can be asked for in a word.
    """
    if hits[0].score < _NEAR:
        return None
    entries = [snapshot.entries[hit.entry_id] for hit in hits]
    best: dict[str, list[Entry]] = {}
    chosen: _Dimension | None = None
    for dimension, groups in _splits(entries, frame):
        if len(groups) > len(best) and not (of_the_case and dimension.topics):
            chosen, best = dimension, groups
    if chosen is None:
        return None
    asked = frame.query.text
    options = tuple(
        Option(label, f"{label}，{asked}", tuple(entry.id for entry in group))
        for label, group in best.items()
    )
    return Asking(chosen.ask, options, say("ask_which", question=chosen.ask), chosen.about)


def between_siblings(hits: Sequence[Hit], frame: Frame, snapshot: Snapshot) -> Asking | None:
    """The question about the case where the best entry and the next are all but equally near."""
    best = hits[0]
    if best.likeness >= SAME or len(hits) == 1 or hits[1].score < best.score - _EQUAL:
        return None
    near = [hit for hit in hits[:_MOST_NEAR] if hit.score >= best.score - _BESIDE]
    return between_entries(near, frame, snapshot, of_the_case=True)


def _splits(
    entries: Sequence[Entry], frame: Frame
) -> Iterator[tuple[_Dimension, dict[str, list[Entry]]]]:
    text = frame.text
    for dimension in _dimensions():
        if dimension.is_said(text) or dimension.about in frame.facts:
            continue
        groups: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            groups[dimension.of(entry) or ""].append(entry)
        is_known = "" not in groups and len(groups) > 1
        if is_known and all(len(group) <= _MOST_OF_AN_OPTION for group in groups.values()):
            yield dimension, dict(groups)


def _one_tax(question: str) -> str | None:
    found = taxes(comparable(question))
    return next(iter(found)) if len(found) == 1 else None


def within_entry(entry: Entry, frame: Frame) -> Asking | None:
    """The question about the payer that the answer hangs on; None where it need not be asked."""
    shorts = holding_shorts(entry, frame)
    fact = splitting_fact(shorts, frame)
    is_said = any(each.about == fact and each.is_said(frame.text) for each in _dimensions())
    if fact is None or is_said:
        return None
    if sum(len(fill(short.text, day_for(short, frame))) for short in shorts) <= _SHORT:
        return None
    values = list(dict.fromkeys(value for s in shorts for value in getattr(s.when, fact)))
    asked = frame.query.text
    options = [
        Option(fact_label(value), f"{fact_label(value)}，{asked}", (entry.id,)) for value in values
    ]
    options.append(Option(say("not_sure"), asked, (entry.id,), is_unsure=True))
    question = say(f"ask_{fact}")
    text = say("ask_case", subject=entry.question.rstrip("？?"), question=question)
    return Asking(question, tuple(options), text, fact)


def which_year(entry: Entry, frame: Frame) -> Asking | None:
    """The question which year is meant, where a time gone by is and its answer is another one.

    Returns:
        None where a period is said or nothing points to the past, or every year has one answer.
    """
    if frame.period_said or not is_of_the_past(frame.text):
        return None
    this_year = frame.today.year
    told: dict[tuple[str, ...], int] = {}  # the latest year of each answer
    for year in range(this_year, this_year - _YEARS_BACK, -1):
        period = year_of(year)
        shorts = holding_shorts(entry, replace(frame, period=period, period_said=True))
        if shorts:
            told.setdefault(tuple(short.text for short in shorts), year)
    if len(told) == 1 or not told:
        return None
    asked, years = frame.query.text, list(told.values())
    labels = [
        say("one_year" if year != years[-1] else "year_or_before", year=year) for year in years
    ]
    options = [
        Option(label, f"{say('one_year', year=year)}，{asked}", (entry.id,))
        for label, year in zip(labels, years, strict=True)
    ]
    every = say("years", first=this_year - _YEARS_BACK + 1, last=this_year)
    options.append(Option(say("not_sure"), f"{every}，{asked}", (entry.id,), is_unsure=True))
    question = say("ask_year")
    text = say("ask_case", subject=entry.question.rstrip("？?"), question=question)
    return Asking(question, tuple(options), text, "period")


def across_years(frame: Frame) -> Frame:
    """The frame for all the years that may be meant."""
    first = year_of(frame.today.year - _YEARS_BACK + 1).first
    return replace(frame, period=Period(first, year_of(frame.today.year).last), period_said=True)
