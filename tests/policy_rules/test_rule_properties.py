"""What holds for any amount (性质): no tax falls as its base grows, none is negative."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from policy_rules.iit import bracket_tax
from policy_rules.parameters import figure
from policy_rules.rules import RULES, Verdict

NEW = (date(2026, 7, 1), date(2026, 9, 30))
OLD = (date(2025, 7, 1), date(2025, 9, 30))
yuan = st.decimals(min_value=0, max_value=10**8, places=2)
periods = st.sampled_from([OLD, NEW])
SMALL_SCALE = {"taxpayer_type": "small_scale", "filing_cycle": "quarterly"}
SMALL_COMPANY = {"headcount": 10, "assets_yuan": 10**6}


def _tax(rule: str, period: tuple[date, date], **facts: object) -> Decimal:
    verdict = RULES[rule].explain(facts, *period)
    assert verdict is not None
    assert verdict.amount_yuan is not None
    return verdict.amount_yuan


@given(yuan, yuan, periods)
def test_vat_never_falls_as_sales_grow(
    one: Decimal, other: Decimal, period: tuple[date, date]
) -> None:
    less, more = sorted((one, other))

    lower = _tax("vat_small_scale", period, **SMALL_SCALE, sales_yuan=less)
    higher = _tax("vat_small_scale", period, **SMALL_SCALE, sales_yuan=more)

    assert Decimal(0) <= lower <= higher


@given(yuan)
def test_the_new_law_never_exempts_what_the_old_taxed(sales: Decimal) -> None:
    before = _tax("vat_small_scale", OLD, **SMALL_SCALE, sales_yuan=sales)
    since = _tax("vat_small_scale", NEW, **SMALL_SCALE, sales_yuan=sales)

    assert since >= before


@given(yuan, periods)
def test_a_gross_amount_is_never_taxed_more_than_the_same_amount_net(
    sales: Decimal, period: tuple[date, date]
) -> None:
    net = _tax("vat_small_scale", period, **SMALL_SCALE, sales_yuan=sales)
    gross = _tax("vat_small_scale", period, **SMALL_SCALE, sales_yuan=sales, tax_included=True)

    assert gross <= net


@given(yuan, yuan)
def test_enterprise_income_tax_never_falls_as_income_grows(one: Decimal, other: Decimal) -> None:
    less, more = sorted((one, other))

    lower = _tax("cit_small_low_profit", NEW, **SMALL_COMPANY, taxable_income_yuan=less)
    higher = _tax("cit_small_low_profit", NEW, **SMALL_COMPANY, taxable_income_yuan=more)

    assert Decimal(0) <= lower <= higher


@given(yuan, yuan)
def test_a_sole_traders_tax_never_falls_as_income_grows(one: Decimal, other: Decimal) -> None:
    less, more = sorted((one, other))

    lower = _tax("iit_sole_trader", NEW, taxable_income_yuan=less)
    higher = _tax("iit_sole_trader", NEW, taxable_income_yuan=more)

    assert Decimal(0) <= lower <= higher


@given(yuan)
def test_a_sole_trader_pays_between_half_and_all_of_what_a_partner_pays(income: Decimal) -> None:
    halved = _tax("iit_sole_trader", NEW, taxable_income_yuan=income)
    full = _tax("iit_business_income", NEW, subject="partnership", taxable_income_yuan=income)

    assert full / 2 - Decimal("0.01") <= halved <= full


@given(yuan)
def test_the_quick_deductions_give_the_same_tax_as_bracket_by_bracket(income: Decimal) -> None:
    brackets = figure("iit.business_income.brackets", NEW[0])
    slices, lower = Decimal(0), Decimal(0)
    for row in brackets:
        upper = income if row["up_to"] is None else min(income, row["up_to"])
        slices += max(upper - lower, Decimal(0)) * row["rate"]
        lower = max(lower, upper)

    assert bracket_tax(income, brackets) == slices


@given(yuan, st.integers(0, 5000), st.integers(0, 5000))
def test_the_surcharge_for_late_payment_never_falls_as_days_pass(
    tax: Decimal, one: int, other: int
) -> None:
    less, more = sorted((one, other))

    lower = _tax("late_payment_surcharge", NEW, tax_yuan=tax, days_late=less)
    higher = _tax("late_payment_surcharge", NEW, tax_yuan=tax, days_late=more)

    assert Decimal(0) <= lower <= higher


@given(st.integers(1, 5000), st.integers(0, 100), yuan)
def test_the_disabled_fund_is_never_negative_and_more_hires_never_cost_more(
    employees: int, disabled: int, wage: Decimal
) -> None:
    facts = {"employees": employees, "average_wage_yuan": wage}

    with_these = _tax("disabled_fund", NEW, **facts, disabled_employees=disabled)
    with_one_more = _tax("disabled_fund", NEW, **facts, disabled_employees=disabled + 1)

    assert Decimal(0) <= with_one_more <= with_these


@given(yuan, st.sampled_from(["city", "county", "elsewhere"]))
def test_halving_never_raises_a_surcharge(tax: Decimal, location: str) -> None:
    facts = {"tax_yuan": tax, "location": location}
    full = {"taxpayer_type": "general", "subject": "enterprise", "is_small_low_profit": False}

    halved = _tax("urban_construction_tax", NEW, **facts, taxpayer_type="small_scale")
    whole = _tax("urban_construction_tax", NEW, **facts, **full)

    assert halved <= whole


@given(yuan, st.sampled_from(sorted(RULES)), periods)
def test_every_amount_is_rounded_to_the_fen(
    amount: Decimal, rule: str, period: tuple[date, date]
) -> None:
    facts = {**SMALL_SCALE, **SMALL_COMPANY, "days_late": 7, "location": "city", "employees": 40}
    facts |= {"disabled_employees": 0, "subject": "enterprise", RULES[rule].amount: amount}

    verdict: Verdict | None = RULES[rule].explain(facts, *period)

    assert verdict is None or verdict.amount_yuan == _rounded(verdict.amount_yuan)


def _rounded(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else amount.quantize(Decimal("0.01"))
