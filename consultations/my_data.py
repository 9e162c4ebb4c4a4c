"""What is kept of a visitor's talks (我的数据之咨询记录): counted, handed out, deleted.

Firms are let go of by :func:`enterprises.identities.end_identity`, appeals by
:func:`appeals.my_data.let_go_of_appeals`; a door calls all three in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from consultations.hand_over import stop_waiting
from consultations.learning_tables import GroupedQuestion
from consultations.tables import (
    Answer,
    Conversation,
    Correction,
    Holder,
    Message,
    Turn,
    WrongAnswerReport,
)
from core.audit import visitor_actor, write_audit
from core.due_work import DueWork

#: What stands in place of the name of a visitor who deleted the talks.
ERASED = "erased"


@dataclass(frozen=True)
class KeptTalks:
    """How much is kept of a visitor's talks."""

    conversations: int
    messages: int
    ratings: int


def count_talks(session: Session, *, identity_key: str) -> KeptTalks:
    """Count what is kept of a visitor's talks."""
    ids = [each.id for each in list_talks(session, identity_key=identity_key)]
    messages = select(func.count(Message.id)).where(Message.conversation_id.in_(ids))
    ratings = (
        select(func.count(Answer.turn_id))
        .join(Turn, Turn.id == Answer.turn_id)
        .where(Turn.conversation_id.in_(ids), Answer.rating.is_not(None))
    )
    return KeptTalks(len(ids), session.scalar(messages) or 0, session.scalar(ratings) or 0)


def list_talks(session: Session, *, identity_key: str) -> list[Conversation]:
    """A visitor's talks that were not deleted, the oldest first."""
    return list(
        session.scalars(
            select(Conversation)
            .where(Conversation.identity_key == identity_key, Conversation.deleted_at.is_(None))
            .order_by(Conversation.id)
        )
    )


def export_talks(session: Session, *, identity_key: str) -> list[dict[str, Any]]:
    """A visitor's talks as JSON values, for taking away (导出)."""
    return [_exported(session, each) for each in list_talks(session, identity_key=identity_key)]


def _exported(session: Session, conversation: Conversation) -> dict[str, Any]:
    messages = session.scalars(
        select(Message).where(Message.conversation_id == conversation.id).order_by(Message.id)
    )
    consented_at = conversation.consented_at
    return {
        "channel": conversation.channel,
        "opened_at": conversation.created_at.isoformat(),
        "consented_at": consented_at.isoformat() if consented_at else None,
        "messages": [
            {"at": each.at.isoformat(), "author": each.author.value, "body": each.body}
            for each in messages
        ],
    }


def delete_talks(session: Session, *, identity_key: str, now: datetime) -> list[str]:
    """Delete a visitor's talks (删除咨询记录); an empty row stays until the next retention.

    Returns:
        Rasa's names of the talks; the caller deletes them from its tracker after the commit.
    """
    talks = list_talks(session, identity_key=identity_key)
    for talk in talks:
        _erase(session, talk, now)
    write_audit(
        session,
        actor=visitor_actor(identity_key),
        deed="consultations.talks.deleted",
        subject=visitor_actor(identity_key),
        now=now,
        talks=len(talks),
    )
    return [talk.talk_id for talk in talks]


def _erase(session: Session, talk: Conversation, now: datetime) -> None:
    stop_waiting(session, talk, now=now)
    turns = select(Turn.id).where(Turn.conversation_id == talk.id)
    messages = list(session.scalars(select(Message.id).where(Message.conversation_id == talk.id)))
    _call_off(session, "consultations.answer", list(session.scalars(turns)), now)
    _call_off(session, f"deliver.{talk.channel}", [str(each) for each in messages], now)
    for table in (GroupedQuestion, WrongAnswerReport, Correction, Answer):
        session.execute(delete(table).where(table.turn_id.in_(turns)))
    session.execute(delete(Message).where(Message.conversation_id == talk.id))
    session.execute(delete(Turn).where(Turn.conversation_id == talk.id))
    talk.holder, talk.staff_login, talk.waiting_since = Holder.BOT, None, None
    talk.identity_key, talk.token_hash = ERASED, f"{ERASED} {talk.talk_id}"
    talk.last_topic, talk.wait_reason, talk.consented_at = None, None, None
    talk.deleted_at = now
    session.flush()


def _call_off(session: Session, kind: str, keys: list[str], now: datetime) -> None:
    session.execute(
        update(DueWork)
        .where(DueWork.kind == kind, DueWork.key.in_(keys), DueWork.done_at.is_(None))
        .values(done_at=now, last_error="called off")
    )
