"""A short reply is read with the last answer: its entry, period, facts and amount."""

from __future__ import annotations

from datetime import date

import pytest
from asking import TODAY, Asker

from answers.frame import Firm, Query

THRESHOLD = "vat-small-scale-threshold"


def test_a_year_alone_is_about_the_last_answer(ask: Asker) -> None:
    first = ask("小规模纳税人免增值税的标准是多少")

    told = ask("那2025年的呢", topic=first.topic)

    assert [each["id"] for each in told.entries] == [THRESHOLD]
    assert "不超过10万元" in told.parts[0].text


def test_a_kind_of_payer_alone_is_about_the_last_answer(ask: Asker) -> None:
    first = ask("小规模季度销售额29万要交增值税吗")

    told = ask("一般纳税人呢", topic=first.topic)

    assert "起征点只给小规模纳税人" in told.parts[0].text


def test_an_amount_alone_is_computed_with_what_was_said_before(ask: Asker) -> None:
    first = ask("小规模季度销售额29万要交增值税吗")

    told = ask("那31万呢", topic=first.topic)

    assert "应缴增值税3,100元" in told.parts[0].text


def test_the_amount_and_the_period_said_before_are_kept(ask: Asker) -> None:
    first = ask("2025年四季度小规模销售额正好30万要交增值税吗")

    told = ask("按月呢", topic=first.topic)

    assert told.tax_period == (date(2025, 10, 1), date(2025, 12, 31))
    assert "一个月不含税销售额30万元" in told.parts[0].text


def test_an_amount_that_could_not_be_computed_with_is_not_kept(ask: Asker) -> None:
    first = ask("小规模季度30万以内免增值税吗")

    assert first.topic is not None
    assert first.topic["amounts"] == []
    assert ask("2025年的呢", topic=first.topic).outcome == "answered"


def test_how_to_do_it_is_about_the_last_answer(ask: Asker) -> None:
    first = ask("小规模纳税人免增值税的标准是多少")

    told = ask("怎么办理", topic={**(first.topic or {}), "amounts": ["290000"]})

    assert [each["id"] for each in told.entries] == [THRESHOLD]
    assert "怎么办：\n1. " in told.parts[0].text
    assert told.outcome == "answered"


def test_a_whole_new_question_leaves_the_topic(ask: Asker) -> None:
    first = ask("小规模纳税人免增值税的标准是多少")

    told = ask("注册资本要交印花税吗", topic=first.topic)

    assert [each["id"] for each in told.entries] == ["property-stamp-tax-capital"]


@pytest.mark.parametrize("text", ["那2025年的呢", "怎么办理", "我是小规模纳税人"])
def test_without_a_topic_a_short_reply_is_not_made_up(ask: Asker, text: str) -> None:
    told = ask(text)

    assert told.outcome in ("clarifying", "answered", "refused_no_evidence")
    assert [each.get("id") for each in told.entries] != [THRESHOLD]


def test_a_topic_whose_entry_is_gone_is_forgotten(ask: Asker) -> None:
    told = ask("那2025年的呢", topic={"entry_id": "no-such-entry", "period": [], "facts": {}})

    assert "no-such-entry" not in [each.get("id") for each in told.entries]


def test_the_facts_of_the_bound_firm_are_used_and_named(ask: Asker) -> None:
    firm = Firm(7, "润苗示例小吃店", {"taxpayer_type": "small_scale", "filing_cycle": "quarterly"})

    told = ask("销售额29万要交增值税吗", firm=firm)

    assert "免征增值税，应缴0元" in told.parts[0].text
    assert "按润苗示例小吃店的登记情况（小规模纳税人、按季申报）回答。" in (
        told.parts[0].caution or ""
    )


def test_what_is_said_goes_before_what_is_on_file(ask: Asker) -> None:
    firm = Firm(7, "润苗示例小吃店", {"taxpayer_type": "small_scale", "filing_cycle": "quarterly"})

    told = ask("我现在是一般纳税人，季度销售额29万免增值税吗", firm=firm)

    assert "起征点只给小规模纳税人" in told.parts[0].text


def test_a_rule_for_others_is_named_as_such(ask: Asker) -> None:
    first = ask("小规模纳税人免增值税的标准是多少")

    text = ask("一般纳税人呢", topic=first.topic).parts[0].text

    assert text.startswith("下面的规定适用于小规模纳税人；您如果是一般纳税人，不能直接照用")


@pytest.mark.parametrize(
    ("first", "then", "begins"),
    [
        ("发票额度不够用怎么增加", "要什么材料", "要准备："),
        ("三方协议怎么签", "在哪办", "在哪儿办："),
        ("三方协议怎么签", "怎么弄", "怎么办："),
        ("小规模纳税人免增值税的标准是多少", "依据是什么", "依据是"),
        ("小规模纳税人免增值税的标准是多少", "为什么", "依据是"),
    ],
)
def test_what_alone_is_asked_of_the_last_answer_stands_first(
    ask: Asker, first: str, then: str, begins: str
) -> None:
    before = ask(first)

    told = ask(then, topic=before.topic)

    assert told.entries[0]["id"] == before.entries[0]["id"]
    assert told.parts[0].text.removeprefix("【以下办理信息待核】").startswith(begins)


def test_what_the_last_answer_does_not_tell_is_not_made_up(ask: Asker) -> None:
    before = ask("小规模纳税人免增值税的标准是多少")

    told = ask("要多久", topic=before.topic)

    assert told.parts[0].text.startswith("要多久办好，资料库里这一条没有写明，我不能估计")


@pytest.mark.parametrize(
    ("then", "entry"),
    [("跨年的呢", "invoice-red-cross-year"), ("只退了一部分货呢", "invoice-red-partial")],
)
def test_what_goes_further_is_asked_as_one_with_the_last_question(
    ask: Asker, then: str, entry: str
) -> None:
    first = ask("发票开错了怎么红冲")

    told = ask(then, topic=first.topic)

    assert [each["id"] for each in told.entries] == [entry]
    assert "红冲" in (told.topic or {})["question"]


@pytest.mark.parametrize("then", ["那股票怎么买呢", "今天天气怎么样呢", "那装修公司哪家好呢"])
def test_what_is_foreign_gets_no_answer_about_the_last_question(ask: Asker, then: str) -> None:
    first = ask("小规模纳税人免增值税的标准是多少")

    told = ask(then, topic=first.topic)

    assert told.outcome in ("clarifying", "refused_no_evidence")


def test_an_agent_is_suggested_what_a_follow_up_asks(ask: Asker) -> None:
    first = ask("小规模纳税人免增值税的标准是多少")

    for then in ("那2025年的呢", "怎么弄", "一般纳税人呢"):
        found = ask.engine.suggest(Query(then, TODAY, topic=first.topic))
        assert found[0].entry_id == THRESHOLD, then
        assert len({each.entry_id for each in found}) == len(found)
    year = ask.engine.suggest(Query("那2025年的呢", TODAY, topic=first.topic))
    assert "不超过10万元" in year[0].part.text


def test_an_agent_is_suggested_the_answer_to_what_was_chosen(ask: Asker) -> None:
    first = ask("捐款能抵税吗")

    found = ask.engine.suggest(Query("个人", TODAY, topic=first.topic))

    assert found[0].entry_id == "iit-donation-personal"
