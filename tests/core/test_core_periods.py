"""Tax periods (所属期) as people say them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.periods import (
    Period,
    month_of,
    parse_period,
    previous_quarter,
    quarter_containing,
    quarter_of,
    year_of,
)

TODAY = date(2026, 1, 6)
YEARS = st.integers(2015, 2028)
DAYS = st.dates(date(2020, 1, 1), date(2029, 12, 31))


@given(year=YEARS, quarter=st.integers(1, 4), month=st.integers(1, 12))
def test_the_label_of_a_period_is_read_back(year, quarter, month):
    for period in (quarter_of(year, quarter), month_of(year, month), year_of(year)):
        read = parse_period(f"{period.label}的增值税", TODAY)
        assert (read.first, read.last) == (period.first, period.last)


@given(day=DAYS)
def test_quarters_follow_one_another_without_gap(day):
    this, before = quarter_containing(day), previous_quarter(day)

    assert this.first <= day <= this.last
    assert before.last + timedelta(days=1) == this.first


@given(day=DAYS)
def test_last_quarter_and_last_month_are_those_before_today(day):
    for said in ("上季度", "上一季度", "上个季度", "上一个季度"):
        quarter = parse_period(f"{said}的税", day)
        assert (quarter.first, quarter.last) == (
            previous_quarter(day).first,
            previous_quarter(day).last,
        )
    month = parse_period("上个月的申报", day)
    assert month.last == day.replace(day=1) - timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("今年一季度", "2026-01-01", "2026-03-31"),
        ("2025年三季度", "2025-07-01", "2025-09-30"),
        ("第三季度", "2026-07-01", "2026-09-30"),
        ("2025Q3", "2025-07-01", "2025-09-30"),
        ("去年", "2025-01-01", "2025-12-31"),
        ("25年12月", "2025-12-01", "2025-12-31"),
        ("去年下半年", "2025-07-01", "2025-12-31"),
        ("上季度", "2025-10-01", "2025-12-31"),
        ("2025年前三季度", "2025-01-01", "2025-09-30"),
        ("2025年1-3月", "2025-01-01", "2025-03-31"),
        ("2025年11月到2026年2月", "2025-11-01", "2026-02-28"),
        ("2024年到2025年", "2024-01-01", "2025-12-31"),
        ("2025-03", "2025-03-01", "2025-03-31"),
        ("二〇二五年三季度", "2025-07-01", "2025-09-30"),
        ("２０２５年", "2025-01-01", "2025-12-31"),
        ("2024年2月", "2024-02-01", "2024-02-29"),
        ("公告2023年第12号，2025年三季度还能用吗", "2025-07-01", "2025-09-30"),
    ],
)
def test_a_period_is_read_as_it_is_meant(text, first, last):
    read = parse_period(text, TODAY)

    assert (read.first.isoformat(), read.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "一个季度不超过30万",
        "每季度30万",
        "每一季度",
        "10万一季度",
        "三个季度",
        "一年四季",
        "连续12个月",
        "3年",
        "亏损结转10年",
        "追征期20年",
        "20年内",
        "月销售额20000元",
        "收入2000元",
        "公告2019年第27号",
        "财税〔2019〕13号",
        "12月31日前",
        "小规模以上季度",
        "",
    ],
)
def test_what_is_no_period_is_not_read_as_one(text):
    assert parse_period(text, TODAY) is None


@pytest.mark.parametrize(
    ("period", "label"),
    [
        (quarter_of(2026, 3), "2026年第三季度"),
        (month_of(2026, 12), "2026年12月"),
        (year_of(2025), "2025年"),
        (Period(date(2026, 1, 1), date(2026, 6, 30)), "2026年上半年"),
        (Period(date(2026, 1, 5), date(2026, 1, 5)), "2026年1月5日"),
        (Period(date(2026, 2, 1), date(2026, 4, 30)), "2026-02-01至2026-04-30"),
    ],
)
def test_a_period_is_named_to_people(period, label):
    assert period.label == label


@given(
    text=st.text(alphabet="今去本上下前第一二三四十个年季度月份半到至-2026501 Qq万元", max_size=40),
    today=DAYS,
)
def test_no_text_breaks_the_reader_and_no_period_ends_before_it_begins(text, today):
    read = parse_period(text, today)

    assert read is None or read.first <= read.last


def test_a_long_message_is_read_quickly():
    for text in ("2025" + " " * 5000, "一" * 5000, "1 年" * 1700):
        parse_period(text, TODAY)  # the suite's time limit is the assertion
