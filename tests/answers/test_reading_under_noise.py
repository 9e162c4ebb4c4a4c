"""Facts, amounts, periods and days are read the same however a question is typed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import opencc
import pytest
from asking import TODAY, Asker
from hypothesis import given, settings
from hypothesis import strategies as st

from answers.frame import Frame, Query, read_frame
from core.periods import month_of, quarter_of, year_of

TO_TRADITIONAL = opencc.OpenCC("s2t")
PERIODS = {
    "": None,
    "2025年": year_of(2025),
    "去年": year_of(2025),
    "今年一季度": quarter_of(2026, 1),
    "2025年第四季度": quarter_of(2025, 4),
    "25年12月": month_of(2025, 12),
    "上个月": month_of(2026, 10),
}
PAYERS = {"": None, "小规模": "small_scale", "一般纳税人": "general"}
CYCLES = {"": None, "按季申报": "quarterly", "按月申报": "monthly"}


def wide(text: str) -> str:
    """The same in full width, as a phone keyboard may type it."""
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


NOISES = {
    "as it is": lambda text: text,
    "traditional": TO_TRADITIONAL.convert,
    "full width": wide,
    "both": lambda text: wide(TO_TRADITIONAL.convert(text)),
    "unseen signs": lambda text: "\u200b".join(text),
    "loud": lambda text: f"  {text}！！！？？",
}


def said(frame: Frame) -> tuple[object, ...]:
    period = (frame.period.first, frame.period.last) if frame.period_said else None
    return frame.facts_said, frame.amounts, period


@settings(max_examples=120, deadline=None)
@given(
    payer=st.sampled_from(sorted(PAYERS)),
    cycle=st.sampled_from(sorted(CYCLES)),
    period=st.sampled_from(sorted(PERIODS)),
    thousands=st.integers(min_value=11, max_value=9_999),
    noise=st.sampled_from(sorted(NOISES)),
)
def test_what_a_question_states_is_read_whatever_the_typing(
    payer: str, cycle: str, period: str, thousands: int, noise: str
) -> None:
    amount = Decimal(thousands) * 1000
    text = f"{period}{payer}{cycle}卖了{amount / 10_000:f}万元要交增值税吗"

    frame = read_frame(Query(NOISES[noise](text), TODAY))

    meant = PERIODS[period]
    facts = {"taxpayer_type": PAYERS[payer], "filing_cycle": CYCLES[cycle]}
    if "季度" in period:  # a quarter named is a quarter filed for, unless months are named too
        facts["filing_cycle"] = None if CYCLES[cycle] == "monthly" else "quarterly"
    stated = {name: value for name, value in facts.items() if value}
    assert said(frame) == (stated, (amount,), meant and (meant.first, meant.last))


@settings(max_examples=60, deadline=None)
@given(days=st.integers(min_value=1, max_value=999), noise=st.sampled_from(sorted(NOISES)))
def test_days_late_are_read_whatever_the_typing(days: int, noise: str) -> None:
    frame = read_frame(Query(NOISES[noise](f"欠税晚交了{days}天滞纳金怎么算"), TODAY))

    assert frame.facts_said["days_late"] == str(days)


@pytest.mark.parametrize(
    ("typed", "facts", "amounts"),
    [
        ("一般那税人租厂房几个点", {"taxpayer_type": "general"}, ()),
        ("xiaoguimo卖了29万要交增值税吗", {"taxpayer_type": "small_scale"}, (Decimal(290_000),)),
        ("小规 模卖了29万要交增值税吗", {"taxpayer_type": "small_scale"}, (Decimal(290_000),)),
    ],
)
def test_facts_are_read_from_what_slips_were_mended_to(
    ask: Asker, typed: str, facts: dict[str, str], amounts: tuple[Decimal, ...]
) -> None:
    frame = read_frame(Query(typed, TODAY), ask.snapshot.index.mended(typed))

    assert facts.items() <= frame.facts_said.items()
    assert frame.amounts == amounts


def test_mending_takes_nothing_away_that_was_typed() -> None:
    query = Query("小规模2025年卖了29万", TODAY)

    assert said(read_frame(query, "一般纳税人卖了31万")) == said(read_frame(query))


@pytest.mark.parametrize(
    ("text", "today", "first"),
    [
        ("四季度的增值税什么时候报", date(2027, 1, 10), date(2026, 10, 1)),
        ("12月的工资怎么报", date(2027, 1, 10), date(2026, 12, 1)),
        ("12月的工资怎么报", date(2026, 11, 21), date(2026, 12, 1)),
        ("2027年四季度的增值税", date(2027, 1, 10), date(2027, 10, 1)),
        ("明年四季度的增值税", date(2026, 11, 21), date(2027, 10, 1)),
        ("一季度的增值税", date(2026, 11, 21), date(2026, 1, 1)),
    ],
)
def test_a_period_without_a_year_is_the_nearest_one(text: str, today: date, first: date) -> None:
    assert read_frame(Query(text, today)).period.first == first
