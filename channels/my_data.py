"""What is kept of a visitor (我的数据): told, handed out, deleted; consent given and withdrawn.

Any channel that knows its visitor's identity key may use it.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from appeals.access import list_appeals_for
from channels.web_views import firm_view, message_view
from consultations.hand_over import stop_waiting
from consultations.tables import Answer, Conversation, Message, Turn, WrongAnswerReport
from core.audit import write_audit
from core.due_work import drop_work
from core.settings import Settings
from enterprises.binding_tables import Contact
from enterprises.firms import list_bindings
from enterprises.identities import end_identity, visitor


@cache
def _words() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "my_data_words.yml").read_text("utf-8"))


def talks_of(session: Session, identity_key: str) -> list[Conversation]:
    """Every talk of a visitor that was not deleted."""
    return list(
        session.scalars(
            select(Conversation)
            .where(Conversation.identity_key == identity_key, Conversation.deleted_at.is_(None))
            .order_by(Conversation.id)
        )
    )


def give_consent(
    session: Session, conversation: Conversation, *, agreed: bool, now: datetime
) -> None:
    """Hold that the visitor agrees to the notice, or no longer does (同意、撤回同意)."""
    conversation.consented_at = now if agreed else None
    who = visitor(conversation.identity_key)
    write_audit(
        session,
        actor=who,
        deed=f"consultations.consent.{'given' if agreed else 'withdrawn'}",
        subject=f"conversation:{conversation.id}",
        now=now,
    )


def kept_data(
    session: Session, *, identity_key: str, settings: Settings, now: datetime
) -> list[dict[str, Any]]:
    """What is kept, by kind, with how many there are and for how many days."""
    talk_ids = [each.id for each in talks_of(session, identity_key)]
    messages = session.scalar(
        select(func.count(Message.id)).where(Message.conversation_id.in_(talk_ids))
    )
    rated = session.scalar(
        select(func.count(Answer.turn_id))
        .join(Turn, Turn.id == Answer.turn_id)
        .where(Turn.conversation_id.in_(talk_ids), Answer.rating.is_not(None))
    )
    counts = {
        "messages": (messages or 0, settings.keep_conversations_days),
        "ratings": (rated or 0, settings.keep_conversations_days),
        "bindings": (
            len(list_bindings(session, identity_key=identity_key, now=now)),
            settings.binding_days,
        ),
        "contacts": (len(_contacts(session, identity_key)), settings.keep_contacts_days),
        "appeals": (len(list_appeals_for(session, identity_keys=[identity_key])), None),
    }
    return [
        {"kind": kind, **_words()["kinds"][kind], "count": count, "retention_days": days}
        for kind, (count, days) in counts.items()
    ]


def exported_data(session: Session, *, identity_key: str, now: datetime) -> dict[str, Any]:
    """Everything kept of the visitor, to take away (导出)."""
    talks = talks_of(session, identity_key)
    appeals = list_appeals_for(session, identity_keys=[identity_key])
    return {
        "exported_at": now.isoformat(),
        "conversations": [_talk_view(session, each) for each in talks],
        "bindings": [
            {**firm_view(each), "kept_until": each.expires_at.isoformat()}
            for each in list_bindings(session, identity_key=identity_key, now=now)
        ],
        "contacts": [
            {
                "phone": each.phone_hint,
                "purpose": each.purpose,
                "kept_until": each.expires_at.isoformat(),
            }
            for each in _contacts(session, identity_key)
        ],
        "appeals": [
            {
                "number": each.number,
                "kind": each.kind_label,
                "subject": each.subject,
                "status": each.status_label,
                "opened_at": each.opened_at.isoformat(),
                "answer": each.answer,
            }
            for each in appeals
        ],
    }


def _talk_view(session: Session, conversation: Conversation) -> dict[str, Any]:
    messages = session.scalars(
        select(Message).where(Message.conversation_id == conversation.id).order_by(Message.id)
    )
    consented_at = conversation.consented_at
    return {
        "opened_at": conversation.created_at.isoformat(),
        "consented_at": consented_at.isoformat() if consented_at else None,
        "messages": [message_view(each) for each in messages],
    }


def _contacts(session: Session, identity_key: str) -> list[Contact]:
    return list(session.scalars(select(Contact).where(Contact.identity_key == identity_key)))


def delete_data(session: Session, *, identity_key: str, now: datetime) -> tuple[list[str], str]:
    """Delete the visitor's talks, proofs and contacts (删除我的数据); appeals stay.

    Returns:
        Rasa's names of the talks, whose tracker the caller deletes after the commit, and what
        the visitor is told.
    """
    talks = talks_of(session, identity_key)
    for talk in talks:
        _delete_talk(session, talk, now)
    numbers = [each.number for each in list_appeals_for(session, identity_keys=[identity_key])]
    end_identity(session, identity_key=identity_key, now=now)
    write_audit(
        session,
        actor=visitor(identity_key),
        deed="consultations.data.deleted",
        subject=visitor(identity_key),
        now=now,
        talks=len(talks),
    )
    told = _words()["deleted"]
    if numbers:
        told += _words()["appeals_stay"].format(numbers="、".join(numbers))
    return [talk.talk_id for talk in talks], told


def _delete_talk(session: Session, talk: Conversation, now: datetime) -> None:
    stop_waiting(session, talk, now=now)
    turn_ids = list(session.scalars(select(Turn.id).where(Turn.conversation_id == talk.id)))
    for turn_id in turn_ids:
        drop_work(session, kind="consultations.answer", key=turn_id, now=now)
    for table in (WrongAnswerReport, Answer):
        session.execute(delete(table).where(table.turn_id.in_(turn_ids)))
    session.execute(delete(Message).where(Message.conversation_id == talk.id))
    session.execute(delete(Turn).where(Turn.conversation_id == talk.id))
    talk.deleted_at, talk.last_topic, talk.wait_reason = now, None, None
