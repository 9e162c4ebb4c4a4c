"""One question back: about what tells the candidates apart, answered by a tap, number or words."""

from __future__ import annotations

from typing import Any

import pytest
from asking import TODAY, Asker

from answers.choosing import read_choice
from answers.clarify import between_entries, is_of_another_case
from answers.frame import Firm, Query, read_frame
from knowledge_base.ranking import Hit

DONATION = "捐款能抵税吗"
FIRM, PERSON = "cit-donation", "iit-donation-personal"
EXACT = "以前漏报的收入，小规模季度30万整要补增值税吗"


def split(ask: Asker, text: str, *names: str, firm: Firm | None = None) -> Any:
    """What is asked where these entries are all but equally near."""
    frame = read_frame(Query(text, TODAY, firm=firm))
    hits = [Hit(name, 0.6 - 0.01 * place, "") for place, name in enumerate(names)]
    return between_entries(hits, frame, ask.snapshot)


@pytest.mark.parametrize(
    ("text", "names", "about", "labels"),
    [
        (DONATION, (FIRM, PERSON), "subject", ("公司", "个人")),
        ("亏了能抵几年", ("cit-loss-carry-forward", "iit-business-loss"), "subject",
         ("公司", "个体工商户")),
        ("票丢了怎么办", ("invoice-lost-paper", "invoice-lost-ordinary", "invoice-lost-blank"),
         "invoice_type", ("专用发票", "普通发票", "空白纸质发票")),
        ("卖房要交什么", ("property-home-sale-taxes", "property-shop-sale-taxes"), "property",
         ("住房", "商铺、厂房、写字楼")),
        ("押金没收了要交吗", ("vat-deposit", "invoice-deposit-penalty"), "matter",
         ("增值税", "开票、收票")),
        ("招残疾人有什么好处", ("cit-disabled-wage", "vat-refund-disabled-employees",
         "surcharge-disabled-fund"), "matter", ("企业所得税", "增值税", "残疾人就业保障金")),
    ],
)  # fmt: skip
def test_what_tells_the_candidates_apart_is_asked_for(
    ask: Asker, text: str, names: tuple[str, ...], about: str, labels: tuple[str, ...]
) -> None:
    asking = split(ask, text, *names)

    assert (asking.about, tuple(option.label for option in asking.options)) == (about, labels)
    assert [option.entries[0] for option in asking.options] == list(names)


@pytest.mark.parametrize("text", ["公司捐款能抵税吗", "我个人捐的款能抵税吗", "企业捐款抵什么税"])
def test_what_the_question_says_is_not_asked(ask: Asker, text: str) -> None:
    assert split(ask, text, FIRM, PERSON) is None or (
        split(ask, text, FIRM, PERSON).about != "subject"
    )


def test_what_is_on_file_is_not_asked(ask: Asker) -> None:
    firm = Firm(7, "润苗示例小吃店", {"subject": "enterprise"})

    asking = split(ask, DONATION, FIRM, PERSON, firm=firm)

    assert asking is None or asking.about != "subject"


def test_entries_that_differ_in_nothing_nameable_are_offered_as_questions(ask: Asker) -> None:
    assert split(ask, "信用", "credit-levels", "credit-benefits") is None


def test_two_equally_near_entries_for_different_people_are_asked_about(ask: Asker) -> None:
    told = ask(DONATION)

    part = told.parts[0].to_json()
    assert told.outcome == "clarifying"
    assert part["clarification"]["options"] == ["公司", "个人"]
    assert {each["id"] for each in told.entries} == {FIRM, PERSON}
    assert [each["value"] for each in part["buttons"]] == ["公司", "个人", "转人工", "我要提诉求"]


@pytest.mark.parametrize(
    "said",
    ["个人", "个人的", "我是个人", "2", "２", "第二个", "选2", "后面那个", "个人。", "是个人吧"],
)
def test_an_option_is_chosen_by_a_tap_its_number_or_in_words(ask: Asker, said: str) -> None:
    first = ask(DONATION)

    told = ask(said, topic=first.topic)

    assert told.outcome == "answered"
    assert told.entries[0]["id"] == PERSON
    assert "choice" not in (told.topic or {})


@pytest.mark.parametrize("said", ["都不是", "不清楚", "第三个"])
def test_whoever_chooses_none_is_offered_a_person(ask: Asker, said: str) -> None:
    first = ask(DONATION)

    told = ask(said, topic=first.topic)

    assert told.outcome == "refused_no_evidence"
    assert "转人工" in {button.label for button in told.parts[0].buttons}


def test_a_new_question_instead_of_a_choice_is_answered(ask: Asker) -> None:
    first = ask(DONATION)

    told = ask("注册资本要交印花税吗", topic=first.topic)

    assert told.entries[0]["id"] == "property-stamp-tax-capital"
    assert "choice" not in (told.topic or {})


def test_a_choice_is_answered_without_asking_again(ask: Asker) -> None:
    topic = {
        "choice": {
            "about": "matter",
            "asked": "卖房子",
            "options": [
                {"label": label, "say": f"{label}，2025年到2026年修设备几个点", "entries": names,
                 "is_unsure": False}
                for label, names in (("增值税", ["vat-rate-maintenance"]), ("别的", [FIRM]))
            ],
        }
    }  # fmt: skip

    told = ask("增值税", topic=topic)

    assert told.outcome == "answered"
    assert told.entries[0]["id"] == "vat-rate-maintenance"


def test_two_short_cases_are_told_with_whom_each_is_for(ask: Asker) -> None:
    told = ask("公司买车的进项能抵吗")

    lines = told.parts[0].text.splitlines()
    assert told.outcome == "answered"
    assert lines[0].startswith("一般纳税人：能。")
    assert lines[1].startswith("小规模纳税人：不能抵。")
    assert {"我是一般纳税人", "我是小规模纳税人"} <= {b.label for b in told.parts[0].buttons}


def test_cases_too_long_to_be_told_together_are_asked_for(ask: Asker) -> None:
    first = ask("2025年到2026年设备维修增值税几个点")

    assert first.outcome == "clarifying"
    assert first.parts[0].clarification == {
        "question": "您是小规模纳税人，还是一般纳税人？",
        "options": ["一般纳税人", "小规模纳税人", "我不清楚"],
    }
    small = ask("小规模", topic=first.topic)
    unsure = ask("不太清楚", topic=first.topic)
    assert small.outcome == unsure.outcome == "answered"
    assert "修理修配" not in small.parts[0].text.split("\n\n")[0]
    assert "一般纳税人：" in unsure.parts[0].text
    assert "小规模纳税人" in unsure.parts[0].text


def test_a_period_across_a_change_gets_both_rules(ask: Asker) -> None:
    text = ask("2025年10月到2026年3月小规模增值税起征点是多少").parts[0].text

    assert "（2023年1月1日至2025年12月31日的所属期）" in text
    assert "（2026年1月1日至2027年12月31日的所属期）" in text


def test_the_year_is_asked_for_where_it_decides_what_is_owed(ask: Asker) -> None:
    first = ask(EXACT)

    assert first.outcome == "clarifying"
    assert first.parts[0].clarification == {
        "question": "您问的是哪一年的？",
        "options": ["2026年", "2025年及以前", "我不清楚"],
    }
    told = {
        said: ask(said, topic=first.topic) for said in ("2026年", "2025年及以前", "去年的", "2")
    }
    assert "应缴增值税3,000元" in told["2026年"].parts[0].text
    for said in ("2025年及以前", "去年的", "2"):
        assert "免征增值税，应缴0元" in told[said].parts[0].text, said
    both = ask("我不清楚", topic=first.topic).parts[0].text
    assert "2025年及以前" in both
    assert "2026年起" in both


@pytest.mark.parametrize(
    "text", ["2025年漏报的，小规模季度30万整要补增值税吗", "小规模季度30万整要交增值税吗"]
)
def test_a_year_that_is_said_or_not_in_doubt_is_not_asked(ask: Asker, text: str) -> None:
    assert ask(text).outcome == "computed"


def test_what_a_rule_needs_is_answered_by_number_too(ask: Asker) -> None:
    first = ask("季度销售额29万要交增值税吗")
    assert first.outcome == "clarifying"
    options = first.parts[0].clarification["options"]  # type: ignore[index]

    told = ask(str(options.index("小规模纳税人") + 1), topic=first.topic)

    assert "免征增值税，应缴0元" in told.parts[0].text


def test_an_offered_question_is_answered_for_what_was_said_before() -> None:
    option = {"label": "小规模纳税人每月或每季卖多少钱可以免增值税？", "say": "2025年那时候免多少",
              "entries": ["vat-small-scale-threshold"], "is_unsure": False}  # fmt: skip
    topic = {"choice": {"about": "question", "asked": "2025年那时候免多少", "options": [option]}}

    choice = read_choice(Query("小规模纳税人每月或每季卖多少钱可以免增值税", TODAY, topic=topic))

    assert choice is not None
    assert choice.question == "2025年那时候免多少"


@pytest.mark.parametrize(
    ("said", "other"), [("那个人捐款呢", True), ("公司捐款呢", False), ("那契税呢", True)]
)
def test_an_entry_about_another_case_is_told_apart(ask: Asker, said: str, other: bool) -> None:
    assert is_of_another_case(ask.snapshot.entries[FIRM], said) is other
