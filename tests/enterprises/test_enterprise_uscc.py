"""The Unified Social Credit Code, checked against an independent implementation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc as independent

from enterprises.uscc import (
    InvalidUscc,
    UsccWrongCharacter,
    UsccWrongCheck,
    UsccWrongLength,
    check_character,
    make_uscc,
    parse_uscc,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
bodies = st.builds(
    lambda head, tail: head + tail,
    st.text("0123456789", min_size=8, max_size=8),
    st.text(ALPHABET, min_size=9, max_size=9),
)


@given(bodies)
def test_check_character_agrees_with_another_implementation(body: str) -> None:
    assert check_character(body) == independent.calc_check_digit(body)


@given(bodies, st.sampled_from(ALPHABET))
def test_exactly_the_codes_another_implementation_accepts_are_accepted(
    body: str, last: str
) -> None:
    code = body + last

    if independent.is_valid(code):
        assert parse_uscc(code) == code
    else:
        with pytest.raises(UsccWrongCheck):
            parse_uscc(code)


@given(bodies, st.integers(0, 16), st.sampled_from(ALPHABET))
def test_one_changed_character_is_always_noticed(body: str, place: int, other: str) -> None:
    code = body + check_character(body)
    changed = code[:place] + other + code[place + 1 :]

    if changed == code:
        assert parse_uscc(changed) == code
    else:
        with pytest.raises(InvalidUscc):
            parse_uscc(changed)


@given(bodies, st.integers(0, 15))
def test_two_swapped_neighbours_are_noticed(body: str, place: int) -> None:
    code = body + check_character(body)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]

    if swapped != code:
        with pytest.raises(InvalidUscc):
            parse_uscc(swapped)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        assert independent.is_valid(parse_uscc(text)) or not text[:2].isdigit()
    except InvalidUscc as error:
        assert error.reason in {"length", "character", "check"}


@given(st.integers(0, 99_999_999), st.sampled_from(["91", "92", "93"]))
def test_made_codes_are_valid_and_belong_to_no_region(serial: int, kind: str) -> None:
    code = make_uscc(serial, kind=kind)

    assert independent.is_valid(code)
    assert code[2:8] == "990101"


@pytest.mark.parametrize(
    "typed",
    [
        "91110000600037341L",
        " 91110000600037341l ",
        "9111 0000 6000 3734 1L",
        "91110000-600037341-L",
        "９１１１００００６０００３７３４１Ｌ",
        "91110000\u3000600037341L\n",
    ],
)
def test_the_ways_people_type_a_code_are_understood(typed: str) -> None:
    assert parse_uscc(typed) == "91110000600037341L"


@pytest.mark.parametrize(
    ("typed", "refusal", "details"),
    [
        ("", UsccWrongLength, {"length": 0}),
        ("91110000600037341", UsccWrongLength, {"length": 17}),
        ("91110000600037341LL", UsccWrongLength, {"length": 19}),
        ("9I110000600037341L", UsccWrongCharacter, {"place": 2, "character": "I"}),
        ("911A0000600037341L", UsccWrongCharacter, {"place": 4, "character": "A"}),
        ("9111000060003734好L", UsccWrongCharacter, {"place": 17, "character": "好"}),
        ("91110000600037341M", UsccWrongCheck, {}),
    ],
)
def test_a_refused_code_is_told_what_is_wrong(
    typed: str, refusal: type[InvalidUscc], details: dict[str, object]
) -> None:
    with pytest.raises(refusal) as caught:
        parse_uscc(typed)

    assert caught.value.details == details
