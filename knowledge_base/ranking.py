"""How near an entry is to a question (相关度): wordings, meaning, what it answers, which tax.

The weights were chosen on wordings of our own entries, each held out of the library it was
searched in (``python -m benchmarks decision``): meaning finds most where an entry has many
wordings and an answer, likeness where it has one wording alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from knowledge_base.aspects import aspects_of
from knowledge_base.layer import About, Row, needle, singles
from knowledge_base.meaning import Meaning, Vectors, units_of
from knowledge_base.normalise import (
    as_said,
    comparable,
    grams,
    sounds,
    syllables,
    taxes,
    terms,
    words,
)

#: What makes an entry near; the first three sum to 1.
LIKENESS, SENSE, BODY = 0.48, 0.32, 0.20
#: What it gains where it names a tax that the question names, and loses where it names none.
TAX_GAIN, TAX_LOSS = 0.03, 0.03
#: What it loses where its wording asks what the question does not, or is of another tax.
ASKS_ELSE, OTHER_TAX = 0.02, 0.02
#: So many of the best are looked at for that.
LOOKED_AT = 12
#: How much of a wording's likeness is how it sounds.
SOUND = 0.25
#: How much of it goes by the words that were said, not by the terms that stand for them.
AS_SAID = 0.40
#: So many of the closest wordings count; one that is closer than this counts by itself.
CLOSEST, ALONE = 3, 0.5


@dataclass(frozen=True)
class Hit:
    """An entry found, with a score between 0 and 1 and the wording that matched best."""

    entry_id: str
    score: float
    wording: str
    likeness: float = 1.0  # of that wording, between 0 and 1
    sense: float = 1.0  # how near by meaning, between -1 and 1
    covered: float = 1.0  # share of the question that the entry speaks of, between 0 and 1
    is_of_tax: bool = True  # whether the question names anything that taxes are about
    names_tax: bool = True  # whether the entry names a tax that the question names, if it does


@dataclass(frozen=True, slots=True)
class Unit:
    """A character, pair or number of a question, and what it weighs there."""

    needle: str
    count: int
    known: float  # weight of one, 0 where no wording has it
    weight: float  # weight of one, as much as the rarest where no wording has it


@dataclass(frozen=True)
class Asked:
    """A question made comparable."""

    words: list[str]
    grams: list[str]
    sounds: list[str]
    singles: tuple[Unit, ...]
    weight: float  # of its single characters
    said: tuple[Unit, ...]  # its single characters in the words that were said
    said_weight: float
    pairs: tuple[Unit, ...]
    syllables: tuple[tuple[str, int], ...]
    heard: int  # how many of them
    terms: frozenset[str]
    taxes: frozenset[str]
    aspects: frozenset[str]
    vector: Vectors | None


def read_question(
    question: str, idf: Mapping[str, float], rarest: float, meaning: Meaning | None
) -> Asked:
    """Make a question comparable.

    Args:
        question: As it was asked.
        idf: What a character or pair weighs.
        rarest: What one weighs that no wording has.
        meaning: What gives the question its vector.
    """
    text, said = comparable(question), as_said(question)

    def weighed(units: Iterable[str]) -> tuple[Unit, ...]:
        return tuple(
            Unit(needle(unit), count, idf.get(unit, 0.0), idf.get(unit, rarest))
            for unit, count in Counter(units).items()
        )

    all_, alone, alone_said = grams(text), weighed(singles(text)), weighed(singles(said))
    heard = Counter(each for run in syllables(text) for each in run)
    return Asked(
        words=words(text),
        grams=list(dict.fromkeys([*all_, *grams(said)])),
        sounds=list(dict.fromkeys(sounds(text))),
        singles=alone,
        weight=_weight(alone),
        said=alone_said,
        said_weight=_weight(alone_said),
        pairs=weighed(unit for unit in all_ if len(unit) > 1 and not unit.isascii()),
        syllables=tuple((f" {each} ", count) for each, count in heard.items()),
        heard=sum(heard.values()),
        terms=terms(text),
        taxes=taxes(text),
        aspects=aspects_of(question),
        vector=meaning.vector(units_of(text)) if meaning else None,
    )


def rank(asked: Asked, entry_id: str, about: About, sense: float | None) -> Hit:
    """Score one entry.

    Args:
        asked: The question.
        entry_id: The entry.
        about: What is known of it.
        sense: How near it is by meaning; None where the library is too small to learn it.
    """
    likenesses = _likenesses(asked, about.rows)
    best = max(likenesses, key=likenesses.__getitem__)
    score = LIKENESS * _together(likenesses.values()) + BODY * _share(asked, about.body)
    score = score / (1 - SENSE) if sense is None else score + SENSE * sense
    if asked.taxes:
        score += TAX_GAIN if asked.taxes & about.taxes else 0.0
        score -= TAX_LOSS if not asked.taxes & about.terms else 0.0
    score = min(max(score, 0.0), 1.0)
    likeness = likenesses[best]  # stands for the sense as well where none was learned
    alike = likeness if sense is None else sense
    return Hit(entry_id, score, about.rows[best].wording.text, likeness, alike)


def looked_at(hit: Hit, asked: Asked, about: About) -> Hit:
    """Lower a hit that is about something beside the question."""
    score = hit.score
    if all(aspects_of(row.wording.text) - asked.aspects for row in about.rows):
        score -= ASKS_ELSE
    named = taxes(comparable(hit.wording))
    if named and not named & asked.taxes:
        score -= OTHER_TAX
    return replace(hit, score=max(score, 0.0))


def completed(hit: Hit, asked: Asked, about: About) -> Hit:
    """Say of a hit how much of the question its entry speaks of."""
    texts = [about.body, *(row.text for row in about.rows)]
    total = sum(unit.weight * unit.count for unit in asked.pairs)
    spoken = sum(
        unit.weight * unit.count
        for unit in asked.pairs
        if any(unit.needle in text for text in texts)
    )
    return replace(
        hit,
        covered=spoken / total if total else 0.0,
        is_of_tax=bool(asked.terms),
        names_tax=not asked.taxes or bool(asked.taxes & (about.taxes or about.terms)),
    )


def _together(likenesses: Iterable[float]) -> float:
    """How near the closest wordings are: their mean, or more where one is all but the question."""
    closest = sorted(likenesses, reverse=True)[:CLOSEST]
    return max(sum(closest) / len(closest), (closest[0] - ALONE) / (1 - ALONE))


def _likenesses(asked: Asked, rows: list[Row]) -> dict[int, float]:
    """How like the question each of the closest wordings is, by its place (between 0 and 1).

    Dice's coefficient over characters by rarity, in standard terms and as it was said, and over
    syllables; the last two are looked at only where the first brings a wording near.
    """
    near = [_alike(asked.singles, asked.weight, row.text, row.weight) for row in rows]
    closest = sorted(range(len(rows)), key=near.__getitem__, reverse=True)[: CLOSEST + 2]
    found = {}
    for place in closest:
        row = rows[place]
        said = _alike(asked.said, asked.said_weight, row.said, row.said_weight)
        by_text = (1 - AS_SAID) * near[place] + AS_SAID * said
        found[place] = (1 - SOUND) * by_text + SOUND * _sound(asked, row)
    return found


def _alike(units: tuple[Unit, ...], weight: float, text: str, text_weight: float) -> float:
    shared = 0.0
    for unit in units:
        if unit.needle in text:
            times = 1 if unit.count == 1 else min(unit.count, text.count(unit.needle))
            shared += unit.known * times
    return 2 * shared / (weight + text_weight)


def _weight(units: tuple[Unit, ...]) -> float:
    return sum(unit.weight * unit.count for unit in units) or 1.0


def _sound(asked: Asked, row: Row) -> float:
    alike = 0
    for each, count in asked.syllables:
        if each in row.heard:
            alike += count
    return 2 * alike / (asked.heard + row.syllables or 1)


def _share(asked: Asked, body: str) -> float:
    """How much of the question's pairs an answer's text has, by weight."""
    if not body:
        return 0.0
    total = sum(unit.weight * unit.count for unit in asked.pairs)
    found = sum(unit.weight * unit.count for unit in asked.pairs if unit.needle in body)
    return found / total if total else 0.0
