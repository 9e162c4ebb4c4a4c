"""Individual income tax on business income (经营所得), and its halving for sole traders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from core.money import rounded, spoken
from policy_rules.figures import spoken_figure
from policy_rules.judging import concluded, reason
from policy_rules.parameters import Unit
from policy_rules.sentences import say
from policy_rules.span import Span
from policy_rules.verdicts import Reason, Verdict

_BRACKETS = "iit.business_income.brackets"
_CEILING = "iit.sole_trader.halving_ceiling"
_RATIO = "iit.sole_trader.halving_ratio"
_HALVING = "iit_sole_trader"
_BUSINESS = "iit_business_income"


def sole_trader(facts: dict[str, Any], span: Span) -> Verdict | None:
    """A sole trader's tax on the year's business income after the halving (个体工商户减半).

    Other reductions are left out.

    Source: 财政部 税务总局公告2023年第12号第一条; 个人所得税税率表二.
    """
    subject = facts.get("subject", "sole_trader")
    if subject != "sole_trader":
        text = say(_HALVING, "only_sole_traders")
        why = reason(span, _RATIO, "subject", subject, met=False, text=text)
        return concluded(span, "no", reasons=(why,), lines=(text,))
    if "taxable_income_yuan" not in facts:
        return Verdict("unknown", missing=("taxable_income_yuan",))
    income = facts["taxable_income_yuan"]
    ceiling = span.figure(_CEILING)
    name = "under_ceiling" if income <= ceiling else "over_ceiling"
    text = say(_HALVING, name, income=spoken(income), ceiling=spoken(ceiling))
    reasons = (
        reason(span, _RATIO, "subject", subject, met=True, text=say(_HALVING, "is_sole_trader")),
        reason(span, _CEILING, "taxable_income_yuan", income, met=income <= ceiling, text=text),
    )
    due = _halved(income, span)
    lines = (
        say(_HALVING, "result", tax=spoken(due)),
        *_halving_lines(income, span),
        say(_HALVING, "scope", income=spoken(income)),
    )
    return concluded(span, "yes", amount=due, reasons=reasons, lines=lines)


def business_income(facts: dict[str, Any], span: Span) -> Verdict | None:
    """The tax on a year's business income by the five brackets (经营所得税率表).

    Source: 个人所得税税率表二; the halving as in :func:`sole_trader`.
    """
    subject = facts.get("subject")
    if subject == "enterprise":
        text = say(_BUSINESS, "company")
        why = reason(span, _BRACKETS, "subject", subject, met=False, text=text)
        return concluded(span, "no", reasons=(why,), lines=(text,))
    if "taxable_income_yuan" not in facts:
        return Verdict("unknown", missing=("taxable_income_yuan",))
    income = facts["taxable_income_yuan"]
    full = rounded(bracket_tax(income, span.figure(_BRACKETS)))
    scope = say(_BUSINESS, "scope", income=spoken(income))
    why = _subject_reason(subject, span)
    if subject is None:
        lines: tuple[str, ...] = (
            say(_BUSINESS, "either", full=spoken(full), halved=spoken(_halved(income, span))),
            *_halving_lines(income, span),
            scope,
        )
        return concluded(span, "unknown", reasons=(why,), lines=lines)
    if subject == "sole_trader":
        due = _halved(income, span)
        lines = (say(_HALVING, "result", tax=spoken(due)), *_halving_lines(income, span), scope)
        return concluded(span, "yes", amount=due, reasons=(why,), lines=lines)
    lines = (say(_BUSINESS, "result", tax=spoken(full)), _bracket_line(income, span), scope)
    return concluded(span, "yes", amount=full, reasons=(why,), lines=lines)


def bracket_tax(income: Decimal, brackets: Sequence[Mapping[str, Decimal | None]]) -> Decimal:
    """Tax on ``income`` by the bracket it falls in, less the quick deduction; not rounded."""
    row = _row(income, brackets)
    return income * (row["rate"] or Decimal(0)) - (row["quick_deduction"] or Decimal(0))


def _row(
    income: Decimal, brackets: Sequence[Mapping[str, Decimal | None]]
) -> Mapping[str, Decimal | None]:
    for row in brackets:
        limit = row["up_to"]
        if limit is None or income <= limit:
            return row
    raise ValueError("the last bracket has a limit")


def _halved(income: Decimal, span: Span) -> Decimal:
    brackets = span.figure(_BRACKETS)
    halvable = bracket_tax(min(income, span.figure(_CEILING)), brackets)
    return rounded(bracket_tax(income, brackets) - halvable * span.figure(_RATIO))


def _subject_reason(subject: str | None, span: Span) -> Reason:
    name = {None: "subject_unknown", "sole_trader": "subject_sole_trader"}.get(
        subject, "subject_other"
    )
    met = None if subject is None else True
    return reason(span, _BRACKETS, "subject", subject, met=met, text=say(_BUSINESS, name))


def _bracket_line(income: Decimal, span: Span) -> str:
    brackets = span.figure(_BRACKETS)
    row = _row(income, brackets)
    return say(
        _HALVING,
        "brackets",
        income=spoken(income),
        rate=spoken_figure(row["rate"], Unit.RATE),
        quick=spoken(row["quick_deduction"] or Decimal(0)),
        tax=spoken(bracket_tax(income, brackets)),
    )


def _halving_lines(income: Decimal, span: Span) -> tuple[str, ...]:
    brackets, ceiling = span.figure(_BRACKETS), span.figure(_CEILING)
    halvable = bracket_tax(min(income, ceiling), brackets)
    said = {
        "ratio": spoken_figure(span.figure(_RATIO), Unit.RATE),
        "ceiling": spoken(ceiling),
        "full": spoken(bracket_tax(income, brackets)),
        "part": spoken(halvable),
        "cut": spoken(halvable * span.figure(_RATIO)),
        "due": spoken(_halved(income, span)),
    }
    if income <= ceiling:
        halved = (_bracket_line(income, span), say(_HALVING, "halved", **said))
        return (*halved, say(_HALVING, "at_ceiling", **said)) if income == ceiling else halved
    return (
        _bracket_line(income, span),
        say(_HALVING, "part_of_ceiling", **said),
        say(_HALVING, "less", **said),
    )
