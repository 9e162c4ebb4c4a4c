"""A correction of what was asked last asks it anew, with the fact, term or period put right."""

from __future__ import annotations

from datetime import date

import pytest
from asking import TODAY, Asker

from answers.correcting import read_correction, revised
from answers.frame import Query

LAST = "小规模季度28万要交增值税吗"


@pytest.mark.parametrize(
    ("last", "said", "question"),
    [
        ("专票能开吗", "不是专票，是普票", "普票能开吗"),
        ("专票能开吗", "不是专票是普票", "普票能开吗"),
        ("专票能开吗", "是普票，不是专票", "普票能开吗"),
        ("增值税专用发票能开吗", "我说的不是专票，是普票", "普票能开吗"),
        (LAST, "我说的是一般纳税人", "一般纳税人季度28万要交增值税吗"),
        (LAST, "不对，是2025年的", "2025年小规模季度28万要交增值税吗"),
        (LAST, "错了，是31万", "小规模季度31万要交增值税吗"),
        ("今年三季度小规模28万要交税吗", "不对，是2025年的", "2025年第三季度小规模28万要交税吗"),
        ("印花税怎么申报", "说错了，是房产税", "房产税怎么申报"),
        ("公司怎么变更地址", "不是变更地址，是变更法人", "公司怎么变更法人"),
        (LAST, "我问的是怎么注销", "怎么注销"),
    ],
)
def test_the_last_question_is_put_right(last: str, said: str, question: str) -> None:
    found = read_correction(Query(said, TODAY, topic={"question": last}))

    assert found is not None
    assert found.question == question


@pytest.mark.parametrize(
    "text",
    [
        "不是小规模，是一般纳税人，能享受六税两费减半吗",
        "不对",
        "你说的不对",
        "是的",
        "不是我的错",
        "专票能开吗",
        "我是一般纳税人",
        "不是说小规模免税吗",
    ],
)
def test_what_corrects_nothing_is_left_alone(text: str) -> None:
    assert read_correction(Query(text, TODAY, topic={"question": LAST})) is None


def test_without_a_question_before_there_is_nothing_to_correct() -> None:
    assert read_correction(Query("不是专票，是普票", TODAY)) is None


def test_what_was_said_changes_only_what_it_is_about() -> None:
    assert revised(LAST, "谢谢", TODAY) is None
    assert revised("小规模28万、31万要交税吗", "35万", TODAY) is None


def test_a_corrected_amount_and_year_are_computed_anew(ask: Asker) -> None:
    first = ask(LAST)

    of_2025 = ask("不对，是2025年的30万", topic=first.topic)
    then = ask("说错了，是31万", topic=of_2025.topic)

    assert of_2025.outcome == "computed" and "应缴0元" in of_2025.parts[0].text
    assert of_2025.parts[0].text.startswith("按您更正的“2025年的30万”重新回答：")
    assert "应缴增值税3,100元" in then.parts[0].text
    assert then.tax_period == (date(2025, 1, 1), date(2025, 12, 31))
    assert then.entries[0]["case"]["asked"] == "2025年小规模季度31万要交增值税吗"


def test_a_corrected_kind_of_payer_is_answered_for_that_kind(ask: Asker) -> None:
    first = ask(LAST)

    told = ask("我说的是一般纳税人", topic=first.topic)

    assert "起征点只给小规模纳税人" in told.parts[0].text


def test_a_follow_up_is_corrected_with_what_it_said(ask: Asker) -> None:
    first = ask(LAST)
    then = ask("那31万呢", topic=first.topic)

    told = ask("不对，是2025年的", topic=then.topic)

    assert told.entries[0]["case"]["asked"] == "2025年小规模季度31万要交增值税吗"


def test_what_could_not_be_answered_can_be_corrected_too(ask: Asker) -> None:
    first = ask("小规模季度28万要交火星税吗")
    assert first.topic is not None

    told = ask("不是火星税，是增值税", topic=first.topic)

    assert "应缴0元" in told.parts[0].text


def test_a_message_of_two_questions_is_corrected_as_a_whole(ask: Asker) -> None:
    first = ask("小规模季度28万要交增值税吗？专票丢了怎么办")

    told = ask("不对，是31万", topic=first.topic)
    then = ask("那29万呢", topic=ask("专票丢了怎么办？小规模季度28万要交增值税吗").topic)

    assert [part.outcome for part in told.parts] == ["computed", "answered"]
    assert "应缴增值税3,100元" in told.parts[0].text
    assert told.entries[0]["case"]["asked"] == "小规模季度31万要交增值税吗?"
    assert then.topic is not None and then.topic["question"] == "小规模季度29万要交增值税吗"
