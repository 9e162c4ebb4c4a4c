"""Whether what a statement rests on is still law (依据是否有效), for the days that are asked about.

A statement whose document ended holds for the days before, as long as it held; it fails closed
for later ones until an editor has looked at it, whatever period the statement itself names.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.dated import Dated
from knowledge_base.schema import Document, DocumentState, Entry
from policy_rules.figures import figures_in
from policy_rules.parameters import Basis, Parameter, Value

#: Stands for every clause, where it is not known which ones ended.
WHOLE = "全文"
#: The states in which a document is over as a whole, and those that end some of it at least.
OVER = (DocumentState.REPEALED, DocumentState.SUSPENDED)
ENDED = (DocumentState.PARTLY_REPEALED, *OVER)
_HANDLING = "/handling"
_BETWEEN = re.compile(r"[、，,和及与]|以及")
_NUMBERED = re.compile(r"第?([零一二三四五六七八九十百]+|\d+)(条|款|项)?")
_RANGE = re.compile(
    r"第?([零一二三四五六七八九十百\d]+)条?[至到—-]第?([零一二三四五六七八九十百\d]+)条"
)
_DIGITS = {char: place for place, char in enumerate("零一二三四五六七八九")}


@dataclass(frozen=True)
class Days:
    """The days that a question is about, and the day it is asked on."""

    first: date
    last: date
    today: date

    def reach(self, last_day: date | None) -> bool:
        """Tell whether something that holds up to ``last_day`` may still be said.

        What ended within the days asked about is said until it has ended, and no longer.
        """
        if last_day is None or self.last <= last_day:
            return True
        return self.first <= last_day and self.today <= last_day

    def within(self, span: Dated) -> Days | None:
        """Those of the days on which ``span`` holds; None where it holds on none."""
        if not span.overlaps(self.first, self.last):
            return None
        last = self.last if span.to is None else min(self.last, span.to)
        return Days(max(self.first, span.from_), last, self.today)


def last_day_of(document: Document, clause: str | None = None) -> date | None:
    """The last day on which a clause of a document is law; None while no end is known.

    A document that is over without a day is over from the day on which that was noticed.
    """
    noticed = document.checked_on - timedelta(days=1)
    if document.state in OVER:
        return document.ended_on or noticed
    if document.state is DocumentState.PARTLY_REPEALED:
        ended = is_among(clause, document.ended_clauses)
        return (document.ended_on or noticed) if ended else None
    return document.ended_on


def is_among(clause: str | None, ended: Iterable[str]) -> bool:
    """Tell whether a citation names a clause that ended, or one that is a part of it or holds it.

    A citation without a clause is of the whole document, hence of what ended too.
    """
    over = tuple(ended)
    if not over:
        return False
    if clause is None or WHOLE in over:
        return True
    cited = _articles(clause)
    return any(_meet(one, other) for one in cited for each in over for other in _articles(each))


def _meet(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _articles(clause: str) -> list[str]:
    """The single clauses of a citation; 第五条至第七条 names three."""
    plain = re.sub(r"\s", "", clause)
    found: list[str] = []
    for match in _RANGE.finditer(plain):
        first, last = (_number(each) for each in match.groups())
        found += [f"第{place}条" for place in range(first, last + 1)]
    for piece in _BETWEEN.split(_RANGE.sub("", plain)):
        if piece:
            found.append(_NUMBERED.sub(lambda m: f"第{_number(m[1])}{m[2] or ''}", piece, count=1))
    return found


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    total, digit = 0, 0
    for char in text:
        if char in _DIGITS:
            digit = _DIGITS[char]
        else:
            total += (digit or 1) * (10 if char == "十" else 100)
            digit = 0
    return total + digit


def ended_basis(
    basis: Iterable[Basis], documents: Mapping[str, Document], days: Days
) -> str | None:
    """The first document that ended before the days asked about, unless cited for that."""
    for each in basis:
        document = documents.get(each.document)
        if document is None or each.history:
            continue
        if not days.reach(last_day_of(document, each.clause)):
            return document.id
    return None


def basis_of(text: str, known: Mapping[str, Parameter], days: Days) -> Iterable[Basis]:
    """What the figures of a text rest on, on the days asked about."""
    for name in figures_in(text):
        for value in known[name].values if name in known else ():
            if value.overlaps(days.first, days.last):
                yield from value.basis


@dataclass(frozen=True)
class Standing:
    """What is left of an entry, and the documents that took the rest with them."""

    entry: Entry
    ended: tuple[str, ...] = ()


def standing(
    entry: Entry,
    documents: Mapping[str, Document],
    figures: Mapping[str, Parameter],
    period: tuple[date, date],
    today: date,
) -> Standing:
    """Leave out what rests on a document that ended, and every short answer that rests on it.

    Args:
        entry: The entry.
        documents: The register.
        figures: Legal figures by id.
        period: First and last day of the tax period asked about.
        today: The Chinese calendar day.
    """
    asked = {"tax_period": Days(*period, today), "today": Days(today, today, today)}

    def fallen(text: str, basis: Iterable[Basis], days: Days | None) -> str | None:
        if days is None:
            return None
        return ended_basis((*basis, *basis_of(text, figures, days)), documents, days)

    claims = {claim.id: claim for claim in (*entry.claims, *entry.traps)}
    ended: dict[str, str | None] = {
        claim.id: fallen(claim.text, claim.basis, asked[claim.measured_by].within(claim))
        for claim in claims.values()
    }
    for place, short in enumerate(entry.short_answers):
        by_today = all(claims[each].measured_by == "today" for each in short.claims)
        days = asked["today" if by_today else "tax_period"].within(short)
        under = (ended[each] for each in short.claims if days and ended[each])
        ended[_short(place)] = next(under, None) or fallen(short.text, (), days)
    if (handling := entry.handling) is not None:
        told = (*handling.steps, *handling.materials, *handling.channels)
        lines = " ".join((*told, handling.time_needed or "", handling.claim_mode or ""))
        ended[_HANDLING] = fallen(lines, handling.basis, asked["today"])
    gone = {name: document for name, document in ended.items() if document is not None}
    if not gone:
        return Standing(entry)
    return Standing(_without(entry, gone), tuple(dict.fromkeys(gone.values())))


def _short(place: int) -> str:
    return f"/short/{place}"


def _without(entry: Entry, gone: Collection[str]) -> Entry:
    return entry.model_copy(
        update={
            "claims": tuple(each for each in entry.claims if each.id not in gone),
            "traps": tuple(each for each in entry.traps if each.id not in gone),
            "short_answers": tuple(
                each
                for place, each in enumerate(entry.short_answers)
                if _short(place) not in gone and not set(each.claims).intersection(gone)
            ),
            "handling": None if _HANDLING in gone else entry.handling,
        }
    )


def figures_in_force(
    known: Mapping[str, Parameter], documents: Mapping[str, Document]
) -> Mapping[str, Parameter]:
    """The parameters without the days on which their documents are no longer law."""
    cut = {name: _cut(each, documents) for name, each in known.items()}
    return known if all(cut[name] is known[name] for name in known) else cut


def _cut(parameter: Parameter, documents: Mapping[str, Document]) -> Parameter:
    values = [_cut_value(value, documents) for value in parameter.values]
    if all(new is old for new, old in zip(values, parameter.values, strict=True)):
        return parameter
    return parameter.model_copy(update={"values": tuple(each for each in values if each)})


def _cut_value(value: Value, documents: Mapping[str, Document]) -> Value | None:
    ends = [
        last
        for basis in value.basis
        if not basis.history and (document := documents.get(basis.document)) is not None
        if (last := last_day_of(document, basis.clause)) is not None
    ]
    end = min(ends, default=None)
    if end is None or (value.to is not None and value.to <= end):
        return value
    return value.model_copy(update={"to": end}) if value.from_ <= end else None
