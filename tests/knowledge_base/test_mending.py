"""Slips in a question are mended towards what the library says, and nothing else is touched."""

from __future__ import annotations

import time

import pytest

from knowledge_base.files import read_library
from knowledge_base.layer import Wording
from knowledge_base.library import wordings_of
from knowledge_base.mending import FEWEST, Mender, learn_mender
from knowledge_base.normalise import clean
from knowledge_base.search import SearchIndex
from knowledge_base.spelling import Reader, near, spelled


@pytest.fixture(scope="module")
def asked() -> list[str]:
    return [entry.question for entry in read_library().entries.values()]


@pytest.fixture(scope="module")
def mender() -> Mender:
    entries = read_library().entries.values()
    learned = learn_mender(
        text for entry in entries for each in wordings_of(entry) for text in (each.text, each.body)
    )
    assert learned is not None
    return learned


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("小规模交增直税吗", "小规模交增值税吗"),
        ("残挤人就业保障金怎么算", "残疾人就业保障金怎么算"),
        ("变更法定代彪人", "变更法定代表人"),
        ("个人所得随怎么算", "个人所得税怎么算"),
        ("数电票怎么洪冲", "数电票怎么红冲"),
        ("电子税局务怎么登录", "电子税务局怎么登录"),
        ("fapiao开错了zenmeban", "发票开错了怎么办"),
        ("dianzishuiwuju怎么登录", "电子税务局怎么登录"),
        ("个人所 得税怎么算", "个人所得税怎么算"),
        ("小规纳税人", "小规模纳税人"),
    ],
)
def test_a_slip_is_mended(mender: Mender, slip: str, meant: str) -> None:
    assert mender.mend(slip) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "?",
        "13%",
        "今天天气真好",
        "帮我订一张去海口的机票",
        "how do i pay vat",
        "kpi考核",
        "etax登录不上",
        "你" * 100,
        "税" * 5000,
        "魑魅魍魉",
        "我失恋了",
    ],
)
def test_what_is_no_slip_stays(mender: Mender, text: str) -> None:
    assert mender.mend(text) == text


def test_what_the_library_asks_itself_is_all_but_never_touched(
    mender: Mender, asked: list[str]
) -> None:
    touched = [text for text in map(clean, asked) if mender.mend(text) != text]

    assert len(touched) <= len(asked) / 50, touched


def test_mending_twice_changes_no_more_than_mending_once(mender: Mender, asked: list[str]) -> None:
    once = [mender.mend(clean(text[::-1])) for text in asked]

    # A stretch so full of slips that not all were mended may gain by another turn.
    again = [mender.mend(text) for text in once]
    assert sum(a != b for a, b in zip(once, again, strict=True)) <= len(asked) / 10


def test_mending_takes_no_time_that_anyone_notices(mender: Mender, asked: list[str]) -> None:
    texts = [clean(text) for text in asked]
    started = time.perf_counter()

    for text in texts:
        mender.mend(text)

    assert (time.perf_counter() - started) / len(texts) < 0.002


def test_a_small_library_teaches_nothing() -> None:
    assert learn_mender(["小规模交增值税吗"] * (FEWEST - 1)) is None


def test_typed_pinyin_is_read_as_the_fewest_and_commonest_words() -> None:
    reader = Reader({"发票": 9, "法票": 1, "发": 20, "票": 20, "怎么": 5, "西安": 3, "先": 3})

    assert reader.read("fapiao") == "发票"
    assert reader.read("fapiaozenme") == "发票怎么"
    assert reader.read("fapiaox") is None
    assert reader.read("a") is None
    assert reader.read("fapiao" * 50) is None


def test_a_syllable_is_near_those_of_the_next_key_and_of_a_like_sound() -> None:
    assert {"si", "shu", "sho"} <= near("shi")
    assert {"ling", "nin"} <= near("ning")
    assert "hei" in near("fei")
    assert "shi" not in near("shi")
    assert spelled("税务局") == "shuiwuju"


@pytest.mark.parametrize("text", ["帮我编一套假账应付检查", "税务师考试要考几门"])
def test_an_edit_in_words_that_the_library_did_not_know_is_found_as_it_was_asked(
    asked: list[str], text: str
) -> None:
    index = SearchIndex(Wording(question, question) for question in asked)

    edited = index.changed([Wording("new", text)], ["new"])

    assert edited.search(text)[0].entry_id == "new"
