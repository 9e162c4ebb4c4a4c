"""Two or more questions in one message are split with care and answered in their order."""

from __future__ import annotations

from datetime import date

import pytest
from asking import TODAY, Asker

from answers.splitting import asks, questions_in

THRESHOLD = "vat-small-scale-threshold"


def split(text: str) -> list[str]:
    return [f"{each.carried}{each.text}" for each in questions_in(text, TODAY)]


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        (
            "小规模季度28万要交税吗？专票能开吗",
            ["小规模季度28万要交税吗？", "小规模专票能开吗"],
        ),
        ("怎么注销，还有社保怎么停", ["怎么注销", "社保怎么停"]),
        ("怎么注销还有社保怎么停", ["怎么注销", "社保怎么停"]),
        ("怎么注销，社保怎么停", ["怎么注销", "社保怎么停"]),
        ("印花税怎么报？另外房产税什么时候交", ["印花税怎么报？", "房产税什么时候交"]),
        (
            "我是个体户。今年三月没开票，要零申报吗？专票能开吗？",
            ["我是个体户。今年三月没开票，要零申报吗？", "个体户专票能开吗？"],
        ),
        ("1、印花税怎么报 2、房产税怎么报", ["印花税怎么报？", "房产税怎么报？"]),
        ("请问：①印花税怎么报②房产税怎么报", ["请问：印花税怎么报？", "房产税怎么报？"]),
        ("（1）专票丢了怎么办（2）残保金怎么算", ["专票丢了怎么办？", "残保金怎么算？"]),
        ("第一，专票怎么开；第二，残保金要交吗", ["专票怎么开？", "残保金要交吗？"]),
        (
            "2025年小规模免税标准多少？2026年呢？",
            ["2025年小规模免税标准多少？", "小规模2026年呢？"],
        ),
        ("小规模免税标准多少，那一般纳税人呢？", ["小规模免税标准多少", "那一般纳税人呢？"]),
        ("小规模免税标准多少？一般纳税人呢？", ["小规模免税标准多少？", "一般纳税人呢？"]),
    ],
)
def test_questions_are_split_where_one_ends(text: str, questions: list[str]) -> None:
    assert split(text) == questions


@pytest.mark.parametrize(
    "text",
    [
        "小规模季度28万要交税吗",
        "专票、普票、数电票有什么区别",
        "季度开票31万，其中专票5万，普票26万，增值税怎么算",
        "注销还有哪些步骤",
        "公司还有欠税怎么注销",
        "需要什么材料，去哪办，多久能办完",
        "专票丢了怎么办？要罚款吗？",
        "小规模和一般纳税人有什么区别，哪个好",
        "28万要交税吗，还是免税",
        "我怎么都登录不上，专票怎么开",
        "我昨天去大厅，你猜怎么着？人家说不行。请问专票丢了怎么办？",
        "我开店去年没开票，今年3月让我补税，我不知道怎么办，请问定期定额户要补税吗",
        "一、二、三季度的税怎么报",
        "退税需要：1、身份证 2、银行卡 3、申请表",
        "如何处理申报个税，缴款的时候提示状态不明的情况？",
        "开1.5万的票要交税吗",
        "？？？",
        "",
        "还有",
    ],
)
def test_what_is_one_question_stays_one(text: str) -> None:
    assert split(text) == [text]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("专票能开吗", True), ("怎么办", False), ("没什么", False), ("怎么都登不上", False)],
)
def test_what_asks_nothing_is_no_question(text: str, expected: bool) -> None:
    assert asks(text) is expected


def test_both_are_answered_in_order_each_in_its_own_bubble(ask: Asker) -> None:
    told = ask("小规模季度28万要交增值税吗？专票能开吗")

    assert told.outcome == "answered"
    assert [part.outcome for part in told.parts] == ["computed", "answered"]
    assert "免征增值税，应缴0元" in told.parts[0].text
    assert "专用发票" in told.parts[1].text and told.parts[1].evidence


def test_each_entry_is_kept_with_the_case_it_was_answered_for(ask: Asker) -> None:
    told = ask("2025年三季度小规模28万要交增值税吗？税务注销怎么走流程")

    first, second = told.entries
    assert (first["id"], first["case"]["outcome"]) == (THRESHOLD, "computed")
    assert first["case"]["tax_period"] == ["2025-07-01", "2025-09-30"]
    assert second["case"]["asked"] == "税务注销怎么走流程"
    assert second["case"]["tax_period"] == ["2026-10-01", "2026-12-31"]
    assert told.tax_period == (date(2025, 7, 1), date(2026, 12, 31))
    assert {each["document"] for each in told.sources} >= {
        evidence.document_id for part in told.parts for evidence in part.evidence
    }


def test_a_year_alone_is_read_with_the_question_before_it(ask: Asker) -> None:
    told = ask("2025年小规模免税标准多少？2026年呢？")

    assert [each["id"] for each in told.entries] == [THRESHOLD, THRESHOLD]
    assert "不超过10万元" in told.parts[0].text
    assert "没达到10万元" in told.parts[1].text
    assert told.topic is not None and told.topic["about"] == "2026年小规模免税标准多少?"


def test_what_is_not_found_is_refused_on_its_own(ask: Asker) -> None:
    told = ask("专票丢了怎么办？注册商标怎么设计图案")

    assert [part.outcome for part in told.parts][0] == "answered"
    assert len(told.parts) == 2
    assert told.parts[1].evidence == () or told.parts[1].outcome == "referred"


def test_three_are_answered_and_the_rest_is_named(ask: Asker) -> None:
    told = ask("1、小规模免税标准是多少 2、专票丢了怎么办 3、残保金怎么算 4、印花税怎么申报")

    *answers, left = told.parts
    assert len(answers) == 3
    assert "还没答的是" in left.text and "印花税怎么申报" in left.text
    assert [button.value for button in left.buttons] == ["小规模印花税怎么申报？"]


def test_the_same_question_in_other_words_gets_one_bubble(ask: Asker) -> None:
    told = ask("小规模免增值税的标准是多少？小规模增值税起征点是多少？")

    assert len(told.parts) == 1
    assert [each["id"] for each in told.entries] == [THRESHOLD]


def test_what_is_asked_back_is_what_the_next_message_answers(ask: Asker) -> None:
    told = ask("季度销售额28万要交增值税吗？专票丢了怎么办")

    assert [part.outcome for part in told.parts] == ["clarifying", "answered"]
    again = ask("小规模", topic=told.topic)
    assert "免征增值税，应缴0元" in again.parts[0].text
