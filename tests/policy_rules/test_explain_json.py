"""What ``runmiao rules explain`` tells (规则说明)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from core.errors import InvalidInput
from core.messages import sentence_for
from policy_rules.facts import known_facts
from policy_rules.penalty import waiver_terms
from policy_rules.rules import RULES, UnknownRule, explain_json

DAY = date(2026, 8, 1)
SOLD = {"taxpayer_type": "small_scale", "filing_cycle": "quarterly", "sales_yuan": "300000"}


def test_a_verdict_survives_json_with_amounts_as_strings() -> None:
    told = json.loads(json.dumps(explain_json("vat_small_scale", SOLD, DAY)))

    assert told["verdict"] == "no"
    assert told["amount_yuan"] == "3000.00"
    assert told["missing"] == []
    assert told["reasons"][0]["fact"] == "sales_yuan"
    assert told["reasons"][0]["met"] is False
    assert {"document": "law-vat", "clause": "第二十三条"} in told["sources"]


def test_the_day_decides_which_law_is_applied() -> None:
    before = explain_json("vat_small_scale", SOLD, date(2025, 12, 31))
    since = explain_json("vat_small_scale", SOLD, date(2026, 1, 1))

    assert (before["verdict"], since["verdict"]) == ("yes", "no")


def test_a_day_without_figures_is_unknown_and_says_so() -> None:
    told = explain_json("vat_small_scale", SOLD, date(2028, 1, 1))

    assert told["verdict"] == "unknown"
    assert told["amount_yuan"] is None
    assert "2028-01-01" in told["working"][0]


def test_open_conditions_are_named_as_missing() -> None:
    told = explain_json("cit_small_low_profit", {"taxable_income_yuan": 1}, DAY)

    assert told["missing"] == ["headcount", "assets_yuan"]
    assert told["working"]


def test_an_unknown_rule_is_refused_with_the_rules_there_are() -> None:
    with pytest.raises(UnknownRule) as refused:
        explain_json("vat_smal_scale", {}, DAY)

    assert refused.value.code == "unknown_rule"
    assert "vat_small_scale" in sentence_for(refused.value)


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("sales_yuan", "三十万"),
        ("sales_yuan", "-1"),
        ("sales_yuan", "NaN"),
        ("sales_yuan", "Infinity"),
        ("sales_yuan", True),
        ("sales_yuan", [300000]),
        ("taxpayer_type", "小规模"),
        ("filing_cycle", "yearly"),
        ("tax_included", "maybe"),
        ("special_invoice_yuan", "300000.01"),
    ],
)
def test_a_malformed_fact_is_refused_by_name(fact: str, value: Any) -> None:
    facts = {**SOLD, "sales_yuan": "200000", fact: value}

    with pytest.raises(InvalidInput) as refused:
        explain_json("vat_small_scale", facts, DAY)

    assert refused.value.details["fact"] == fact
    assert sentence_for(refused.value).startswith("填写的内容有误：")


@pytest.mark.parametrize(
    ("rule", "fact", "value"),
    [
        ("late_payment_surcharge", "days_late", "1.5"),
        ("late_payment_surcharge", "paid_on", "昨天"),
        ("filing_deadline", "filing_month", "2026-13"),
        ("disabled_fund", "local_ratio", "0.0149"),
        ("disabled_fund", "local_ratio", "1.5"),
    ],
)
def test_a_fact_out_of_its_range_is_refused_by_name(rule: str, fact: str, value: str) -> None:
    facts = {"employees": 50, "disabled_employees": 0, "average_wage_yuan": 1, fact: value}

    with pytest.raises(InvalidInput) as refused:
        explain_json(rule, {**facts, "tax_yuan": 1}, DAY)

    assert refused.value.details["fact"] == fact


def test_a_misspelt_fact_is_refused_and_the_facts_of_the_rule_are_told() -> None:
    with pytest.raises(InvalidInput) as refused:
        explain_json("vat_small_scale", {"sale_yuan": 1}, DAY)

    assert "sales_yuan" in refused.value.details["reason"]


def test_a_known_fact_of_another_rule_does_no_harm() -> None:
    told = explain_json("vat_small_scale", {**SOLD, "headcount": "many"}, DAY)

    assert told["amount_yuan"] == "3000.00"


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_every_fact_of_a_rule_can_be_asked_for(rule: Any) -> None:
    assert all(need.question.endswith("？") for need in rule.needs)
    assert rule.amount in (*rule.facts, "")
    assert [rule.need(fact).fact for fact in rule.facts] == list(rule.facts)


def test_the_violations_one_can_name_are_those_of_the_list() -> None:
    named = known_facts()["violation"]["options"]

    assert named == [*waiver_terms()[1], "not_listed"]
