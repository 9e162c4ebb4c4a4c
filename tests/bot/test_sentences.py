"""The bot's sentences (话术), as the actions render them."""

import re
from pathlib import Path

import pytest

from bot.sentences import buttons_of, read_sentences, say


def test_a_sentence_is_filled_with_its_values():
    said = say(
        "utter_appeal_filed",
        appeal_number="SQ20261121-7K3M9Q",
        check_code="4821",
        due_on="11月26日（周四）前",
    )

    assert "编号SQ20261121-7K3M9Q" in said
    assert "承诺11月26日（周四）前答复您" in said
    assert "{" not in said


def test_a_missing_value_is_an_error_and_not_a_gap():
    with pytest.raises(KeyError, match="check_code"):
        say("utter_appeal_filed", appeal_number="SQ20261121-7K3M9Q", due_on="2026年11月26日")


def test_a_value_with_braces_is_said_as_it_is():
    said = say("utter_appeal_answered", appeal_number="SQ20261121-7K3M9Q", answer="见{附件}")

    assert said.endswith("见{附件}")


def test_an_unknown_sentence_is_an_error():
    with pytest.raises(KeyError):
        say("utter_no_such_sentence")


def test_quick_replies_keep_their_order():
    titles = [button.title for button in buttons_of("utter_ask_bind_form_role")]

    assert titles == ["法定代表人", "财务负责人", "办税员"]


def test_one_name_in_two_topics_is_refused(tmp_path: Path):
    for topic in ("tax", "firm"):
        (tmp_path / topic).mkdir()
        (tmp_path / topic / "responses.yml").write_text(
            'version: "3.1"\nresponses:\n  utter_same:\n  - text: 好的\n', "utf-8"
        )

    with pytest.raises(ValueError, match="utter_same"):
        read_sentences.__wrapped__(tmp_path)


@pytest.mark.parametrize("name", sorted(read_sentences()))
def test_every_sentence_is_short_chinese_that_says_您(name):
    text = read_sentences()[name].text

    assert len(text) <= 120
    assert not re.search(r"[你]", text)
    assert not re.search(r"[A-Za-z]{2,}", re.sub(r"\{[a-z_]+\}|SQ", "", text))
    assert "已转人工" not in text and "已经转人工" not in text
