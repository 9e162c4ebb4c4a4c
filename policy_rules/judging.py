"""Putting a verdict together (成结论): reasons that name their clause, and the closing lines."""

from __future__ import annotations

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
    lines: tuple[str, ...] = (),
) -> Verdict:
    """A verdict with the sources of every figure used, and a mark on what is not verified."""
    uncertain = span.uncertain()
    if uncertain:
        lines = (*lines, say("common", "unverified", titles="、".join(uncertain)))
    return Verdict(verdict, amount, reasons, working=lines, sources=span.sources())
