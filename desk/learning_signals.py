"""What agents answered otherwise than the bot or its suggestions did (坐席另答)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from consultations.learning.signals import ANSWERED, Seen, unseen
from consultations.learning_tables import Signal
from consultations.tables import Answer, Author, Conversation, Message, Turn, TurnState
from desk.tables import Suggestion

#: A suggestion of which more than this share was rewritten is another answer.
REWRITTEN = 0.3
#: What is shorter is a greeting, or asks to wait.
_SHORTEST_ANSWER = 15


def answered_otherwise(session: Session, until: datetime, limit: int) -> list[Seen]:
    """Turns that a person answered; they teach where the answer was another one.

    Args:
        session: Open session.
        until: The last moment at which they were received.
        limit: How many at most.
    """
    suggested = exists().where(Suggestion.turn_id == Turn.id)
    turns = session.scalars(
        select(Turn)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(
            unseen(Signal.AGENT),
            or_(suggested, Turn.state == TurnState.WITH_PERSON),
            Turn.received_at <= until,
        )
        .order_by(Turn.received_at, Turn.id)
        .limit(limit)
    )
    return [_seen(session, turn) for turn in turns]


def _seen(session: Session, turn: Turn) -> Seen:
    found = list(
        session.scalars(
            select(Suggestion).where(Suggestion.turn_id == turn.id).order_by(Suggestion.place)
        )
    )
    sent = next((each for each in found if each.action == "sent"), None)
    if sent is not None:
        teaches = _is_rewritten(sent) or _answered_with(session, turn) not in ("", sent.entry_id)
        return Seen(turn.id, Signal.AGENT, turn.text, teaches, entry_id=sent.entry_id)
    in_own_words = len(_said_next(session, turn)) >= _SHORTEST_ANSWER
    return Seen(turn.id, Signal.AGENT, turn.text, teaches=in_own_words, is_question=False)


def _is_rewritten(sent: Suggestion) -> bool:
    return (sent.edit_distance or 0) > REWRITTEN * len(sent.text)


def _answered_with(session: Session, turn: Turn) -> str | None:
    """The entry that the bot answered with; None if it had no answer, empty if it was not asked."""
    answer = session.get(Answer, turn.id)
    if answer is None:
        return ""
    is_answered = answer.outcome in ANSWERED and answer.entries
    return str(answer.entries[0]["id"]) if is_answered else None


def _said_next(session: Session, turn: Turn) -> str:
    """What a person said after a turn, before the taxpayer went on."""
    after = select(Message).where(
        Message.conversation_id == turn.conversation_id, Message.at >= turn.received_at
    )
    said = []
    for message in session.scalars(after.order_by(Message.id)):
        if message.author is Author.TAXPAYER and message.turn_id != turn.id:
            break
        if message.author is Author.AGENT:
            said.append(str(message.body.get("text", "")))
    return "".join(said)
