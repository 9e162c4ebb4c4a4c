"""What happens in a talk (咨询过程): it opens, turns come in, each is answered once.

Every function takes an open session and leaves the commit to its caller.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from answers.parts import Part, Reply
from consultations.tables import (
    Answer,
    Author,
    Conversation,
    Holder,
    Message,
    Turn,
    TurnState,
)
from core.due_work import drop_work, file_work
from core.errors import NotFound, ServiceError
from core.masking import mask
from core.secrets import fingerprint, new_token

MAX_TEXT = 1000
#: Invisible, but part of a text: line ends, and the joiner inside of an emoji.
_KEPT = "\n\t\u200d"
#: A turn that its process did not finish is taken up by another after this long.
ANSWER_LEASE = timedelta(seconds=40)


class EmptyText(ServiceError):
    """Nothing was said (内容为空)."""

    code = "empty_text"
    status = 422


class TextTooLong(ServiceError):
    """More was said than one turn may hold (内容过长)."""

    code = "text_too_long"
    status = 422


class ConversationUnknown(NotFound):
    """The token opens no conversation (会话不存在)."""

    code = "conversation_unknown"
    status = 401


def open_conversation(
    session: Session, *, channel: str, identity_key: str, now: datetime
) -> tuple[Conversation, str]:
    """Open a talk.

    Returns:
        The conversation and its secret token, which is told once and never stored.
    """
    token = new_token()
    conversation = Conversation(
        token_hash=fingerprint(token),
        channel=channel,
        identity_key=identity_key,
        talk_id=uuid.uuid4().hex,
        holder=Holder.BOT,
        created_at=now,
        last_at=now,
    )
    session.add(conversation)
    session.flush()
    return conversation, token


def access_conversation(session: Session, token: str | None) -> Conversation:
    """Return the conversation that the secret token opens.

    Raises:
        ConversationUnknown: No token, a wrong one, or the talk was deleted.
    """
    if token:
        conversation = session.scalar(
            select(Conversation).where(
                Conversation.token_hash == fingerprint(token), Conversation.deleted_at.is_(None)
            )
        )
        if conversation is not None:
            return conversation
    raise ConversationUnknown


def latest_conversation_of(
    session: Session, *, identity_key: str, channel: str
) -> Conversation | None:
    """The last talk of an identity on a channel that knows people by itself (WeChat)."""
    return session.scalar(
        select(Conversation)
        .where(
            Conversation.identity_key == identity_key,
            Conversation.channel == channel,
            Conversation.deleted_at.is_(None),
        )
        .order_by(Conversation.id.desc())
        .limit(1)
    )


def receive_turn(
    session: Session,
    conversation: Conversation,
    *,
    text: str,
    client_message_id: str,
    now: datetime,
    as_of: date | None = None,
) -> tuple[Turn, bool]:
    """Store what the taxpayer said, masked, and file the work of answering it.

    Returns:
        The turn, and whether it is new; the same ``client_message_id`` again gives the same turn.

    Raises:
        EmptyText: Nothing but space.
        TextTooLong: More than ``MAX_TEXT`` characters.
    """
    # Locked, so that the same message sent twice at once is one turn, and a person who accepts
    # the talk meanwhile gets the turn.
    session.refresh(conversation, with_for_update=True)
    found = session.scalar(
        select(Turn).where(
            Turn.conversation_id == conversation.id, Turn.client_message_id == client_message_id
        )
    )
    if found is not None:
        return found, False
    said = mask(_readable(text)).text
    if not said:
        raise EmptyText
    if len(said) > MAX_TEXT:
        raise TextTooLong(length=len(said), limit=MAX_TEXT)
    with_person = conversation.holder is Holder.PERSON
    turn = Turn(
        id=uuid.uuid4().hex,
        conversation_id=conversation.id,
        client_message_id=client_message_id,
        text=said,
        as_of=as_of,
        state=TurnState.WITH_PERSON if with_person else TurnState.WAITING,
        received_at=now,
    )
    session.add(turn)
    conversation.last_at = now
    add_message(
        session,
        conversation,
        author=Author.TAXPAYER,
        part=Part(text=said, machine_made=False),
        now=now,
        turn_id=turn.id,
    )
    if not with_person:
        file_work(
            session,
            kind="consultations.answer",
            key=turn.id,
            due_at=now + ANSWER_LEASE,
            payload={"turn_id": turn.id},
        )
    return turn, True


def _readable(text: str) -> str:
    """Without what cannot be seen or stored: controls, half characters, changes of direction."""
    spaced = "".join(" " if c.isspace() and c not in "\n\t" else c for c in text)
    return "".join(c for c in spaced if c in _KEPT or c.isprintable()).strip()


def claim_turn(session: Session, turn_id: str) -> tuple[Turn, Answer | None]:
    """Lock a turn for answering it in this transaction.

    Whoever answers a turn calls this first and does nothing if there is an answer already, so
    that neither the answer nor what an action does beside it can happen twice.

    Returns:
        The turn, and its stored answer if it has one.
    """
    turn = session.get_one(Turn, turn_id, with_for_update=True)
    return turn, session.get(Answer, turn_id)


def record_answer(session: Session, turn_id: str, reply: Reply, *, now: datetime) -> Answer:
    """Store the answer of a turn; if one is stored already, that one is returned and stays."""
    found = session.get(Answer, turn_id)
    if found is not None:
        return found
    first, last = reply.tax_period or (None, None)
    answer = Answer(
        turn_id=turn_id,
        outcome=reply.outcome,
        parts=[part.to_json() for part in reply.parts],
        act=reply.act,
        act_probability=reply.act_probability,
        entries=list(reply.entries),
        sources=list(reply.sources),
        tax_period_first=first,
        tax_period_last=last,
        as_of=reply.as_of,
        facts=reply.facts,
        timings=reply.timings,
        created_at=now,
    )
    session.add(answer)
    if reply.topic is not None:
        turn = session.get_one(Turn, turn_id)
        turn.conversation.last_topic = reply.topic
    session.flush()
    return answer


def finish_turn(
    session: Session,
    turn_id: str,
    *,
    extra_parts: tuple[Part, ...] = (),
    now: datetime,
    degraded: bool = False,
) -> list[Message]:
    """Show the stored answer of a turn in the talk, once.

    Args:
        session: Open session.
        turn_id: The turn; it must have an answer.
        extra_parts: What Rasa said beside the action, e.g. the next question of a form.
        now: The moment.
        degraded: Whether Rasa could not be asked.

    Returns:
        The messages that were added; none if the turn was finished before.
    """
    turn = session.get_one(Turn, turn_id, with_for_update=True)
    if turn.state is not TurnState.WAITING:
        return []
    answer = session.get_one(Answer, turn_id)
    bodies = [*answer.parts, *(part.to_json() for part in extra_parts)]
    turn.state = TurnState.ANSWERED
    turn.answered_at = now
    turn.degraded = degraded
    turn.conversation.last_at = now
    drop_work(session, kind="consultations.answer", key=turn_id, now=now)
    return [
        _store(session, turn.conversation, Author.BOT, body, now, turn_id=turn_id)
        for body in bodies
    ]


def leave_to_person(session: Session, turn_id: str, *, now: datetime) -> None:
    """Leave a turn that waits for its answer to the person who holds the talk meanwhile."""
    turn = session.get_one(Turn, turn_id, with_for_update=True)
    if turn.state is TurnState.WAITING:
        turn.state = TurnState.WITH_PERSON
        drop_work(session, kind="consultations.answer", key=turn_id, now=now)


def add_message(
    session: Session,
    conversation: Conversation,
    *,
    author: Author,
    part: Part,
    now: datetime,
    turn_id: str | None = None,
    staff_login: str | None = None,
) -> Message:
    """Add one bubble to the talk."""
    return _store(
        session, conversation, author, part.to_json(), now, turn_id=turn_id, staff_login=staff_login
    )


def _store(
    session: Session,
    conversation: Conversation,
    author: Author,
    body: dict[str, Any],
    now: datetime,
    *,
    turn_id: str | None = None,
    staff_login: str | None = None,
) -> Message:
    message = Message(
        conversation_id=conversation.id,
        turn_id=turn_id,
        author=author,
        staff_login=staff_login,
        at=now,
        body=body,
    )
    session.add(message)
    session.flush()
    if author is not Author.TAXPAYER and conversation.channel not in ("web", "evaluation"):
        file_work(
            session,
            kind=f"deliver.{conversation.channel}",
            key=str(message.id),
            due_at=now,
            payload={"message_id": message.id, "conversation_id": conversation.id},
        )
    return message


def list_messages(
    session: Session,
    conversation_id: int,
    *,
    after: int | None = None,
    before: int | None = None,
    limit: int = 30,
) -> list[Message]:
    """Messages of one talk, oldest first: those after an id, or the latest ones before an id."""
    query = select(Message).where(Message.conversation_id == conversation_id)
    if after is not None:
        return list(
            session.scalars(query.where(Message.id > after).order_by(Message.id).limit(200))
        )
    if before is not None:
        query = query.where(Message.id < before)
    newest = session.scalars(query.order_by(Message.id.desc()).limit(limit))
    return list(reversed(newest.all()))


def recent_turns(session: Session, conversation_id: int, limit: int = 6) -> list[Turn]:
    """The last turns of a talk with their answers, oldest first: the evidence of an appeal."""
    newest = session.scalars(
        select(Turn)
        .where(Turn.conversation_id == conversation_id)
        .order_by(Turn.received_at.desc(), Turn.id)
        .limit(limit)
    )
    return list(reversed(newest.all()))
