"""Putting a verdict together (成结论): reasons that name their clause, and the closing lines."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from policy_rules.sentences import say
from policy_rules.span import Span
from policy_rules.verdicts import Reason, Verdict


def reason(
    span: Span, parameter_id: str, fact: str, value: Any, *, met: bool | None, text: str
) -> Reason:
    """A reason that stands on the document of one figure."""
    document, clause = span.basis(parameter_id)
    return Reason(fact, value, clause, document, met, text)


def concluded(
    span: Span,
    verdict: str,
    *,
    amount: Decimal | None = None,
    reasons: tuple[Reason, ...] = (),
    lines: Iterable[str] = (),
) -> Verdict:
    """A verdict with the sources of figures and reasons, and a mark on what is not verified."""
    working = [*lines]
    uncertain = span.uncertain()
    if uncertain:
        working.append(say("common", "unverified", titles="、".join(uncertain)))
    places = [(each.document, each.clause) for each in reasons if each.document]
    return Verdict(
        verdict, amount, reasons, working=tuple(working), sources=sources(*span.places(), *places)
    )


def sources(*places: tuple[str | None, str | None]) -> tuple[dict[str, str | None], ...]:
    """Documents with their clauses, each once, in order."""
    return tuple(
        {"document": document, "clause": clause} for document, clause in dict.fromkeys(places)
    )
