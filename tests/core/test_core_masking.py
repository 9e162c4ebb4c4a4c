"""Masking of personal data (脱敏)."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

from core.masking import is_id_card, mask, masked_uscc, passes_luhn

PHONES = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
AROUND = st.text(alphabet="我的电话是，。:请打 tel", max_size=8)


def digits(length: int) -> st.SearchStrategy[str]:
    return st.text(alphabet="0123456789", min_size=length, max_size=length)


@given(number=digits(20))
def test_the_twenty_digits_of_an_invoice_are_left_alone(number):
    for text in (number, f"发票号码{number}红冲", f"{number}，{number}"):
        assert mask(text).text == text


@given(phone=PHONES, before=AROUND, after=AROUND)
def test_a_phone_is_masked_wherever_it_stands_and_handed_back(phone, before, after):
    masked = mask(f"{before}{phone}{after}")

    assert phone not in masked.text
    assert masked.phones == (phone,)
    assert masked.found == ("phone",)


@pytest.mark.parametrize(
    "written",
    [
        "138 1234 5678",
        "138-1234-5678",
        "+8613812345678",
        "１３８１２３４５６７８",
        "tel13812345678",
    ],
)
def test_a_phone_is_recognised_as_people_write_it(written):
    assert mask(f"打{written}。").phones == ("13812345678",)


@given(region=st.sampled_from(["110105", "330106", "440300"]), serial=digits(3))
def test_an_identity_card_with_a_right_check_digit_is_masked(region, serial):
    body = f"{region}19491231{serial}"
    card = body + ric.calc_check_digit(body + "0")

    masked = mask(f"身份证{card}，{card.lower()}")

    assert is_id_card(card)
    assert card not in masked.text
    assert card.lower() not in masked.text
    assert masked.found == ("id_card", "id_card")
    assert "19491231" not in masked.text


def test_an_identity_card_with_a_wrong_check_digit_is_no_identity_card():
    assert not is_id_card("110105194912310021")


@given(
    body=st.tuples(st.sampled_from(["62", "4", "5"]), digits(13)), length=st.sampled_from([16, 19])
)
def test_a_bank_card_is_masked_with_and_without_spaces(body, length):
    number = "".join(body).ljust(length - 1, "7")[: length - 1]
    card = number + luhn.calc_check_digit(number)
    spaced = " ".join(re.findall(r"\d{1,4}", card))

    for written in (card, spaced):
        masked = mask(f"卡号{written}")
        assert masked.text == f"卡号{card[:4]}********{card[-4:]}"
        assert masked.found == ("bank_card",)


@given(number=digits(16))
def test_the_check_digit_of_a_bank_card_agrees_with_another_library(number):
    assert passes_luhn(number) == luhn.is_valid(number)


@pytest.mark.parametrize(
    "text",
    [
        "91330106MA2XXXXX0X",
        "913301061234567890",
        "金额13812345678.00元",
        "SQ20261121-7K3M9Q",
        "2026-11-21",
        "订单138123456789012",
        "0571-88888888",
    ],
)
def test_what_is_not_personal_is_left_alone(text):
    assert mask(text).text == text


@given(tail=digits(16))
def test_a_uscc_of_digits_only_is_never_taken_for_a_card(tail):
    assert mask(f"91{tail}").text == f"91{tail}"


def test_a_mail_address_is_masked():
    assert mask("写到 zhang.san@example.com.cn 吧").text == "写到 z***@*** 吧"


@given(text=st.text(alphabet="0123456789X 138-@a.cn电话", max_size=80))
def test_masking_twice_changes_nothing_more(text):
    once = mask(text).text

    assert mask(once).text == once
    assert mask(once).phones == ()


def test_a_uscc_is_shortened_for_the_log():
    assert masked_uscc("91330106MA2ABCDE0X") == "9133****DE0X"


def test_an_address_at_the_end_of_an_endless_run_is_masked_as_far_as_it_goes():
    """A run is read from its beginning only, else 60,000 letters took a quarter of a minute."""
    run = "a" * 60_000

    assert mask(run).text == run
    assert mask(f"{run}@example.com").text == "a***@***"
    assert mask(f"{run}，wang@example.com").text == f"{run}，w***@***"
