"""Odd texts through the public API and the page: each is answered, or refused in words, in time."""

import json

import pytest

LONGEST = 1_000


def long(text: str) -> str:
    return (text * LONGEST)[:LONGEST]


#: Nothing that could be answered is asked.
FOREIGN = {
    "stop words only": "请问一下那个呢的了吗",
    "characters at random": "".join(
        chr(0x4E00 + place * 7919 % 20_000) for place in range(LONGEST)
    ),
    "english": long("How do I water the tomatoes on my balcony? "),
    "arabic": long("كيف أدفع الضرائب "),
    "russian": long("Как полить помидоры "),
    "one letter": "a" * LONGEST,
    "one digit": "9" * LONGEST,
    "brackets": "(" * LONGEST,
    "a formula": long("∑(x²+√y)/∫dz≥0 =SUM(A1:B9) "),
    "an address": long("https://example.com/a?b=%E7&c=d#e "),
    "half an address": "a@" + "a-" * 499,
    "a regular expression": long("(a+)+$ .*? \\d{1,9} "),
    "emoji": "😀" * LONGEST,
    "ligatures that unfold": "ﷺ" * LONGEST,
    "accents": "e\u0301" * 500,
}
#: Something of taxes is said, though nobody can mean it.
SAID_TOO_OFTEN = {
    "one word": long("增值税 "),
    "one character": "税" * LONGEST,
    "one question": long("小规模怎么交税？"),
    "amounts": long("29万元，"),
    "periods": long("2025年第一季度"),
    "months": long("1月"),
    "a list": long("1、怎么交税 2、发票"),
    "corrections": long("不是专票是普票"),
    "slips": long("增值锐发漂怎么开据"),
    "traditional": long("增值稅發票怎麼開"),
    "full width": long("ＶＡＴ１２３税"),
    "characters apart": long("税 "),
    "pinyin": long("zengzhishui fapiao "),
    "japanese": long("消費税はどうやって払いますか "),
    "query syntax": 'words:税 AND (grams:"发票"~2 OR *) -x^9 [a TO z] /re.*x/',
    "zero width": "增\u200b值\u200d税\ufeff怎么交",
    "direction": "\u202e增值税怎么交\u202c",
}


@pytest.mark.parametrize("name", [*FOREIGN, *SAID_TOO_OFTEN])
async def test_odd_questions_get_an_answer_of_a_family(door, name):
    text = {**FOREIGN, **SAID_TOO_OFTEN}[name]

    status, told = await door.call("POST", "/messages", {"text": text})

    assert status == 200
    assert told["answer"].strip()
    assert not told["outcome"].startswith("error")
    if name in FOREIGN:
        assert told["outcome"].startswith("refused") or told["outcome"] in (
            "clarifying",
            "smalltalk",
        )


@pytest.mark.parametrize(
    "text",
    ["\x00\x07\x1b" * 300, "\u200b\u2060\ufeff" * 300, "\ud800" * LONGEST, " \u3000\u2028\n" * 200],
)
async def test_what_nobody_can_read_is_no_question(door, text):
    raw = json.dumps({"text": text})

    status, error = await door.call(
        "POST", "/messages", None, data=raw, headers={"Content-Type": "application/json"}
    )

    assert (status, error["error"]["code"]) == (422, "empty_text")


@pytest.mark.parametrize("text", ["a" * 60_000, "1" * 60_000, "a-" * 30_000, "税" * 5_000])
async def test_what_is_far_too_long_is_refused_before_it_is_worked_on(door, text):
    status, error = await door.call("POST", "/messages", {"text": text})

    assert (status, error["error"]["code"]) == (422, "text_too_long")
    assert str(len(text)) in error["error"]["message"]


async def test_bytes_of_another_encoding_are_refused_as_no_json(door):
    raw = json.dumps({"text": "增值税怎么交"}, ensure_ascii=False).encode("gbk")

    status, error = await door.call(
        "POST", "/messages", None, data=raw, headers={"Content-Type": "application/json"}
    )

    assert (status, error["error"]["code"]) == (415, "not_json")


async def test_a_correction_of_an_odd_question_is_answered_too(door):
    _, first = await door.call("POST", "/messages", {"text": SAID_TOO_OFTEN["one question"]})

    for text in (
        SAID_TOO_OFTEN["corrections"],
        FOREIGN["characters at random"],
        "不是专票，是普票",
    ):
        status, told = await door.call(
            "POST",
            "/messages",
            {"text": text, "conversation_token": first["conversation_token"]},
        )
        assert status == 200
        assert not told["outcome"].startswith("error")
