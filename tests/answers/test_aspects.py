"""The aspect that a question asks of its matter, and the word of doubt where it is needed."""

from __future__ import annotations

import pytest
from asking import TODAY, Asker

from answers.aspects import unspoken
from answers.decide import CERTAIN, Move, confidence, decide
from answers.frame import Query, read_frame
from app.gate_questions import read_questions
from knowledge_base.aspects import aspects_of


@pytest.mark.parametrize(
    ("said", "aspect"),
    [
        ("车船税在哪查询", "look_up"),
        ("这一栏怎么填报", "fill_in"),
        ("全年一次性奖金的定义是啥", "meaning"),
        ("证书口令忘了", "password"),
        ("提交的时候报错", "fault"),
    ],
)
def test_a_question_tells_which_aspect_it_asks(said: str, aspect: str) -> None:
    assert aspect in aspects_of(said)


def test_an_entry_that_says_nothing_of_the_aspect_is_told_from_one_that_does(ask: Asker) -> None:
    entries = ask.snapshot.entries

    assert "password" in unspoken("车船税的登录密码", entries["property-vehicle-vessel-tax"])
    assert not unspoken("车船税什么时候交", entries["property-vehicle-vessel-tax"])
    assert not unspoken("电子税务局密码忘了", entries["service-etax-password"])


def test_what_is_unspoken_makes_an_answer_less_sure(ask: Asker) -> None:
    frame = read_frame(Query("车船税什么时候交", TODAY))
    hits = ask.snapshot.index.search("车船税什么时候交", limit=8)
    asked = read_frame(Query("车船税什么时候交，密码", TODAY))

    assert confidence(asked, hits, ask.snapshot) < confidence(frame, hits, ask.snapshot)


def test_an_answer_that_is_not_certain_says_so_first_and_a_certain_one_does_not(ask: Asker) -> None:
    seen = set()
    for question in read_questions():
        frame = read_frame(Query(question.text, TODAY))
        hits = ask.snapshot.index.search(question.text, limit=8)
        decision = decide(frame, hits, ask.snapshot)
        if decision.move is not Move.ANSWER or decision.is_certain in seen:
            continue
        reply = ask(question.text)
        if reply.outcome != "answered" or len(reply.parts) > 1:
            continue
        seen.add(decision.is_certain)
        sure = confidence(frame, hits, ask.snapshot)
        assert decision.is_certain == (sure >= CERTAIN)
        assert ("不一定正是您要问的" in reply.parts[0].text) != decision.is_certain
        if seen == {True, False}:
            return
    pytest.fail("the frozen questions have certain and uncertain answers")
