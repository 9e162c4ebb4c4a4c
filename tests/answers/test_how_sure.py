"""How sure is sure enough: the harm of being wrong, and what the act says of the question."""

from __future__ import annotations

import pytest
from asking import TODAY, Asker

from answers.decide import (
    LESS_FOR,
    SAME,
    SURE,
    SURE_AGAINST_FOREIGN,
    WEIGHTS,
    Move,
    confidence,
    decide,
    features,
)
from answers.frame import Frame, Query, read_frame
from answers.harm import Harm, harm_of
from app.gate_questions import read_questions
from knowledge_base.ranking import Hit

ABROAD = "办护照和外国老婆的签证去哪里"


def found(ask: Asker, text: str, act: str | None = None) -> tuple[Frame, list[Hit]]:
    frame = read_frame(Query(text, TODAY, act, 0.95 if act else 0.0))
    return frame, ask.snapshot.index.search(text, limit=8)


@pytest.mark.parametrize(
    ("entry", "harm"),
    [
        ("vat-small-scale-threshold", Harm.GRAVE),  # an amount
        ("filing-late", Harm.GRAVE),  # a penalty
        ("filing-annual-settlements", Harm.GRAVE),  # deadlines
        ("service-etax-password", Harm.LIGHT),  # where to click
        ("referral-housing-fund", Harm.LIGHT),
    ],
)
def test_what_tells_figures_deadlines_or_penalties_does_grave_harm_when_wrong(
    ask: Asker, entry: str, harm: Harm
) -> None:
    assert harm_of(ask.snapshot.entries[entry]) is harm


def test_every_degree_of_harm_is_met_in_the_library_and_the_graver_needs_more(ask: Asker) -> None:
    harms = [harm_of(each) for each in ask.snapshot.entries.values()]

    assert all(harms.count(harm) >= 100 for harm in Harm)
    needed = [SURE - LESS_FOR[harm] for harm in sorted(Harm)]
    assert needed == sorted(needed)
    assert needed[0] > SURE_AGAINST_FOREIGN


def test_no_frozen_question_is_answered_below_what_its_harm_needs(ask: Asker) -> None:
    held = 0
    for question in read_questions():
        frame, hits = found(ask, question.text)
        answers = decide(frame, hits, ask.snapshot).move is Move.ANSWER
        if answers and hits[0].likeness < SAME:
            harm = harm_of(ask.snapshot.entries[hits[0].entry_id])
            assert confidence(frame, hits, ask.snapshot) >= SURE - LESS_FOR[harm], question.text
            held += 1
    assert held > 300


def test_an_act_that_says_foreign_makes_less_sure_but_not_of_a_referral(ask: Asker) -> None:
    ours, abroad = "开错的发票怎么红冲", ABROAD

    def sure(text: str, act: str | None) -> float:
        return confidence(*found(ask, text, act), ask.snapshot)

    assert sure(ours, "out_of_scope") < sure(ours, "ask_procedure")
    assert sure(abroad, "out_of_scope") == sure(abroad, "ask_procedure")


def test_every_feature_that_is_weighed_is_told_and_no_other(ask: Asker) -> None:
    told = features(*found(ask, "小规模一季度开了29万要交增值税吗"), ask.snapshot)

    assert list(told) == list(WEIGHTS)
    assert all(-1 <= value <= 10 for value in told.values())


def test_where_nothing_was_found_nothing_is_sure(ask: Asker) -> None:
    frame, _ = found(ask, "。。。")

    assert confidence(frame, [], ask.snapshot) == 0.0
