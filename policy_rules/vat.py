"""Value added tax of small-scale payers (增值税小规模纳税人): threshold and tax above it."""

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

_NAME = "vat_small_scale"
_THRESHOLD = {
    "monthly": "vat.small_scale.monthly_threshold",
    "quarterly": "vat.small_scale.quarterly_threshold",
}
_BOUNDARY = "vat.small_scale.threshold_boundary"
_RATE = "vat.small_scale.reduced_rate"


def small_scale(facts: dict[str, Any], span: Span) -> Verdict | None:
    """Whether the sales of one month or quarter are free of VAT (起征点), and the tax if not.

    Source: 增值税法第二十三条, 财政部 税务总局公告2026年第10号第一条; before 2026 公告2023年第19号.
    """
    cycle = facts.get("filing_cycle")
    if cycle == "per_transaction" or facts.get("subject") == "natural_person":
        return None
    if facts.get("taxpayer_type") == "general":
        return _general(span)
    missing = tuple(fact for fact in ("taxpayer_type", "sales_yuan") if fact not in facts)
    if missing:
        return Verdict("unknown", missing=missing)
    net, conversion = _net_sales(facts, span)
    if cycle is None and not _is_under(net, "monthly", span):
        return Verdict("unknown", missing=("filing_cycle",))
    return _judged(facts, span, net, conversion)


def _judged(
    facts: dict[str, Any], span: Span, net: Decimal, conversion: tuple[str, ...]
) -> Verdict:
    cycle = facts.get("filing_cycle", "monthly")
    under = _is_under(net, cycle, span)
    special = _special(facts, net)
    said = _said(net, cycle, span)
    reasons = [_threshold_reason(net, cycle, under, said, span)]
    if under and special != 0:
        reasons.append(_special_reason(special, span))
    base = special if under else net
    tax = None if base is None else rounded(base * span.figure(_RATE))
    compared = f"compare_{span.figure(_BOUNDARY)}" if "filing_cycle" in facts else "compare_any"
    lines = [
        _result(under, special, net, tax, said, is_told=_tells_of_invoices(facts)),
        *conversion,
        say(_NAME, compared, **said),
    ]
    if base:
        lines.append(say(_NAME, "arithmetic", base=spoken(base), tax=spoken(tax or base), **said))
    if net == span.figure(_THRESHOLD[cycle]):
        lines.append(say(_NAME, f"at_{span.figure(_BOUNDARY)}", **said))
    if not under:
        lines.append(say(_NAME, "whole_year", **said))
    scope = "scope" if "filing_cycle" in facts else "scope_any"
    lines.append(say(_NAME, scope, levy=_rate(span, "vat.small_scale.levy_rate"), **said))
    verdict = "unknown" if under and special is None else "no"
    if under and special is not None and special < net or net == 0:
        verdict = "yes"
    return concluded(span, verdict, amount=tax, reasons=tuple(reasons), lines=lines)


def _general(span: Span) -> Verdict:
    text = say(_NAME, "general_reason")
    why = reason(span, _THRESHOLD["monthly"], "taxpayer_type", "general", met=False, text=text)
    return concluded(span, "no", reasons=(why,), lines=(say(_NAME, "general"),))


def _net_sales(facts: dict[str, Any], span: Span) -> tuple[Decimal, tuple[str, ...]]:
    """The sales net of tax, with the line that shows the conversion of a gross amount."""
    sales = facts["sales_yuan"]
    if not facts.get("tax_included"):
        return sales, ()
    rate = span.figure(_RATE)
    net = sales / (1 + rate)
    line = say(
        _NAME, "converted", gross=spoken(sales), rate=_rate(span, _RATE), sales=spoken(rounded(net))
    )
    return net, (line,)


def _is_under(net: Decimal, cycle: str, span: Span) -> bool:
    threshold = span.figure(_THRESHOLD[cycle])
    if span.figure(_BOUNDARY) == "not_exceeded":
        return bool(net <= threshold)
    return bool(net < threshold)


def _special(facts: dict[str, Any], net: Decimal) -> Decimal | None:
    """Net sales with special invoices; None where there are some of an unknown amount."""
    special = facts.get("special_invoice_yuan")
    if special is None:
        return None if facts.get("invoice_type") == "special" else Decimal(0)
    if special > rounded(net):
        text = say(_NAME, "special_too_large", special=spoken(special), sales=spoken(rounded(net)))
        raise InvalidInput(fact="special_invoice_yuan", reason=text)
    return min(special, net)


def _said(net: Decimal, cycle: str, span: Span) -> dict[str, str]:
    return {
        "cycle": say("labels", cycle),
        "sales": spoken(rounded(net)),
        "threshold": spoken(span.figure(_THRESHOLD[cycle])),
        "rate": _rate(span, _RATE),
    }


def _rate(span: Span, parameter_id: str) -> str:
    return spoken_figure(span.figure(parameter_id), Unit.RATE)


def _threshold_reason(
    net: Decimal, cycle: str, under: bool, said: dict[str, str], span: Span
) -> Reason:
    name = f"{'under' if under else 'above'}_{span.figure(_BOUNDARY)}"
    text = say(_NAME, name, **said)
    return reason(span, _THRESHOLD[cycle], "sales_yuan", rounded(net), met=under, text=text)


def _special_reason(special: Decimal | None, span: Span) -> Reason:
    name = "special_some" if special is None else "special_amount"
    text = say(_NAME, name, special=spoken(special or Decimal(0)))
    return reason(
        span,
        "vat.small_scale.special_invoice",
        "special_invoice_yuan",
        special,
        met=None if special is None else False,
        text=text,
    )


def _tells_of_invoices(facts: dict[str, Any]) -> bool:
    return "special_invoice_yuan" in facts or facts.get("invoice_type") == "ordinary"


def _result(
    under: bool,
    special: Decimal | None,
    net: Decimal,
    tax: Decimal | None,
    said: dict[str, str],
    *,
    is_told: bool,
) -> str:
    if not under:
        return say(_NAME, "taxed", tax=spoken(tax or Decimal(0)))
    if special is None:
        return say(_NAME, "special_unknown", **said)
    if special == 0:
        return say(_NAME, "exempt" if is_told else "exempt_ordinary")
    name = "all_special" if special == net else "part_special"
    return say(_NAME, name, tax=spoken(tax or Decimal(0)))
