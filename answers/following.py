"""What a short reply asks beside the last question (追问): 跨年的呢, 那印花税呢, 逾期呢.

It is asked anew together with the last question, in every way in which the two can be one; what
is found has to speak of what was said, so that 那股票怎么买呢 gets no answer about invoices.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from answers.clarify import is_of_another_case
from answers.correcting import revised
from answers.frame import Frame
from knowledge_base.library import texts_of
from knowledge_base.normalise import clean, comparable, runs, taxes, words
from knowledge_base.ranking import Hit
from knowledge_base.schema import Entry

#: An entry speaks of a reply if it has so much of it, in pairs of characters.
SPEAKS = 0.6
#: What the entry of the last answer gains by the words that were asked before.
NEAR_BEFORE = 0.12
_LONGEST_WORD, _SHORTEST_HALF = 6, 2


@dataclass(frozen=True)
class _Words:
    meant: dict[str, re.Pattern[str]]
    around: re.Pattern[str]
    empty: re.Pattern[str]
    asks: re.Pattern[str]
    asked_of: dict[str, re.Pattern[str]]


@cache
def _words() -> _Words:
    raw: dict[str, Any] = yaml.safe_load(
        (Path(__file__).parent / "following.yml").read_text("utf-8")
    )
    return _Words(
        meant={word: re.compile(form) for word, form in raw["meant"].items()},
        around=re.compile(raw["around"]),
        empty=re.compile(raw["empty"]),
        asks=re.compile(raw["asks"]),
        asked_of={aspect: re.compile(form) for aspect, form in raw["asked_of"].items()},
    )


def joined(frame: Frame) -> Iterator[str]:
    """The ways in which a reply and the last question are one question, the nearest first."""
    last = clean(str((frame.query.topic or {}).get("question") or ""))
    said = core_of(frame.text)
    if not last or not said:
        return
    found = [
        revised(last, said, frame.today),
        _exchanged(last, said),
        _halved(last, said),
        f"{said}，{last}",
    ]
    yield from dict.fromkeys(text for text in found if text)


def core_of(text: str) -> str:
    """What a reply says without 那 and 呢, in the words that the library uses."""
    known = _words()
    core = known.around.sub("", clean(text).strip(" ，,。.！!？?\n\t"))
    for word, form in known.meant.items():
        core = form.sub(word, core)
    return core


def _halved(last: str, said: str) -> str | None:
    """What the last question is about with what is asked now, or the other way round."""
    asks = _words().asks.search(last)
    if asks is None or asks.start() < _SHORTEST_HALF:
        return None
    about, asked = last[: asks.start()], last[asks.start() :]
    return f"{about}{said}" if _words().asks.search(said) else f"{said}{asked}"


def following_hits(
    hits: Sequence[Hit],
    core: str,
    last: Entry | None,
    frame: Frame,
    entries: Mapping[str, Entry],
) -> list[Hit]:
    """What was found for a reply and the last question that speaks of the reply, best first.

    Args:
        hits: What was found for both as one question.
        core: What the reply says.
        last: The entry of the last answer; it is near for what was asked before alone.
        frame: The reply.
        entries: The library.
    """
    found = []
    for hit in hits:
        entry = entries[hit.entry_id]
        speaks = frame.states_facts_only or speaks_of(texts_of(entry), core, frame.text)
        if is_of_another_case(entry, core) or not speaks:
            continue
        if not taxes(comparable(core)):
            hit = replace(hit, names_tax=True)
        wordings = (entry.question, *entry.similar)
        asks_it = any(speaks_of([each], core, frame.text, share=1.0) for each in wordings)
        if entry is last and frame.aspect is None and not asks_it:
            hit = replace(hit, score=max(hit.score - NEAR_BEFORE, 0.0))
        found.append(hit)
    return sorted(found, key=lambda hit: -hit.score)


def tells(entry: Entry, aspect: str) -> bool:
    """Tell whether an entry says what is asked of it: its basis always, else how it is done."""
    return aspect == "basis" or bool(entry.handling and getattr(entry.handling, aspect))


def is_asked_of(entry: Entry, aspect: str) -> bool:
    """Tell whether an entry is about an aspect (税务注销要多久), or tells it."""
    form = _words().asked_of.get(aspect)
    return tells(entry, aspect) or bool(form and form.search(entry.question))


def speaks_of(texts: Iterable[str], *said: str, share: float = SPEAKS) -> bool:
    """Tell whether texts say of a reply what it says beside 怎么 and 呢, in one of its wordings."""
    told = " ".join(form(text) for text in texts for form in (clean, comparable))
    return any(_spoken(told, each) >= share for each in said)


def _spoken(told: str, said: str) -> float:
    """How much of what was said is told, in pairs of characters."""
    content = [part for run in runs(said) for part in _words().empty.split(run) if part]
    pairs = [part[at : at + 2] for part in content for at in range(max(len(part) - 1, 1))]
    spoken = sum(pair in told or comparable(pair) in told for pair in pairs)
    return spoken / len(pairs) if pairs else 0.0


def _exchanged(last: str, said: str) -> str | None:
    """The last question with the word that ends as the reply does exchanged for it."""
    if len(said) > _LONGEST_WORD:
        return None
    for length in (2, 1):
        same = [
            word for word in words(last) if len(word) > length and word.endswith(said[-length:])
        ]
        if len(same) == 1 and same[0] != said:
            return last.replace(same[0], said)
    return None
