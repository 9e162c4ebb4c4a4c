"""What taxpayers think of an answer (评价): useful, not solved, wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from answers.parts import Part
from answers.sentences import say_button
from consultations.sentences import say
from consultations.tables import Answer, Conversation, Message, Turn, WrongAnswerReport
from core.errors import NotFound
from core.masking import mask

Rating = Literal["useful", "not_solved", "wrong"]


class AnswerUnknown(NotFound):
    """The turn has no answer in this talk (没有这条答复)."""

    code = "answer_unknown"


def rate_answer(
    session: Session,
    conversation: Conversation,
    turn_id: str,
    *,
    rating: Rating,
    comment: str = "",
    now: datetime,
) -> Part:
    """Keep a rating; a wrong answer is reported to the editor with its evidence.

    Returns:
        What to say back, with a way on.

    Raises:
        AnswerUnknown: The turn belongs to another talk, or has no answer.
    """
    turn = session.get(Turn, turn_id)
    answer = session.get(Answer, turn_id)
    if turn is None or answer is None or turn.conversation_id != conversation.id:
        raise AnswerUnknown
    answer.rating = rating
    answer.rated_at = now
    for message in session.scalars(select(Message).where(Message.turn_id == turn_id)):
        if message.body.get("kind") == "answer":
            message.body = {**message.body, "rating": rating}
    if rating == "wrong":
        _report(session, turn_id, comment, now)
    ways_on = () if rating == "useful" else (say_button("person"), say_button("appeal"))
    return Part(text=say(f"rated_{rating}"), kind="notice", buttons=ways_on)


def _report(session: Session, turn_id: str, comment: str, now: datetime) -> None:
    report = session.scalar(select(WrongAnswerReport).where(WrongAnswerReport.turn_id == turn_id))
    if report is None:
        report = WrongAnswerReport(turn_id=turn_id, reported_at=now)
        session.add(report)
    report.comment = mask(comment.strip()[:500]).text
    session.flush()
