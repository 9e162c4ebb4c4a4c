"""One question, two tax periods: what holds for 2025 is never told for 2026, nor the reverse."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from asking import Asker

PAIRS = yaml.safe_load((Path(__file__).parent / "as_of_pairs.yml").read_text("utf-8"))
CASES = [
    pytest.param(pair, year, id=f"{pair['entry']}-{year}")
    for pair in PAIRS
    for year in (2025, 2026)
]


def check(told: Any, wanted: dict[str, Any], entry: str) -> None:
    part = told.parts[0]
    assert [each["id"] for each in told.entries] == [entry]
    for words in wanted["says"]:
        assert words in part.text, part.text
    for words in wanted["never"]:
        assert words not in part.text, part.text
    documents = {each.document_id for each in part.evidence}
    assert wanted["document"] is None or wanted["document"] in documents, documents


def test_there_are_forty_pairs() -> None:
    assert len(PAIRS) >= 40


@pytest.mark.parametrize(("pair", "year"), CASES)
def test_a_year_that_is_said_governs_the_answer(ask: Asker, pair: Any, year: int) -> None:
    told = ask(f"{year}年{pair['question']}")

    check(told, pair[year], pair["entry"])
    assert told.tax_period == (date(year, 1, 1), date(year, 12, 31))


@pytest.mark.parametrize("pair", PAIRS, ids=[each["entry"] for each in PAIRS])
def test_the_other_year_can_be_asked_for_afterwards(ask: Asker, pair: Any) -> None:
    first = ask(f"2026年{pair['question']}")

    told = ask("那2025年的呢", topic=first.topic)

    check(told, pair[2025], pair["entry"])


@pytest.mark.parametrize(
    ("said", "year"), [("去年三季度", 2025), ("今年三季度", 2026), ("2025年第三季度", 2025)]
)
def test_a_quarter_of_last_year_is_answered_for_that_quarter_and_says_so(
    ask: Asker, said: str, year: int
) -> None:
    told = ask(f"{said}小规模免征额是多少", today=date(2026, 11, 21))

    check(told, PAIRS[0][year], PAIRS[0]["entry"])
    assert told.parts[0].tax_period == f"{year}年第三季度"


@pytest.mark.parametrize("today", [date(2025, 9, 9), date(2026, 9, 9)])
def test_without_a_period_the_day_of_the_question_decides(ask: Asker, today: date) -> None:
    pair = PAIRS[0]

    told = ask(pair["question"], today=today)

    check(told, pair[today.year], pair["entry"])


def test_in_january_the_quarter_before_is_meant(ask: Asker) -> None:
    told = ask(PAIRS[0]["question"], today=date(2026, 1, 12))

    check(told, PAIRS[0][2025], PAIRS[0]["entry"])
    assert told.parts[0].tax_period == "2025年第四季度"
    assert "您没有说明所属期" in (told.parts[0].caution or "")


def test_a_period_across_the_change_gets_both_rules_each_with_its_span(ask: Asker) -> None:
    text = ask("2025年12月到2026年1月小规模免增值税的标准是多少").parts[0].text

    assert "（2023年1月1日至2025年12月31日的所属期）2025年及以前" in text
    assert "（2026年1月1日至2027年12月31日的所属期）2026年起" in text


@pytest.mark.parametrize("year", [2019, 2029])
def test_a_period_that_nobody_covers_is_refused_not_answered_by_another_rule(
    ask: Asker, year: int
) -> None:
    told = ask(f"{year}年小规模纳税人免增值税的标准是多少")

    assert told.outcome == "refused_no_evidence"
    assert f"{year}年的依据" in told.parts[0].text
    assert "万元" not in told.parts[0].text
    assert told.parts[0].evidence == ()


def test_an_amount_of_a_period_that_nobody_covers_is_not_computed(ask: Asker) -> None:
    told = ask("小规模2029年一季度销售额29万要交增值税吗")

    assert told.outcome == "refused_no_evidence"
    assert "rule" not in told.facts
