"""Who holds the talk (转人工): asked for, accepted by a person, handed back, or lapsed.

The sentence 已转人工 exists only in :func:`accept_talk`: nothing else may say it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from answers.parts import Part
from consultations.sentences import say
from consultations.tables import Author, Conversation, Holder
from consultations.talk import add_message
from core.audit import write_audit
from core.due_work import drop_work, file_work
from core.errors import Conflict


class TalkTaken(Conflict):
    """Somebody else accepted the talk first (已被其他坐席接入)."""

    code = "talk_taken"


class TalkNotHeld(Conflict):
    """The talk is not held by this person (会话不在您手上)."""

    code = "talk_not_held"


def ask_for_person(
    session: Session, conversation: Conversation, *, reason: str, within: timedelta, now: datetime
) -> int:
    """Put the talk into the queue for a person.

    Returns:
        The place in the queue, 1 for the next one.
    """
    if conversation.holder is Holder.BOT:
        conversation.holder = Holder.WAITING
        conversation.waiting_since = now
        conversation.wait_reason = reason[:200]
        file_work(
            session,
            kind="consultations.hand_over_lapsed",
            key=f"{conversation.id}:{int(now.timestamp() * 1000)}",
            due_at=now + within,
            payload={"conversation_id": conversation.id, "since": now.isoformat()},
        )
    return place_in_queue(session, conversation)


def place_in_queue(session: Session, conversation: Conversation) -> int:
    """How many talks wait up to and including this one."""
    return (
        session.scalar(
            select(func.count(Conversation.id)).where(
                Conversation.holder == Holder.WAITING,
                Conversation.waiting_since <= conversation.waiting_since,
            )
        )
        or 1
    )


def accept_talk(
    session: Session, conversation_id: int, *, staff_login: str, staff_name: str, now: datetime
) -> Conversation:
    """A person takes the talk; only now the taxpayer hears that a person is there.

    Raises:
        TalkTaken: Another person holds it.
        TalkNotHeld: The taxpayer deleted it.
    """
    taken = session.scalar(
        update(Conversation)
        .where(
            Conversation.id == conversation_id,
            Conversation.holder != Holder.PERSON,
            Conversation.deleted_at.is_(None),
        )
        .values(holder=Holder.PERSON, staff_login=staff_login)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    conversation = session.get_one(Conversation, conversation_id, populate_existing=True)
    if taken is None:
        if conversation.deleted_at is not None:
            raise TalkNotHeld
        if conversation.staff_login == staff_login:
            return conversation
        raise TalkTaken(agent=conversation.staff_login)
    conversation.waiting_since = None
    add_message(
        session,
        conversation,
        author=Author.SYSTEM,
        part=Part(
            text=say("accepted", agent=staff_name),
            kind="notice",
            outcome="handed_over",
            machine_made=False,
        ),
        now=now,
    )
    write_audit(
        session,
        actor=f"staff:{staff_login}",
        deed="consultations.talk.accepted",
        subject=f"conversation:{conversation_id}",
        now=now,
    )
    return conversation


def hand_back(
    session: Session, conversation_id: int, *, staff_login: str, now: datetime
) -> Conversation:
    """The person gives the talk back to the bot, and the taxpayer is told.

    Raises:
        TalkNotHeld: This person does not hold it.
    """
    conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
    if conversation.holder is not Holder.PERSON or conversation.staff_login != staff_login:
        raise TalkNotHeld
    conversation.holder = Holder.BOT
    conversation.staff_login = None
    add_message(
        session,
        conversation,
        author=Author.SYSTEM,
        part=Part(text=say("handed_back"), kind="notice", machine_made=False),
        now=now,
    )
    write_audit(
        session,
        actor=f"staff:{staff_login}",
        deed="consultations.talk.handed_back",
        subject=f"conversation:{conversation_id}",
        now=now,
    )
    return conversation


def lapse(session: Session, conversation_id: int, since: datetime) -> Conversation | None:
    """Nobody accepted in time: the talk goes back to the bot.

    Returns:
        The conversation, for which the caller now files an appeal; None if somebody accepted,
        or the wait is another one.
    """
    conversation = session.get(Conversation, conversation_id, with_for_update=True)
    if (
        conversation is None
        or conversation.holder is not Holder.WAITING
        or conversation.waiting_since != since
    ):
        return None
    conversation.holder = Holder.BOT
    conversation.waiting_since = None
    return conversation


def stop_waiting(session: Session, conversation: Conversation, *, now: datetime) -> None:
    """The taxpayer no longer wants a person."""
    if conversation.holder is Holder.WAITING and conversation.waiting_since is not None:
        key = f"{conversation.id}:{int(conversation.waiting_since.timestamp() * 1000)}"
        drop_work(session, kind="consultations.hand_over_lapsed", key=key, now=now)
        conversation.holder = Holder.BOT
        conversation.waiting_since = None


def reply_as_person(
    session: Session,
    conversation_id: int,
    *,
    staff_login: str,
    part: Part,
    now: datetime,
) -> int:
    """What the agent writes reaches the taxpayer.

    Returns:
        The id of the message.

    Raises:
        TalkNotHeld: This person does not hold the talk.
    """
    conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
    if conversation.holder is not Holder.PERSON or conversation.staff_login != staff_login:
        raise TalkNotHeld
    conversation.last_at = now
    return add_message(
        session,
        conversation,
        author=Author.AGENT,
        part=part,
        now=now,
        staff_login=staff_login,
    ).id
