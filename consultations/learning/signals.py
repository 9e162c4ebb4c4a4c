"""Turns that may teach something (可学的提问): not answered, nothing chosen, rated down.

What agents answered otherwise only the desk knows; it tells it as :class:`Seen` too. Talks of the
evaluation channel are never looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, select
from sqlalchemy.orm import Session, aliased

from consultations.learning_tables import GroupedQuestion, Signal
from consultations.tables import Answer, Conversation, Turn, WrongAnswerReport

#: A turn is looked at once its talk has had this long to go on.
QUIET = timedelta(minutes=30)
REFUSED = ("refused_no_evidence", "refused_uncertain")
ANSWERED = ("answered", "computed", "referred")
OFFERED = "clarifying"
_RATED = {"not_solved": Signal.NOT_SOLVED, "wrong": Signal.WRONG}


@dataclass(frozen=True)
class Seen:
    """A turn that was looked at for one reason."""

    turn_id: str
    signal: Signal
    text: str
    teaches: bool = True
    entry_id: str | None = None  # what an agent answered with
    is_question: bool = True  # as far as is known; of what is said to a person nobody can tell


#: Looks for turns that were not looked at before: session, last moment, how many at most.
Source = Callable[[Session, datetime, int], list[Seen]]


def unseen(signal: Signal) -> ColumnElement[bool]:
    """Turns of real talks that were not looked at for that reason."""
    return and_(
        Conversation.channel != "evaluation",
        Conversation.deleted_at.is_(None),
        ~exists().where(GroupedQuestion.turn_id == Turn.id, GroupedQuestion.signal == signal),
    )


def _turns(signal: Signal, limit: int) -> Select[Turn, Answer]:
    return (
        select(Turn, Answer)
        .join(Answer, Answer.turn_id == Turn.id)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(unseen(signal))
        .order_by(Turn.received_at, Turn.id)
        .limit(limit)
    )


def unanswered(session: Session, until: datetime, limit: int) -> list[Seen]:
    """Turns to which the bot said that it has no answer."""
    asked = _turns(Signal.UNANSWERED, limit).where(
        Answer.outcome.in_(REFUSED), Turn.received_at <= until
    )
    return [Seen(turn.id, Signal.UNANSWERED, turn.text) for turn, _ in session.execute(asked)]


def not_chosen(session: Session, until: datetime, limit: int) -> list[Seen]:
    """Turns to which something was offered; they teach where nothing of it was chosen."""
    asked = _turns(Signal.OFFERED, limit).where(
        Answer.outcome == OFFERED, Turn.received_at <= until
    )
    return [
        Seen(turn.id, Signal.OFFERED, turn.text, teaches=not _is_chosen(session, turn, answer))
        for turn, answer in session.execute(asked)
    ]


def _is_chosen(session: Session, turn: Turn, answer: Answer) -> bool:
    """Tell whether the next turn was answered with something that this one was offered."""
    after, reply = aliased(Turn), aliased(Answer)
    found = session.execute(
        select(after.text, reply.outcome, reply.entries)
        .join(reply, reply.turn_id == after.id)
        .where(
            after.conversation_id == turn.conversation_id,
            after.received_at > turn.received_at,
        )
        .order_by(after.received_at, after.id)
        .limit(1)
    ).first()
    if found is None or found.outcome not in ANSWERED:
        return False
    offered = {each["id"] for each in answer.entries}
    buttons = {button["value"] for part in answer.parts for button in part.get("buttons", ())}
    return found.text in buttons or any(each["id"] in offered for each in found.entries)


def rated_down(session: Session, until: datetime, limit: int) -> list[Seen]:
    """Turns whose answer did not solve it or was called wrong, and not found right since."""
    found = []
    for rating, signal in _RATED.items():
        found_right = exists().where(
            WrongAnswerReport.turn_id == Turn.id, WrongAnswerReport.state == "right"
        )
        asked = _turns(signal, limit).where(
            Answer.rating == rating, Answer.rated_at <= until, ~found_right
        )
        found += [Seen(turn.id, signal, turn.text) for turn, _ in session.execute(asked)]
    return found


SOURCES: tuple[Source, ...] = (unanswered, not_chosen, rated_down)
