"""What being late costs (滞纳金), and when a first violation is not fined (首违不罚)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.dated import Dated
from core.money import rounded, spoken
from policy_rules.figures import spoken_figure
from policy_rules.judging import concluded, reason
from policy_rules.parameters import Unit
from policy_rules.sentences import say
from policy_rules.span import Span
from policy_rules.verdicts import Reason, Verdict

_LATE = "late_payment_surcharge"
_RATE = "filing.late_payment.daily_rate"
_WAIVER = "first_violation_waiver"


class Conditions(Dated):
    """Where the conditions of the waiver stand, for one span."""

    document: str
    clause: str | None


class Item(Dated):
    """One violation of the national list (清单事项)."""

    title: str
    document: str
    no_gain: bool = False


def late_payment(facts: dict[str, Any], span: Span) -> Verdict | None:
    """The surcharge for paying late (滞纳金): tax, daily rate, days from the day after the last.

    Source: 税收征收管理法第三十二条.
    """
    if "tax_yuan" not in facts:
        return Verdict("unknown", missing=("tax_yuan",))
    tax, rate, days = facts["tax_yuan"], span.figure(_RATE), _days_late(facts)
    said = {"tax": spoken(tax), "rate": spoken_figure(rate, Unit.RATE), "days": days}
    if days is None:
        why = reason(span, _RATE, "days_late", None, met=None, text=say(_LATE, "days_unknown"))
        per_day = say(_LATE, "per_day", amount=spoken(tax * rate), **said)
        lines = [per_day, say(_LATE, "counting")]
        return concluded(span, "unknown", reasons=(why,), lines=lines)
    amount = rounded(tax * rate * days)
    late = days > 0
    text = say(_LATE, "late" if late else "in_time", days=days)
    why = reason(span, _RATE, "days_late", days, met=late, text=text)
    lines = [say(_LATE, "result" if late else "none", amount=spoken(amount))]
    if late:
        lines.append(say(_LATE, "arithmetic", amount=spoken(amount), **said))
    if amount > tax:
        lines.append(say(_LATE, "above_tax"))
    lines.append(say(_LATE, "counting"))
    verdict = "yes" if late else "no"
    return concluded(span, verdict, amount=amount, reasons=(why,), lines=lines)


def _days_late(facts: dict[str, Any]) -> Decimal | None:
    """Days from the day after the last day to the day of payment, that day included."""
    if "days_late" in facts:
        return Decimal(facts["days_late"])
    if "due_on" in facts and "paid_on" in facts:
        return Decimal(max((facts["paid_on"] - facts["due_on"]).days, 0))
    return None


def first_violation(facts: dict[str, Any], span: Span) -> Verdict | None:
    """Whether a first violation goes without a fine (首违不罚): listed, first, slight, corrected.

    Source: 国家税务总局公告2021年第6号、第33号.
    """
    conditions = _conditions_over(span)
    if conditions is None:
        return None
    reasons = tuple(
        each
        for each in (
            _listed(facts, span.last, conditions),
            _gain(facts),
            *(_condition(facts, name, conditions) for name in _CONDITIONS),
        )
        if each is not None
    )
    failed = "；".join(each.text for each in reasons if each.met is False)
    unknown = "；".join(each.text for each in reasons if each.met is None)
    if failed:
        verdict, result = "no", say(_WAIVER, "fined", why=failed)
    elif unknown:
        verdict, result = "unknown", say(_WAIVER, "depends", conditions=unknown)
    else:
        verdict, result = "yes", say(_WAIVER, "waived")
    lines = (result, say(_WAIVER, "scope"))
    return concluded(span, verdict, reasons=reasons, lines=lines)


_CONDITIONS = ("first_violation", "minor_harm", "corrected_in_time")


@cache
def waiver_terms() -> tuple[tuple[Conditions, ...], dict[str, Item]]:
    """The conditions and the national list, from ``first_violation.yml``."""
    raw = yaml.safe_load((Path(__file__).parent / "first_violation.yml").read_text("utf-8"))
    conditions = tuple(Conditions.model_validate(each) for each in raw["conditions"])
    items = {code: Item.model_validate(each) for code, each in raw["items"].items()}
    return conditions, items


def _conditions_over(span: Span) -> Conditions | None:
    held = (c for c in waiver_terms()[0] if c.holds_on(span.first) and c.holds_on(span.last))
    return next(held, None)


def _item(facts: dict[str, Any], day: date) -> Item | None:
    item = waiver_terms()[1].get(facts.get("violation", ""))
    return item if item is not None and item.holds_on(day) else None


def _listed(facts: dict[str, Any], day: date, conditions: Conditions) -> Reason:
    document = conditions.document
    violation, item = facts.get("violation"), _item(facts, day)
    if violation is None:
        return Reason("violation", None, None, document, None, say(_WAIVER, "listed_unknown"))
    if item is None:
        return Reason("violation", violation, None, document, False, say(_WAIVER, "not_listed"))
    text = say(_WAIVER, "listed", title=item.title)
    return Reason("violation", violation, None, item.document, True, text)


def _gain(facts: dict[str, Any]) -> Reason | None:
    """The further condition of some items: nothing was gained by the violation."""
    item = waiver_terms()[1].get(facts.get("violation", ""))
    if item is None or not item.no_gain:
        return None
    gain = facts.get("illegal_gain")
    name = {True: "gain", False: "no_gain", None: "gain_unknown"}[gain]
    met = None if gain is None else not gain
    return Reason("illegal_gain", gain, None, item.document, met, say(_WAIVER, name))


def _condition(facts: dict[str, Any], fact: str, conditions: Conditions) -> Reason:
    met = facts.get(fact)
    name = f"{fact}_{ {True: 'yes', False: 'no', None: 'unknown'}[met] }"
    return Reason(fact, met, conditions.clause, conditions.document, met, say(_WAIVER, name))
