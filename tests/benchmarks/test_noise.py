"""Slips are drawn by a seed and do what they say; each kind costs little on our own questions."""

from __future__ import annotations

import random

import opencc
import pytest
from pypinyin import Style, lazy_pinyin

from benchmarks.noise import (
    KINDS,
    by_sound,
    is_chinese,
    mistyped,
    ranks,
    spoiled,
)
from knowledge_base.files import read_library
from knowledge_base.library import wordings_of
from knowledge_base.search import SearchIndex

ASKED = (
    "小规模一季度开了29万的票还用不用交增值税",
    "残疾人就业保障金怎么算",
    "银行贷款利息能抵进项吗？",
    "3%的专票可以换成1%的吗",
    "数电票开错了怎么红冲",
)
#: In so many of a hundred standard questions a kind may lose the first place.
MOST_LOST = {"traditional": 0, "pinyin": 8}
REPLACED = ("homophone", "wrong_key", "misheard")


def changed(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def slips(text: str, rate: float) -> int:
    return max(1, round(rate * sum(map(is_chinese, text))))


@pytest.mark.parametrize("kind", [*KINDS, "mixed"])
def test_the_same_seed_spoils_in_the_same_way_and_another_in_another(kind: str) -> None:
    by_seed = {tuple(spoiled(text, kind, seed=seed) for text in ASKED) for seed in range(8)}

    assert by_seed == {
        tuple(spoiled(text, kind, seed=seed) for text in reversed(ASKED))[::-1] for seed in range(8)
    }
    assert len(by_seed) == (1 if kind == "traditional" else 8)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_leaves_a_trace(kind: str) -> None:
    assert all(spoiled(text, kind) != text for text in ASKED)


def test_no_two_kinds_are_alike() -> None:
    ways = {tuple(spoiled(text, kind) for text in ASKED) for kind in KINDS}

    assert len(ways) == len(KINDS)


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.3])
@pytest.mark.parametrize("kind", REPLACED)
def test_so_many_characters_are_replaced_and_only_chinese_ones(kind: str, rate: float) -> None:
    for text in ASKED:
        said = spoiled(text, kind, rate=rate)

        assert 1 <= changed(text, said) <= slips(text, rate)
        assert all(
            is_chinese(a) and is_chinese(b) for a, b in zip(text, said, strict=True) if a != b
        )


@pytest.mark.parametrize("text", ASKED)
def test_a_homophone_sounds_the_same_and_a_wrong_key_is_one_letter_off(text: str) -> None:
    meant = lazy_pinyin(text, style=Style.NORMAL, errors=list)
    for kind in REPLACED:
        said = spoiled(text, kind)
        for sound, sign, other in zip(meant, text, said, strict=True):
            if sign != other:
                to = next(each for each, signs in by_sound().items() if other in signs)
                assert (to == sound) == (kind == "homophone")
                assert kind != "wrong_key" or (to in mistyped(sound) and changed(to, sound) == 1)


@pytest.mark.parametrize("rate", [0.05, 0.1, 0.3])
def test_characters_are_lost_doubled_and_swapped_as_often_as_the_rate_says(rate: float) -> None:
    for text in ASKED:
        assert len(text) - len(spoiled(text, "missing", rate=rate)) == slips(text, rate)
        assert len(spoiled(text, "doubled", rate=rate)) - len(text) == slips(text, rate)
        swapped = spoiled(text, "swapped", rate=rate)
        assert sorted(swapped) == sorted(text)
        assert 2 <= changed(text, swapped) <= 2 * slips(text, rate)


def test_a_word_left_as_pinyin_reads_as_it_sounds() -> None:
    for text in ASKED:
        said = spoiled(text, "pinyin")

        assert any(letter.isalpha() and letter.isascii() for letter in said)
        sound = "".join(lazy_pinyin(text, style=Style.NORMAL))
        assert "".join(lazy_pinyin(said, style=Style.NORMAL)) == sound


def test_script_and_width_can_be_undone() -> None:
    back = opencc.OpenCC("t2s")
    for text in ASKED:
        assert back.convert(spoiled(text, "traditional")) == text
        narrow = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
        narrow |= {0x3000: None}
        undone = spoiled(text, "full_width").translate(narrow)
        assert undone.replace("？", "?") == text.replace("？", "?")


def test_who_stutters_says_all_that_is_meant() -> None:
    for text in ASKED:
        left = iter(spoiled(text, "stutter"))

        assert all(sign in left for sign in text)


def test_a_question_without_chinese_survives_every_kind() -> None:
    for kind in [*KINDS, "mixed"]:
        assert spoiled("", kind).strip() == ""
        assert spoiled("1%", kind).strip()


@pytest.fixture(scope="module")
def found() -> tuple[SearchIndex, list[tuple[str, str]]]:
    entries = read_library().entries.values()
    asked = random.Random(0).sample([(each.question, each.id) for each in entries], 100)
    return SearchIndex(w for entry in entries for w in wordings_of(entry)), asked


@pytest.mark.parametrize("kind", [*KINDS, "mixed"])
def test_a_slip_seldom_costs_a_standard_question_its_entry(
    found: tuple[SearchIndex, list[tuple[str, str]]], kind: str
) -> None:
    index, asked = found

    places = ranks(index, [(spoiled(question, kind), entry) for question, entry in asked])

    lost = sum(place != 1 for place in places)
    assert lost <= MOST_LOST.get(kind, 4)
