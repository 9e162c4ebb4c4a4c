"""The fund for the employment of the disabled (残疾人就业保障金): who pays, and how much."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.errors import InvalidInput
from core.money import rounded, spoken
from policy_rules.figures import spoken_figure
from policy_rules.judging import concluded, reason
from policy_rules.parameters import Unit
from policy_rules.sentences import say
from policy_rules.span import Span
from policy_rules.verdicts import Reason, Verdict

_NAME = "disabled_fund"
_HEADCOUNT = "surcharge.disabled_fund.exempt_headcount"
_TIER = "surcharge.disabled_fund.half_ratio_threshold"
_MINIMUM = "surcharge.disabled_fund.minimum_ratio"
_ABOVE = "surcharge.disabled_fund.pay_ratio_above"
_BELOW = "surcharge.disabled_fund.pay_ratio_below"
_CAP = "surcharge.disabled_fund.wage_cap_multiple"


def disabled_fund(facts: dict[str, Any], span: Span) -> Verdict | None:
    """Whether the fund is due (``yes``), and the amount of the year.

    Source: 财政部公告2023年第8号; 财税〔2015〕72号第二条、第六条、第七条.
    """
    subject = facts.get("subject", "enterprise")
    if subject in ("sole_trader", "natural_person"):
        text = say(_NAME, "not_a_payer")
        clause = say(_NAME, "payer_clause")
        why = Reason("subject", subject, clause, "caishui-2015-72", False, text)
        lines = [say(_NAME, "not_due"), text]
        return concluded(span, "no", amount=Decimal(0), reasons=(why,), lines=lines)
    if "employees" not in facts:
        return _in_words(span)
    exempt = facts["employees"] <= span.figure(_HEADCOUNT)
    name = "few" if exempt else "many"
    said = {
        "employees": spoken_figure(facts["employees"], Unit.PEOPLE),
        "ceiling": _people(_HEADCOUNT, span),
    }
    text = say(_NAME, name, **said)
    why = reason(span, _HEADCOUNT, "employees", facts["employees"], met=not exempt, text=text)
    if exempt:
        lines = [say(_NAME, "exempt"), text, say(_NAME, "still_file")]
        return concluded(span, "no", amount=Decimal(0), reasons=(why,), lines=lines)
    if "disabled_employees" not in facts or "average_wage_yuan" not in facts:
        return _in_words(span, why)
    return _due(facts, span, why)


def _in_words(span: Span, *known: Reason) -> Verdict:
    """What can be said without the numbers: the exemption and the formula with its figures."""
    said = {
        "ceiling": _people(_HEADCOUNT, span),
        "tier": _rate(_TIER, span),
        "above": _rate(_ABOVE, span),
        "below": _rate(_BELOW, span),
        "minimum": _rate(_MINIMUM, span),
    }
    facts = ("disabled_employees", "average_wage_yuan") if known else ("employees",)
    unknown = tuple(
        reason(span, _HEADCOUNT, fact, None, met=None, text=say(_NAME, f"{fact}_unknown"))
        for fact in facts
    )
    lines = [say(_NAME, "formula", **said), say(_NAME, "tiers", **said), say(_NAME, "still_file")]
    return concluded(span, "unknown", reasons=(*known, *unknown), lines=lines)


def _due(facts: dict[str, Any], span: Span, why: Reason) -> Verdict:
    employees, disabled = facts["employees"], facts["disabled_employees"]
    ratio = _required_ratio(facts, span)
    short = employees * ratio - disabled
    said = {
        "employees": spoken_figure(employees, Unit.PEOPLE),
        "disabled": spoken_figure(disabled, Unit.PEOPLE),
        "required": spoken_figure(ratio, Unit.RATE),
    }
    met = short > 0
    text = say(_NAME, "short" if met else "fulfilled", **said)
    reasons = (why, reason(span, _MINIMUM, "disabled_employees", disabled, met=met, text=text))
    if not met:
        lines = [say(_NAME, "not_due"), text, *_ratio_line(facts, span), say(_NAME, "still_file")]
        return concluded(span, "no", amount=Decimal(0), reasons=reasons, lines=lines)
    wage, wage_lines = _wage(facts, span)
    tier = _ABOVE if disabled >= employees * span.figure(_TIER) else _BELOW
    amount = rounded(short * wage * span.figure(tier))
    said |= {"wage": spoken(wage), "share": _rate(tier, span), "amount": spoken(amount)}
    said["tier"] = _rate(_TIER, span)
    lines = [
        say(_NAME, "due", **said),
        say(_NAME, "arithmetic", **said),
        say(_NAME, "tier_above" if tier == _ABOVE else "tier_below", **said),
        *wage_lines,
        *_ratio_line(facts, span),
        say(_NAME, "scope"),
    ]
    return concluded(span, "yes", amount=amount, reasons=reasons, lines=lines)


def _required_ratio(facts: dict[str, Any], span: Span) -> Decimal:
    minimum: Decimal = span.figure(_MINIMUM)
    ratio: Decimal = facts.get("local_ratio", minimum)
    if not minimum <= ratio <= 1:
        text = say(_NAME, "ratio_out_of_range", minimum=_rate(_MINIMUM, span))
        raise InvalidInput(fact="local_ratio", reason=text)
    return ratio


def _ratio_line(facts: dict[str, Any], span: Span) -> tuple[str, ...]:
    if "local_ratio" in facts:
        return ()
    return (say(_NAME, "ratio_assumed", minimum=_rate(_MINIMUM, span)),)


def _wage(facts: dict[str, Any], span: Span) -> tuple[Decimal, tuple[str, ...]]:
    """The wage that counts: capped at a multiple of the local average where that is known."""
    wage: Decimal = facts["average_wage_yuan"]
    if "social_wage_yuan" not in facts:
        return wage, (say(_NAME, "cap_unknown"),)
    cap = facts["social_wage_yuan"] * span.figure(_CAP)
    if wage <= cap:
        return wage, ()
    return cap, (say(_NAME, "capped", wage=spoken(wage), cap=spoken(cap)),)


def _rate(parameter_id: str, span: Span) -> str:
    return spoken_figure(span.figure(parameter_id), Unit.RATE)


def _people(parameter_id: str, span: Span) -> str:
    return spoken_figure(span.figure(parameter_id), Unit.PEOPLE)
