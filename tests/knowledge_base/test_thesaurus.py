"""The thesaurus holds together, and says the standard term for what people say."""

from __future__ import annotations

from collections import Counter

import pytest

from knowledge_base.normalise import clean
from knowledge_base.thesaurus import KINDS, standardise, variants

ALL = list(variants())
TERMS = {each.term for each in ALL}


def test_there_are_seven_hundred_groups_and_more() -> None:
    assert len(TERMS) >= 700


def test_every_variant_stands_under_one_term_and_is_none_itself() -> None:
    twice = [text for text, count in Counter(each.text for each in ALL).items() if count > 1]

    assert twice == []
    assert [each for each in ALL if each.text in TERMS] == []


@pytest.mark.parametrize("kind", KINDS)
def test_variants_are_written_as_questions_are_compared(kind: str) -> None:
    of_kind = [each for each in ALL if each.kind == kind]

    assert of_kind
    for each in of_kind:
        assert clean(each.text) == each.text, each
        assert 2 <= len(each.text) <= 14, each


def test_there_is_no_other_kind() -> None:
    assert {each.kind for each in ALL} == set(KINDS)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("专票丢了", "增值税专用发票丢失"),
        ("个税怎么交", "个人所得税怎么交"),
        ("这个税务局在哪", "这个税务局在哪"),
        ("应纳税所得额", "应纳税所得额"),
        ("我爸妈的房子空着", "父母的房屋闲置"),
        ("分几种", "哪些"),
        ("夫妻子女", "夫妻子女"),
        ("住养老公寓", "住养老公寓"),
        ("还能不能抵扣", "能不能抵扣"),
        ("采购进口设备", "购买进口设备"),
    ],
)
def test_a_term_is_replaced_and_a_word_that_only_holds_it_is_not(said: str, meant: str) -> None:
    assert standardise(said) == meant


def test_a_hint_is_added_and_replaces_nothing() -> None:
    hint = next(each for each in ALL if each.kind == "hint")

    assert standardise(hint.text) == f"{hint.text} {hint.term}"
