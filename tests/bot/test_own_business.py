"""A question taken for an act on one's own business (本人业务) is answered as a question."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.own_business import OwnBusinessAction
from enterprises.service import READ
from tests.bot.talks import Visit, actions_by_name

QUESTION = "小规模纳税人增值税免税标准是多少"
Visits = Callable[..., Visit]
OWN = sorted(
    name for name, kind in actions_by_name().items() if issubclass(kind, OwnBusinessAction)
)


@pytest.mark.parametrize("action", OWN)
def test_a_question_is_answered_from_the_library(visit: Visits, action: str):
    talk = visit()
    talk.bind(talk.firms()[0].uscc)
    said = talk.say(action, QUESTION, act="ask_my_firm", probability=0.95)

    assert said.outcome in ("answered", "computed") and said.parts[0]["evidence"]
    assert talk.deeds().count(READ) == 1  # for the facts the answer rests on


@pytest.mark.parametrize("action", OWN)
def test_an_unlikely_act_without_a_word_of_it_is_not_carried_out(visit: Visits, action: str):
    talk = visit()
    said = talk.say(action, "火星上怎么办", act="ask_my_firm", probability=0.3)

    assert said.outcome == "refused_no_evidence"
