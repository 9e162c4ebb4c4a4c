"""The register of rules (规则登记): everything that can be computed, by id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from core.errors import InvalidInput, ServiceError
from policy_rules import (
    cit,
    disabled_fund,
    filing,
    iit,
    penalty,
    registration,
    surcharge,
    vat,
)
from policy_rules.facts import Need, known_facts
from policy_rules.sentences import say
from policy_rules.span import Span
from policy_rules.verdicts import Reason, Rule, Verdict

__all__ = ["RULES", "Need", "Reason", "Rule", "UnknownRule", "Verdict", "explain_json"]

_PAYER = ("taxpayer_type", "subject")
_HALVING = ("is_small_low_profit", "new_firm", "headcount", "assets_yuan")


class UnknownRule(ServiceError):
    """There is no rule of that id (没有这条规则)."""

    code = "unknown_rule"
    status = 404


def _rule(
    rule_id: str,
    judge: Callable[[dict[str, Any], Span], Verdict | None],
    amount: str,
    *facts: str,
) -> Rule:
    return Rule(rule_id, say(rule_id, "title"), amount, facts, judge)


_ALL = (
    _rule(
        "vat_small_scale",
        vat.small_scale,
        "sales_yuan",
        *_PAYER,
        "filing_cycle",
        "sales_yuan",
        "tax_included",
        "invoice_type",
        "special_invoice_yuan",
    ),
    _rule(
        "general_registration",
        registration.general,
        "rolling_sales_yuan",
        "subject",
        "filing_cycle",
        "rolling_sales_yuan",
        "exceeded_on",
    ),
    _rule(
        "cit_small_low_profit",
        cit.small_low_profit,
        "taxable_income_yuan",
        "subject",
        "taxable_income_yuan",
        "headcount",
        "assets_yuan",
        "restricted_industry",
    ),
    _rule(
        "iit_sole_trader",
        iit.sole_trader,
        "taxable_income_yuan",
        "subject",
        "taxable_income_yuan",
    ),
    _rule(
        "iit_business_income",
        iit.business_income,
        "taxable_income_yuan",
        "subject",
        "taxable_income_yuan",
    ),
    _rule("six_taxes_halving", surcharge.six_taxes, "", *_PAYER, "tax_yuan", *_HALVING),
    _rule(
        "education_surcharge_exemption",
        surcharge.education,
        "sales_yuan",
        *_PAYER,
        "filing_cycle",
        "sales_yuan",
        "tax_yuan",
        *_HALVING,
    ),
    _rule(
        "urban_construction_tax",
        surcharge.urban_construction,
        "tax_yuan",
        *_PAYER,
        "tax_yuan",
        "location",
        *_HALVING,
    ),
    _rule(
        "disabled_fund",
        disabled_fund.disabled_fund,
        "average_wage_yuan",
        "subject",
        "employees",
        "disabled_employees",
        "average_wage_yuan",
        "local_ratio",
        "social_wage_yuan",
    ),
    _rule(
        "late_payment_surcharge",
        penalty.late_payment,
        "tax_yuan",
        "tax_yuan",
        "days_late",
        "due_on",
        "paid_on",
    ),
    _rule(
        "first_violation_waiver",
        penalty.first_violation,
        "",
        "violation",
        "first_violation",
        "minor_harm",
        "corrected_in_time",
        "illegal_gain",
    ),
    _rule("filing_deadline", filing.deadline, "", "filing_month"),
)

RULES: dict[str, Rule] = {rule.id: rule for rule in _ALL}


def explain_json(rule_id: str, facts: Mapping[str, Any], as_of: date) -> dict[str, Any]:
    """Judge facts by the figures of one day, in plain JSON types.

    Returns:
        The verdict; ``unknown`` without a reason where no figures are on file for that day.

    Raises:
        UnknownRule: There is no such rule; the details name those there are.
        InvalidInput: A fact is malformed, or none of the rule's; the details name it.
    """
    rule = RULES.get(rule_id)
    if rule is None:
        raise UnknownRule(rule=rule_id, known="、".join(RULES))
    for fact in facts:
        if fact not in rule.facts and fact not in known_facts():
            text = say("common", "unknown_fact", fact=fact, known="、".join(rule.facts))
            raise InvalidInput(fact=fact, reason=text)
    verdict = rule.explain(facts, as_of, as_of)
    if verdict is None:
        text = say("common", "no_figures", title=rule.title, day=as_of.isoformat())
        verdict = Verdict("unknown", working=(text,))
    return verdict.to_json()
