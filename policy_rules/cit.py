"""Enterprise income tax of small low-profit enterprises (小型微利企业的企业所得税)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.money import rounded, spoken
from policy_rules.figures import spoken_figure
from policy_rules.judging import concluded, reason
from policy_rules.parameters import Unit
from policy_rules.sentences import say
from policy_rules.span import Span
from policy_rules.verdicts import Reason, Verdict

_NAME = "cit_small_low_profit"
_BASE = "cit.small_low_profit"
_STANDARD = "cit.rate.standard"
_CEILINGS = (
    ("taxable_income_yuan", f"{_BASE}.income_ceiling", Unit.YUAN),
    ("headcount", f"{_BASE}.headcount_ceiling", Unit.PEOPLE),
    ("assets_yuan", f"{_BASE}.assets_ceiling", Unit.YUAN),
)


def small_low_profit(facts: dict[str, Any], span: Span) -> Verdict | None:
    """Whether an enterprise is small and of low profit (小型微利), and its tax for the year.

    Source: 财政部 税务总局公告2023年第12号第三条、第五条; 企业所得税法第一条、第四条.
    """
    subject = facts.get("subject", "enterprise")
    if subject != "enterprise":
        text = say(_NAME, "not_a_company")
        why = Reason("subject", subject, say(_NAME, "payer_clause"), "law-cit", False, text)
        return concluded(span, "no", reasons=(why,), lines=(text,))
    if "taxable_income_yuan" not in facts:
        return Verdict("unknown", missing=("taxable_income_yuan",))
    reasons = (*(ceiling_reason(facts, *each, span) for each in _CEILINGS), *_industry(facts, span))
    if any(each.met is False for each in reasons):
        return _standard(facts["taxable_income_yuan"], reasons, span)
    if any(each.met is None for each in reasons):
        return _either(facts["taxable_income_yuan"], reasons, span)
    return _reduced(facts["taxable_income_yuan"], reasons, span)


def ceiling_reason(
    facts: dict[str, Any], fact: str, parameter_id: str, unit: Unit, span: Span
) -> Reason:
    """Whether one fact stays within its ceiling, the ceiling included; None where not known."""
    ceiling = span.figure(parameter_id)
    value = facts.get(fact)
    met = None if value is None else bool(value <= ceiling)
    name = {True: "within", False: "beyond", None: "unknown"}[met]
    text = say(
        _NAME,
        f"{fact}_{name}",
        value="" if value is None else spoken_figure(value, unit),
        ceiling=spoken_figure(ceiling, unit),
    )
    return reason(span, parameter_id, fact, value, met=met, text=text)


def _industry(facts: dict[str, Any], span: Span) -> tuple[Reason, ...]:
    restricted = facts.get("restricted_industry")
    if restricted is None:
        return ()
    text = say(_NAME, "industry_barred" if restricted else "industry_open")
    return (
        reason(
            span,
            f"{_BASE}.income_ceiling",
            "restricted_industry",
            restricted,
            met=not restricted,
            text=text,
        ),
    )


def _reduced_tax(income: Decimal, span: Span) -> Decimal:
    share, rate = span.figure(f"{_BASE}.inclusion_ratio"), span.figure(f"{_BASE}.rate")
    return rounded(income * share * rate)


def _standard_tax(income: Decimal, span: Span) -> Decimal:
    return rounded(income * span.figure(_STANDARD))


def _reduced_line(income: Decimal, span: Span) -> str:
    return say(
        _NAME,
        "arithmetic_reduced",
        income=spoken(income),
        share=_rate(f"{_BASE}.inclusion_ratio", span),
        rate=_rate(f"{_BASE}.rate", span),
        effective=_rate(f"{_BASE}.effective_rate", span),
        tax=spoken(_reduced_tax(income, span)),
    )


def _standard_line(income: Decimal, span: Span) -> str:
    return say(
        _NAME,
        "arithmetic_standard",
        income=spoken(income),
        rate=_rate(_STANDARD, span),
        tax=spoken(_standard_tax(income, span)),
    )


def _rate(parameter_id: str, span: Span) -> str:
    return spoken_figure(span.figure(parameter_id), Unit.RATE)


def _reduced(income: Decimal, reasons: tuple[Reason, ...], span: Span) -> Verdict:
    tax = _reduced_tax(income, span)
    lines = [
        say(_NAME, "reduced", tax=spoken(tax)),
        _reduced_line(income, span),
        *_at_ceiling(income, span),
        say(_NAME, "scope", income=spoken(income)),
    ]
    return concluded(span, "yes", amount=tax, reasons=reasons, lines=lines)


def _at_ceiling(income: Decimal, span: Span) -> list[str]:
    """Exactly at the ceiling, what holds a fen above it is said too."""
    ceiling = span.figure(f"{_BASE}.income_ceiling")
    if income != ceiling:
        return []
    return [say(_NAME, "at_ceiling", ceiling=spoken(ceiling), rate=_rate(_STANDARD, span))]


def _standard(income: Decimal, reasons: tuple[Reason, ...], span: Span) -> Verdict:
    tax = _standard_tax(income, span)
    why = "；".join(each.text for each in reasons if each.met is False)
    lines = (
        say(_NAME, "standard", tax=spoken(tax), why=why),
        _standard_line(income, span),
        say(_NAME, "scope_standard", income=spoken(income)),
    )
    return concluded(span, "no", amount=tax, reasons=reasons, lines=lines)


def _either(income: Decimal, reasons: tuple[Reason, ...], span: Span) -> Verdict:
    conditions = "、".join(each.text for each in reasons if each.met is None)
    lines = [
        say(_NAME, "either_small", tax=spoken(_reduced_tax(income, span)), conditions=conditions),
        _reduced_line(income, span),
        say(_NAME, "either_not", tax=spoken(_standard_tax(income, span))),
        _standard_line(income, span),
        *_at_ceiling(income, span),
        say(_NAME, "scope", income=spoken(income)),
    ]
    return concluded(span, "unknown", reasons=reasons, lines=lines)
