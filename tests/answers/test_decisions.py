"""What is answered, referred or refused; a mistaken act does not silence a good answer."""

from __future__ import annotations

import pytest
from asking import TODAY, Asker

from answers.frame import Query
from answers.sentences import say

GOOD = "小规模出租商铺税率多少"


@pytest.mark.parametrize("act", ["greet", "thanks", "goodbye", "ask_help", "affirm", "deny"])
def test_an_act_mistaken_for_small_talk_does_not_silence_a_good_answer(
    ask: Asker, act: str
) -> None:
    assert ask(GOOD, act=act, act_probability=0.99).outcome == "answered"


@pytest.mark.parametrize("act", ["greet", "thanks", "goodbye", "ask_help", "affirm", "deny"])
def test_small_talk_is_answered_as_such(ask: Asker, act: str) -> None:
    told = ask("嗯嗯你好呀", act=act)

    assert told.outcome == "smalltalk"
    assert told.parts[0].text == say(act)
    assert told.entries == ()


def test_a_question_out_of_scope_is_refused_with_a_reason(ask: Asker) -> None:
    told = ask("帮我写一首关于春天的诗", act="out_of_scope")

    assert told.outcome == "refused_out_of_scope"
    assert "不在税费咨询范围内" in told.parts[0].text
    assert told.parts[0].evidence == ()


def test_an_act_mistaken_for_foreign_does_not_silence_a_good_answer(ask: Asker) -> None:
    assert ask(GOOD, act="out_of_scope", act_probability=0.95).outcome == "answered"


@pytest.mark.parametrize(
    "text",
    ["明天会下雨吗", "asdf qwer", "🙂🙂🙂", "红烧肉怎么烧才入味", "。。。", "\x00\x01", "x" * 900],
)
def test_what_the_library_does_not_know_is_never_answered(ask: Asker, text: str) -> None:
    told = ask(text)

    assert told.outcome in ("refused_no_evidence", "clarifying")
    assert told.parts[0].evidence == ()
    assert {"转人工", "提诉求"} <= {button.label for button in told.parts[0].buttons}


@pytest.mark.parametrize(
    ("question", "office"),
    [("公积金怎么提取", "公积金"), ("营业执照怎么办理", "市场监督"), ("劳动仲裁找谁", "劳动")],
)
def test_what_another_office_does_is_referred_with_where_to_ask(
    ask: Asker, question: str, office: str
) -> None:
    told = ask(question)

    assert told.outcome == "referred"
    first = told.parts[0].text.split("\n")[0]
    assert first.startswith("这件事主要归")
    assert office in first
    assert "可以到" in first or "联系电话" in first


def test_every_referral_of_the_library_names_an_office(ask: Asker) -> None:
    referrals = [each for each in ask.snapshot.entries.values() if each.referral]

    assert len(referrals) > 10
    for entry in referrals:
        told = ask(entry.question)
        assert told.outcome == "referred", entry.id
        assert told.parts[0].text.startswith("这件事主要归"), entry.id


def test_every_standard_question_finds_its_own_entry(ask: Asker) -> None:
    wrong = {
        entry.id: ask.snapshot.index.search(entry.question, limit=1)[0].entry_id
        for entry in ask.snapshot.entries.values()
    }

    assert {name: found for name, found in wrong.items() if name != found} == {}


def test_an_answer_says_what_it_rests_on(ask: Asker) -> None:
    told = ask(GOOD)

    part = told.parts[0].to_json()
    assert part["evidence"][0]["document_number"]
    assert told.sources[0]["document"] == part["evidence"][0]["document_id"]
    assert told.entries[0]["claims"]
    assert {"有用", "没解决", "答得不对", "转人工", "提诉求"} <= {
        button["label"] for button in part["buttons"]
    }


def test_suggestions_for_an_agent_are_rendered_for_the_case(ask: Asker) -> None:
    found = ask.engine.suggest(Query("2025年小规模出租商铺税率多少", TODAY))

    assert found[0].entry_id == "vat-small-scale-real-estate"
    assert "按5%征收率" in found[0].part.text
