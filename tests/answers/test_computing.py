"""A rule is run with an amount that was said plainly, of that kind and span, and never else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from asking import Asker

from answers.said import facts_in
from answers.sentences import fact_label
from policy_rules.facts import known_facts
from policy_rules.rules import RULES


@pytest.mark.parametrize(
    ("question", "says", "amount"),
    [
        ("小规模季度销售额29万要交增值税吗", "免征增值税，应缴0元", "0.00"),
        ("小规模季度销售额正好30万要交增值税吗", "应缴增值税3,000元", "3000.00"),
        ("2025年四季度小规模销售额正好30万要交增值税吗", "免征增值税，应缴0元", "0.00"),
        ("小规模季度销售额31万要交多少增值税", "应缴增值税3,100元", "3100.00"),
        ("小规模季度含税30万要交增值税吗", "不含税297,029.70元", "0.00"),
        ("一般纳税人季度销售额28万免增值税吗", "起征点只给小规模纳税人", None),
        ("个体户应纳税所得额100万交多少个税", "应缴142,250元", "142250.00"),
        ("个人独资企业应纳税所得额10万交多少个税", "9,500元", "9500.00"),
        ("欠税10000元，晚了30天，滞纳金怎么算", "应加收滞纳金150元", "150.00"),
        ("欠税一万元晚了三十天滞纳金多少", "应加收滞纳金150元", "150.00"),
        ("城建税怎么算，市区，增值税1000元", "1,000元×7%（市区）＝70元", None),
        ("城建税怎么算，在县城，小规模，缴了增值税1000元", "应缴城市维护建设税25元", "25.00"),
        ("小规模季度销售额28万，教育费附加要交吗", "免征教育费附加和地方教育附加", "0"),
    ],
)
def test_a_plain_amount_is_computed_with(
    ask: Asker, question: str, says: str, amount: str | None
) -> None:
    told = ask(question)

    assert told.outcome == "computed", told.parts[0].text
    assert says in told.parts[0].text
    given = told.facts["rule"]["amount_yuan"]
    assert given == amount or Decimal(given) == Decimal(amount or "NaN")


@pytest.mark.parametrize(
    "question",
    [
        "小规模超过500万什么时候变成一般纳税人",
        "小规模一个月流水不到10万要交增值税吗",
        "注册资本100万要交印花税吗",
        "公司注册资本100万，交企业所得税吗",
        "小规模季度30万以内免增值税吗",
        "小规模季度普票20万专票5万交多少增值税",
        "小规模一年80万要交增值税吗",
        "小规模2025年卖了80万要交增值税吗",
        "小规模季度销售额30万左右要交增值税吗",
        "小规模季度大概28万要交增值税吗",
        "小规模季度卖了28万多要交增值税吗",
        "小规模季度起征点是30万吗",
        "小规模季度利润30万要交增值税吗",
        "小规模亏损20万要交企业所得税吗",
        "公司一年销售额80万交多少企业所得税",
        "公司一个季度利润50万交多少企业所得税",
        "小规模季度销售额130万要登记为一般纳税人吗",
        "罚款200元要交滞纳金吗",
        "销售额40万要交多少城建税",
    ],
)
def test_a_limit_an_estimate_or_the_amount_of_another_thing_is_not_computed_with(
    ask: Asker, question: str
) -> None:
    told = ask(question)

    assert told.outcome != "computed", told.parts[0].text
    assert "rule" not in told.facts


def test_a_rule_about_another_tax_does_not_answer(ask: Asker) -> None:
    told = ask("季度销售额29万要交增值税吗")

    assert told.facts["rule"]["sources"] is not None
    assert told.parts[0].title == RULES["vat_small_scale"].title
    assert "教育费附加" not in told.parts[0].text


def test_what_is_missing_is_asked_for_and_the_reply_is_computed_with(ask: Asker) -> None:
    asked = ask("季度销售额29万要交增值税吗")

    assert asked.outcome == "clarifying"
    assert asked.parts[0].clarification is not None
    options = asked.parts[0].clarification["options"]
    assert options == ["小规模纳税人", "一般纳税人"]
    assert [button.value for button in asked.parts[0].buttons] == options
    told = ask(options[0], topic=asked.topic)
    assert told.outcome == "computed"
    assert "免征增值税，应缴0元" in told.parts[0].text
    assert "起征点只给小规模纳税人" in ask(options[1], topic=asked.topic).parts[0].text


@pytest.mark.parametrize("fact", ["taxpayer_type", "subject", "filing_cycle", "location"])
def test_every_option_that_is_offered_is_understood_when_it_is_tapped(fact: str) -> None:
    for option in known_facts()[fact]["options"]:
        assert facts_in(fact_label(option)).get(fact) == option


def test_asking_for_a_calculation_without_an_amount_gets_the_answer_and_the_question(
    ask: Asker,
) -> None:
    told = ask("小规模增值税起征点是多少", act="ask_calculation")

    assert told.outcome == "answered"
    assert "没达到10万元" in told.parts[0].text
    assert "销售额是多少" in told.parts[0].text


def test_a_computation_shows_the_sources_of_its_figures(ask: Asker) -> None:
    told = ask("小规模季度销售额正好30万要交增值税吗")

    documents = {each.document_id for each in told.parts[0].evidence}
    assert "mof-sta-2026-10" in documents
    assert documents <= {each["document"] for each in told.facts["rule"]["sources"]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("我是小规模", {"taxpayer_type": "small_scale"}),
        ("超标后什么时候成为一般纳税人", {}),
        ("我不是一般纳税人", {}),
        ("给一般纳税人开票", {}),
        ("一般纳税人登记要什么材料", {}),
        ("小规模和一般纳税人有什么区别", {}),
        ("晚了30天", {"days_late": "30"}),
        ("30天内要办", {}),
        ("晚了10天还是20天", {}),
        ("含税还是不含税", {}),
        ("价税合计", {"tax_included": "yes"}),
        ("店在县城", {"location": "county"}),
    ],
)
def test_only_what_is_said_of_the_payer_is_a_fact(text: str, found: dict[str, str]) -> None:
    assert facts_in(text) == found
