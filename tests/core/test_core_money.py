"""Money (金额): rounded, spoken, and read from what people write."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import parse_amount, parse_amounts, rounded, spoken

YUAN = st.decimals(0, Decimal(10) ** 12, places=2, allow_nan=False, allow_infinity=False)


@given(amount=YUAN)
def test_what_is_spoken_is_read_back_to_the_fen(amount):
    assert parse_amounts(spoken(amount)) == [amount]


@given(amount=YUAN, before=st.sampled_from(["", "月销售额", "超过", "2025年收入"]))
def test_an_amount_is_read_within_a_sentence(amount, before):
    assert parse_amounts(f"{before}{spoken(amount)}，要交多少税？") == [amount]


@given(wan=st.integers(1, 9999), digit=st.integers(1, 9))
def test_a_single_figure_after_wan_is_a_tenth_of_it(wan, digit):
    assert parse_amount(f"{wan}万{digit}") == wan * 10_000 + digit * 1000
    assert parse_amount(f"{wan}万零{digit}元") == wan * 10_000 + digit
    assert parse_amount(f"{wan}万{digit}千元") == wan * 10_000 + digit * 1000


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("100000", "10万元"),
        ("150000000", "1.5亿元"),
        ("2970.3", "2,970.30元"),
        ("0", "0元"),
        ("0.005", "0.01元"),
        ("9999.995", "10,000元"),
        ("123456.78", "123,456.78元"),
        ("-50000", "-5万元"),
        ("1000000000000", "10000亿元"),
    ],
)
def test_an_amount_is_spoken_as_people_read_it(amount, said):
    assert spoken(Decimal(amount)) == said


@given(amount=st.decimals(-(10**9), 10**9, places=4, allow_nan=False))
def test_rounding_is_to_the_fen_and_never_off_by_more_than_half_of_one(amount):
    assert rounded(amount) == rounded(rounded(amount))
    assert abs(rounded(amount) - amount) <= Decimal("0.005")


@pytest.mark.parametrize(
    ("raw", "fen"), [("0.125", "0.13"), ("0.135", "0.14"), ("-0.125", "-0.13")]
)
def test_a_half_fen_is_rounded_away_from_zero(raw, fen):
    assert rounded(Decimal(raw)) == Decimal(fen)


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("28万", 280_000),
        ("三十万", 300_000),
        ("1.5亿", 150_000_000),
        ("3000块", 3000),
        ("28w", 280_000),
        ("50k", 50_000),
        ("5百元", 500),
        ("2千5百元", 2500),
        ("1万2千元", 12_000),
        ("1亿2千万", 120_000_000),
        ("一亿二千万元", 120_000_000),
        ("十万零五百元", 100_500),
        ("3万二百", 30_200),
        ("28万五", 285_000),
        ("两百五十万", 2_500_000),
        ("10万一千元", 101_000),
        ("3万5一个月", 35_000),
        ("1,0000元", 10_000),
        ("１０万", 100_000),
        ("-5万", 50_000),
    ],
)
def test_an_amount_is_read_as_it_is_meant(text, yuan):
    assert parse_amounts(text) == [yuan]


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("不超过10万一个季度", 100_000),
        ("超过500万一般纳税人", 5_000_000),
        ("10万一共", 100_000),
        ("30万两种情况", 300_000),
        ("8万5%", 80_000),
        ("5万3个月", 50_000),
        ("10万10人", 100_000),
        ("5万2023年", 50_000),
    ],
)
def test_what_follows_an_amount_is_not_added_to_it(text, yuan):
    assert parse_amounts(text) == [yuan]


@pytest.mark.parametrize(
    "text",
    [
        "2025年",
        "税率3%",
        "3个点",
        "5000",
        "三千五",
        "5万户",
        "百分之五",
        "千万别忘了",
        "3万5万",
        "万一错了",
        "",
    ],
)
def test_what_is_no_money_is_not_read_as_money(text):
    assert parse_amount(text) is None


def test_several_amounts_are_read_in_order():
    assert parse_amounts("每月10万一季30万") == [100_000, 300_000]
    assert parse_amounts("20万-30万，资产5000万") == [200_000, 300_000, 50_000_000]


@given(text=st.text(alphabet="零一二十百千万亿0123456789.,，元块个年 wk", max_size=60))
def test_no_text_breaks_the_reader(text):
    assert all(amount >= 0 for amount in parse_amounts(text))
