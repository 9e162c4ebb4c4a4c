"""Taxes and fees that ride on others (附加税费): halving, exemption, urban construction tax."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core.money import rounded, spoken
from policy_rules.cit import ceiling_reason
from policy_rules.figures import spoken_figure
from policy_rules.judging import concluded, reason
from policy_rules.parameters import Unit
from policy_rules.sentences import say
from policy_rules.span import NotOneFigure, Span
from policy_rules.verdicts import Reason, Verdict

_SIX = "six_taxes_halving"
_RATIO = "surcharge.six_taxes_two_fees.reduction_ratio"
_EDUCATION = "education_surcharge_exemption"
_CEILING = {
    "monthly": "surcharge.education_exemption.monthly_sales_ceiling",
    "quarterly": "surcharge.education_exemption.quarterly_sales_ceiling",
}
_FEES = ("surcharge.education.rate", "surcharge.local_education.rate")
_URBAN = "urban_construction_tax"
_LOCATIONS = {
    "city": "surcharge.urban_construction.rate_city",
    "county": "surcharge.urban_construction.rate_county",
    "elsewhere": "surcharge.urban_construction.rate_other",
}


def six_taxes(facts: dict[str, Any], span: Span) -> Verdict | None:
    """Whether the six taxes and two fees are halved (六税两费减半), and what is left of one.

    Source: 财政部 税务总局公告2023年第12号第二条、第五条.
    """
    if facts.get("subject") == "natural_person":
        return None
    missing = _missing_for_halving(facts)
    if missing:
        return Verdict("unknown", missing=missing)
    reasons = halving_reasons(facts, span)
    halved = halving(reasons)
    name = {True: "halved", False: "full", None: "depends"}[halved]
    lines = [say(_SIX, name)]
    tax, amount = facts.get("tax_yuan"), None
    if tax is not None:
        left = rounded(tax * (1 - span.figure(_RATIO)))
        said = {"tax": spoken(tax), "left": spoken(left), "ratio": _rate(_RATIO, span)}
        amount = {True: left, False: tax, None: None}[halved]
        if halved is not False:
            lines.append(say(_SIX, "arithmetic" if halved else "arithmetic_if", **said))
    lines.append(say(_SIX, "scope"))
    verdict = {True: "yes", False: "no", None: "unknown"}[halved]
    return concluded(span, verdict, amount=amount, reasons=reasons, lines=lines)


def halving(reasons: tuple[Reason, ...]) -> bool | None:
    """Any one of the three kinds of payer is enough; None where that is not known."""
    if any(each.met for each in reasons):
        return True
    return None if any(each.met is None for each in reasons) else False


def halving_reasons(facts: dict[str, Any], span: Span) -> tuple[Reason, ...]:
    """Why the payer may or may not halve: small-scale, sole trader, or small low-profit."""
    payer, subject = facts.get("taxpayer_type"), facts.get("subject")
    if payer == "small_scale":
        return (_why("taxpayer_type", payer, True, "small_scale", span),)
    if subject == "sole_trader":
        return (_why("subject", subject, True, "sole_trader", span),)
    reasons = [_why("taxpayer_type", payer, None if payer is None else False, "general", span)]
    small = facts.get("is_small_low_profit")
    if small is not None:
        name = "small_low_profit" if small else "not_small_low_profit"
        return (*reasons, _why("is_small_low_profit", small, small, name, span))
    if facts.get("new_firm"):
        return (*reasons, _new_firm(facts, span))
    name = "small_low_profit_unknown"
    return (*reasons, _why("is_small_low_profit", None, None, name, span))


def _why(fact: str, value: Any, met: bool | None, name: str, span: Span) -> Reason:
    return reason(span, _RATIO, fact, value, met=met, text=say(_SIX, f"reason_{name}"))


def _new_firm(facts: dict[str, Any], span: Span) -> Reason:
    """Before its first settlement a new firm is judged by last month's headcount and assets."""
    checks = (
        ceiling_reason(
            facts, "headcount", "cit.small_low_profit.headcount_ceiling", Unit.PEOPLE, span
        ),
        ceiling_reason(
            facts, "assets_yuan", "cit.small_low_profit.assets_ceiling", Unit.YUAN, span
        ),
    )
    unknown = [each.fact for each in checks if each.met is None]
    failed = any(each.met is False for each in checks)
    met = False if failed else None if unknown else True
    fact = "new_firm" if met is not None else unknown[0]
    text = say(_SIX, "reason_new_firm", checks="、".join(each.text for each in checks))
    return reason(span, "cit.small_low_profit.headcount_ceiling", fact, None, met=met, text=text)


def _missing_for_halving(facts: dict[str, Any]) -> tuple[str, ...]:
    """What to ask before saying anything: the kind of payer, then the kind of subject."""
    if facts.get("subject") == "sole_trader" or facts.get("is_small_low_profit"):
        return ()
    if "taxpayer_type" not in facts:
        return ("taxpayer_type",)
    if facts["taxpayer_type"] == "general" and "subject" not in facts:
        return ("subject",)
    return ()


def education(facts: dict[str, Any], span: Span) -> Verdict | None:
    """Whether both education surcharges are waived (教育费附加免征), and what is due if not.

    Source: 财税〔2016〕12号; the rates by 征收教育费附加的暂行规定第三条 and 财综〔2010〕98号.
    """
    if facts.get("filing_cycle") == "per_transaction":
        return None
    if "sales_yuan" not in facts:
        return Verdict("unknown", missing=("sales_yuan",))
    sales, cycle = facts["sales_yuan"], facts.get("filing_cycle")
    if cycle is None and sales > span.figure(_CEILING["monthly"]):
        return Verdict("unknown", missing=("filing_cycle",))
    parameter_id = _CEILING[cycle or "monthly"]
    ceiling = span.figure(parameter_id)
    exempt = sales <= ceiling
    said = {"sales": spoken(sales), "ceiling": spoken(ceiling)}
    text = say(_EDUCATION, "within" if exempt else "beyond", **said)
    why = reason(span, parameter_id, "sales_yuan", sales, met=exempt, text=text)
    compared = say(_EDUCATION, "compare" if cycle else "compare_any", **said)
    if exempt:
        lines = [say(_EDUCATION, "exempt"), compared]
        if sales == ceiling:
            lines.append(say(_EDUCATION, "at_ceiling", **said))
        if sales == ceiling and _taxed_at_the_line(facts, span):
            lines.append(say(_EDUCATION, "line"))
        lines.append(say(_EDUCATION, "scope"))
        return concluded(span, "yes", amount=Decimal(0), reasons=(why,), lines=lines)
    amount, more, reasons = _education_due(facts, span)
    lines = [*more[:1], compared, *more[1:], say(_EDUCATION, "scope")]
    return concluded(span, "no", amount=amount, reasons=(why, *reasons), lines=lines)


def _taxed_at_the_line(facts: dict[str, Any], span: Span) -> bool:
    """Whether a small-scale payer owes VAT at exactly the threshold in this span."""
    if facts.get("taxpayer_type") == "general":
        return False
    try:
        return bool(span.figure("vat.small_scale.threshold_boundary") == "not_reached")
    except NotOneFigure:
        return False


def _education_due(
    facts: dict[str, Any], span: Span
) -> tuple[Decimal | None, list[str], tuple[Reason, ...]]:
    rates = tuple(span.figure(each) for each in _FEES)
    said = {"education": _rate(_FEES[0], span), "local": _rate(_FEES[1], span)}
    if "tax_yuan" not in facts:
        return None, [say(_EDUCATION, "due", **said), say(_EDUCATION, "due_halved")], ()
    full = facts["tax_yuan"] * sum(rates, Decimal(0))
    return _halvable(facts, span, full, _EDUCATION, {**said, "tax": spoken(facts["tax_yuan"])})


def _halvable(
    facts: dict[str, Any], span: Span, full: Decimal, group: str, said: dict[str, str]
) -> tuple[Decimal | None, list[str], tuple[Reason, ...]]:
    """An amount that some payers halve: what is due, how it is said, and why."""
    reasons = halving_reasons(facts, span)
    halved = halving(reasons)
    left = rounded(full * (1 - span.figure(_RATIO)))
    full = rounded(full)
    said = {**said, "full": spoken(full), "left": spoken(left), "ratio": _rate(_RATIO, span)}
    name = {True: "halved", False: "full", None: "either"}[halved]
    lines = [say(group, f"result_{name}", **said), say(group, "arithmetic", **said)]
    if halved is not False:
        lines.append(say(group, "arithmetic_halved", **said))
    return {True: left, False: full, None: None}[halved], lines, reasons


def urban_construction(facts: dict[str, Any], span: Span) -> Verdict | None:
    """The urban construction tax on VAT actually paid (城市维护建设税), by location.

    Source: 城市维护建设税法第二条、第四条; 财政部 税务总局公告2023年第12号第二条.
    """
    if "tax_yuan" not in facts:
        return Verdict("unknown", missing=("tax_yuan",))
    tax, location = facts["tax_yuan"], facts.get("location")
    if location is None:
        return _by_location(facts, span)
    parameter_id = _LOCATIONS[location]
    rate = span.figure(parameter_id)
    said = {"tax": spoken(tax), "rate": _rate(parameter_id, span)}
    said["place"] = say("labels", location)
    text = say(_URBAN, "located", **said)
    why = reason(span, parameter_id, "location", location, met=True, text=text)
    amount, lines, reasons = _halvable(facts, span, tax * rate, _URBAN, said)
    lines.append(say(_URBAN, "scope"))
    verdict = "unknown" if amount is None else "yes" if amount else "no"
    return concluded(span, verdict, amount=amount, reasons=(why, *reasons), lines=lines)


def _by_location(facts: dict[str, Any], span: Span) -> Verdict:
    reasons = halving_reasons(facts, span)
    halved = halving(reasons)
    name = {True: "place_halved", False: "place_full", None: "place_either"}[halved]
    ratio = span.figure(_RATIO)
    lines = [say(_URBAN, "by_location", tax=spoken(facts["tax_yuan"]))]
    for location, parameter_id in _LOCATIONS.items():
        full = facts["tax_yuan"] * span.figure(parameter_id)
        said = {
            "place": say("labels", location),
            "rate": _rate(parameter_id, span),
            "full": spoken(rounded(full)),
            "left": spoken(rounded(full * (1 - ratio))),
        }
        lines.append(say(_URBAN, name, **said))
    lines.append(say(_URBAN, "scope"))
    text = say(_URBAN, "location_unknown")
    why = reason(span, _LOCATIONS["city"], "location", None, met=None, text=text)
    return concluded(span, "unknown", reasons=(why, *reasons), lines=lines)


def _rate(parameter_id: str, span: Span) -> str:
    return spoken_figure(span.figure(parameter_id), Unit.RATE)
