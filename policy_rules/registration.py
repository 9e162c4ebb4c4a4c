"""When a small-scale payer must become a general one (一般纳税人登记), and from which day."""

from __future__ import annotations

from datetime import date
from typing import Any

from core.money import spoken
from core.periods import quarter_containing
from policy_rules.figures import spoken_figure
from policy_rules.judging import concluded, reason
from policy_rules.parameters import Unit
from policy_rules.sentences import say
from policy_rules.span import NotOneFigure, Span
from policy_rules.verdicts import Verdict

_NAME = "general_registration"
_THRESHOLD = "vat.general_registration_threshold"
_EFFECTIVE = "vat.registration.effective_rule"


def general(facts: dict[str, Any], span: Span) -> Verdict | None:
    """Whether rolling sales oblige to register as a general payer, and when it takes effect.

    Source: 增值税法第九条, 国家税务总局公告2026年第2号; before 2026 公告2018年第6号.
    """
    if facts.get("subject") == "natural_person":
        text = say(_NAME, "natural_person")
        why = reason(span, _THRESHOLD, "subject", "natural_person", met=False, text=text)
        return concluded(span, "no", reasons=(why,), lines=(text,))
    if "rolling_sales_yuan" not in facts:
        return Verdict("unknown", missing=("rolling_sales_yuan",))
    if "exceeded_on" in facts:
        span = Span(facts["exceeded_on"], facts["exceeded_on"])
    sales, threshold = facts["rolling_sales_yuan"], span.figure(_THRESHOLD)
    must = sales > threshold
    said = {"sales": spoken(sales), "threshold": spoken(threshold)}
    scope = say(_NAME, "scope", window=_window(span))
    text = say(_NAME, "exceeds" if must else "within", **said)
    why = reason(span, _THRESHOLD, "rolling_sales_yuan", sales, met=must, text=text)
    name = "must" if must else "at_threshold" if sales == threshold else "need_not"
    effect = _effect(facts, span) if sales >= threshold else ()
    lines = (say(_NAME, name, **said), *effect, scope)
    return concluded(span, "yes" if must else "no", reasons=(why,), lines=lines)


def _window(span: Span) -> str:
    try:
        return spoken_figure(span.figure("vat.registration.window_months"), Unit.MONTHS)
    except NotOneFigure:
        return say(_NAME, "one_year")


def _effect(facts: dict[str, Any], span: Span) -> tuple[str, ...]:
    rule = span.figure(_EFFECTIVE)
    start = _effective_day(facts, span, rule)
    if start is None:
        return (say(_NAME, f"effect_{rule}"),)
    day = spoken_figure(start, Unit.DATE)
    if rule == "chosen":
        return (say(_NAME, "effect_transition", day=day),)
    return (say(_NAME, f"effect_{rule}"), say(_NAME, "effect_from", day=day))


def _effective_day(facts: dict[str, Any], span: Span, rule: str) -> date | None:
    """The day the registration takes effect, where the day of exceeding and the cycle settle it."""
    exceeded, cycle = facts.get("exceeded_on"), facts.get("filing_cycle")
    if exceeded is None or cycle not in ("monthly", "quarterly"):
        return None
    if rule == "chosen":
        try:
            transition: date = span.figure(f"vat.registration.transition_{cycle}")
        except NotOneFigure:
            return None
        return transition
    return quarter_containing(exceeded).first if cycle == "quarterly" else exceeded.replace(day=1)
