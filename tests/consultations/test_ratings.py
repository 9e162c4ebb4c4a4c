"""An answer is rated by whoever got it; a wrong one is reported with its evidence."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from answers.sentences import say_button
from consultations.ratings import AnswerUnknown, rate_answer
from consultations.sentences import say
from consultations.tables import Answer, Conversation, Message, WrongAnswerReport
from core.database import Sessions, reading, transaction
from tests.app.talks import ask
from tests.conftest import NOW
from tests.consultations.conftest import ON_SQLITE, Opener


def rate(database: Sessions, talk_id: int, turn_id: str, rating: str, comment: str = ""):  # type: ignore[no-untyped-def]
    with transaction(database) as session:
        conversation = session.get_one(Conversation, talk_id)
        return rate_answer(
            session,
            conversation,
            turn_id,
            rating=rating,  # type: ignore[arg-type]
            comment=comment,
            now=NOW,
        )


@pytest.fixture
def answered(database: Sessions, open_talk: Opener) -> tuple[int, str]:
    """A talk with one answered turn that is reported as wrong already."""
    talk_id, _ = open_talk()
    with transaction(database) as session:
        turn = ask(session, session.get_one(Conversation, talk_id), said="问", now=NOW)
        return talk_id, turn.id


@ON_SQLITE
@pytest.mark.parametrize("rating", ["useful", "not_solved", "wrong"])
def test_a_rating_is_kept_and_shown_on_the_answer(
    database: Sessions, answered: tuple[int, str], rating: str
) -> None:
    part = rate(database, *answered, rating)

    assert part.text == say(f"rated_{rating}")
    with reading(database) as session:
        assert session.get_one(Answer, answered[1]).rating == rating
        shown = session.scalars(select(Message).where(Message.turn_id == answered[1]))
        assert [each.body["rating"] for each in shown if each.body["kind"] == "answer"] == [rating]


def test_a_way_on_is_offered_unless_the_answer_was_useful(
    database: Sessions, answered: tuple[int, str]
) -> None:
    ways_on = (say_button("person"), say_button("appeal"))

    assert rate(database, *answered, "useful").buttons == ()
    assert rate(database, *answered, "not_solved").buttons == ways_on
    assert rate(database, *answered, "wrong").buttons == ways_on


def test_a_wrong_answer_is_reported_once_with_the_last_comment_masked(
    database: Sessions, answered: tuple[int, str]
) -> None:
    rate(database, *answered, "wrong", "应该是免税，打我13812345678")

    with reading(database) as session:
        report = session.scalars(select(WrongAnswerReport)).one()
    assert (report.turn_id, report.state) == (answered[1], "open")
    assert report.comment == "应该是免税，打我138****5678"


def test_nobody_rates_an_answer_of_another_talk_or_one_that_is_not_there(
    database: Sessions, answered: tuple[int, str], open_talk: Opener
) -> None:
    other, _ = open_talk()

    for talk_id, turn_id in ((other, answered[1]), (answered[0], "no such turn")):
        with pytest.raises(AnswerUnknown):
            rate(database, talk_id, turn_id, "useful")
