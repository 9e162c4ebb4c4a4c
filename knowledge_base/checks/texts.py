"""Every text of an entry that is said to people, with the days it is said for (条目的文字)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.dated import Dated
from knowledge_base.schema import Entry


@dataclass(frozen=True)
class Told:
    """One text; ``span`` is None for how it is done, which goes by today."""

    part: str  # a claim's id, short, or handling
    text: str
    span: Dated | None

    def days(self, today: date) -> tuple[date, ...]:
        """The days on which its figures are read: its ends, and today where it has no end."""
        if self.span is None:
            return (today,)
        return (self.span.from_, self.span.to or max(today, self.span.from_))

    def first(self, today: date) -> date:
        """The first day it is said for."""
        return today if self.span is None else self.span.from_

    def last(self, today: date) -> date:
        """The last day it is said for."""
        return today if self.span is None else self.span.to or date.max


def texts_of(entry: Entry) -> Iterator[Told]:
    """Every text of ``entry`` in the order it is authored."""
    for short in entry.short_answers:
        yield Told("short", short.text, short)
    for claim in (*entry.claims, *entry.traps):
        yield Told(claim.id, claim.text, claim)
    if (handling := entry.handling) is not None:
        told = (*handling.steps, *handling.materials, *handling.channels)
        for text in (*told, handling.time_needed, handling.claim_mode):
            if text:
                yield Told("handling", text, None)
