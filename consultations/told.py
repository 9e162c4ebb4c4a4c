"""What a person was told (当时的说法), read back from the bubble that told it.

A statement names its figures, and a figure may have changed since. What stood in the bubble is
the only record of how it was said then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from answers.frame import Frame, Query, read_frame
from answers.render import day_for, holding_shorts
from answers.sentences import say
from consultations.tables import Answer, Turn
from core.periods import Period
from knowledge_base.schema import Claim, Entry, ShortAnswer
from policy_rules.figures import figures_in, fill
from policy_rules.parameters import NoFigure

_PLACE = re.compile(r"\{\{[^}]*\}\}")


@dataclass(frozen=True)
class Told:
    """One answer: the entry as it was answered with, the case, and the words that were shown.

    ``computed`` is the trace of the rule where a result was told in place of the claims.
    """

    entry: Entry
    claims: tuple[Claim, ...]
    shorts: tuple[ShortAnswer, ...]
    frame: Frame
    shown: str
    computed: Mapping[str, Any] | None

    def wording(self, text: str) -> str | None:
        """How a text was said; None where the bubble does not have it."""
        return read_back(text, self.shown)

    def said(self, span: Claim | ShortAnswer) -> str | None:
        """How a statement was said; None where it names a figure that the bubble does not have.

        What stands behind a short answer is not always shown itself, and no figure is put into
        our mouth that we did not say.
        """
        shown = self.wording(span.text)
        if shown is not None or not figures_in(span.text):
            return shown or span.text
        return filled(span, self.frame) if self.computed else None


def told_in(answer: Answer, turn: Turn, entry: Entry, note: Mapping[str, Any], region: str) -> Told:
    """Read an answer.

    Args:
        answer: The answer.
        turn: What it answered.
        entry: The version that ``note`` names.
        note: What the answer says of the entry it was made of.
        region: The bureau's region.
    """
    case: Mapping[str, Any] = note.get("case") or {}
    frame = _frame(answer, turn, region, case)
    facts: Mapping[str, Any] = case.get("facts", answer.facts)
    every = (*entry.claims, *entry.traps)
    return Told(
        entry=entry,
        claims=tuple(claim for claim in every if claim.id in note.get("claims", ())),
        shorts=tuple(holding_shorts(entry, frame)),
        frame=frame,
        shown="\n".join(part.get("text") or "" for part in answer.parts),
        computed=facts.get("rule") if case.get("outcome", answer.outcome) == "computed" else None,
    )


def _frame(answer: Answer, turn: Turn, region: str, case: Mapping[str, Any]) -> Frame:
    """The case as it was answered; the amounts are read out of the question again.

    A message of several questions, and a correction of one, keep the ``case`` of each answer.
    """
    first = answer.tax_period_first or answer.as_of
    last = answer.tax_period_last or answer.as_of
    if case.get("tax_period"):
        first, last = (date.fromisoformat(day) for day in case["tax_period"])
    facts = case.get("facts", answer.facts)
    return replace(
        read_frame(Query(text=case.get("asked", turn.text), today=answer.as_of, region=region)),
        period=Period(first, last),
        period_said=True,
        facts={name: value for name, value in facts.items() if name != "rule"},
        facts_said={},
        leans_on_topic=False,
    )


def filled(span: Claim | ShortAnswer, frame: Frame) -> str | None:
    """A statement with the figures in use; None where there is none for its day."""
    try:
        return fill(span.text, day_for(span, frame))
    except NoFigure:
        return None


def read_back(text: str, shown: str) -> str | None:
    """Find a text in what was shown, with the figures that stood in it then.

    Args:
        text: As authored, with ``{{ … }}`` in place of figures.
        shown: The words of the bubbles.
    """
    stem = text.rstrip("。")
    if not figures_in(text):
        return text if stem in shown else None
    pattern = "(?:.+?)".join(re.escape(piece) for piece in _PLACE.split(stem))
    if stem.endswith("}}"):
        pattern += f"(?={'|'.join(map(re.escape, _ends()))}|$)"
    found = re.search(pattern, shown, re.MULTILINE)
    return found[0] + text[len(stem) :] if found else None


def _ends() -> tuple[str, ...]:
    """What may follow a statement in a bubble."""
    open_end = say("open", text="{", ask="}").partition("{")[2].partition("}")[0]
    return ("。", "；", say("unverified_mark", text=""), open_end)
