"""Fetching what may answer a question (候选): its words in the index, within period and region."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import tantivy

from knowledge_base.layer import EVER, FIELD_BOOSTS, Wording
from knowledge_base.ranking import Asked

#: The rarest terms of a question are looked up first, and no more once they stand in so many
#: wordings: what all others have too brings no candidate, however large the library is.
MOST_LOOKED_UP = 300_000

#: How many wordings have a term in a field.
Spread = Callable[[str, str], int]


@dataclass(frozen=True)
class Wanted:
    """Which entries may answer; filters fail closed."""

    period: tuple[date, date] | None = None  # those that say something about a day of this span
    regions: tuple[str, ...] | None = None  # those for one of these; 全国 must be named if wanted

    def allows(self, wording: Wording) -> bool:
        """Tell whether an entry, by one of its wordings, speaks of the period and for a region."""
        if self.regions is not None and wording.region not in self.regions:
            return False
        period = self.period
        return period is None or any(
            first <= period[1] and period[0] <= last for first, last in wording.spans
        )


def candidates_query(
    schema: tantivy.Schema, asked: Asked, wanted: Wanted, spread: Spread
) -> tantivy.Query | None:
    """What to ask the index; None where it has nothing of the question.

    Args:
        schema: Of the index.
        asked: The question.
        wanted: Which entries may answer.
        spread: How many wordings of the index have a term in a field.
    """
    should = [
        (
            tantivy.Occur.Should,
            tantivy.Query.boost_query(
                tantivy.Query.term_query(schema, field, term), FIELD_BOOSTS[field]
            ),
        )
        for field, term in _looked_up(asked, spread)
    ]
    if not should:
        return None
    must = [(tantivy.Occur.Must, tantivy.Query.boolean_query(should))]
    if wanted.period is not None:
        first, last = wanted.period
        must.append((tantivy.Occur.Must, _days(schema, "first_day", EVER[0], last)))
        must.append((tantivy.Occur.Must, _days(schema, "last_day", first, EVER[1])))
    if wanted.regions is not None:
        named = [tantivy.Query.term_query(schema, "region", each) for each in wanted.regions]
        either = tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in named])
        must.append((tantivy.Occur.Must, tantivy.Query.boost_query(either, 0.0)))
    return tantivy.Query.boolean_query(must)


def _looked_up(asked: Asked, spread: Spread) -> list[tuple[str, str]]:
    """Fields and terms to be looked up, the rarest first."""
    fields = {
        "words": asked.words,
        "grams": asked.grams,
        "sounds": asked.sounds,
        "body": asked.words,
    }
    known = sorted(
        (count, field, term)
        for field, terms in fields.items()
        for term in dict.fromkeys(terms)
        if (count := spread(field, term))
    )
    found: list[tuple[str, str]] = []
    total = 0
    for count, field, term in known:
        total += count
        if found and total > MOST_LOOKED_UP:
            break
        found.append((field, term))
    return found


def _days(schema: tantivy.Schema, field: str, first: date, last: date) -> tantivy.Query:
    span = tantivy.Query.range_query(
        schema, field, tantivy.FieldType.Integer, first.toordinal(), last.toordinal()
    )
    return tantivy.Query.boost_query(span, 0.0)
