"""What is kept of a visitor (我的数据): told, handed out, deleted; consent given and withdrawn.

Any channel that knows its visitor's identity key may use it.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.access import list_appeals_for
from appeals.my_data import let_go_of_appeals
from channels.web_views import firm_view
from channels.wechat_followers import IDENTITY_PREFIX, forget_follower
from consultations.my_data import count_talks, delete_talks, export_talks
from consultations.tables import Conversation
from core.audit import visitor_actor, write_audit
from core.settings import Settings
from enterprises.binding_tables import Contact
from enterprises.firms import list_bindings
from enterprises.identities import end_identity
from outreach.wishes import export_wishes, forget


@cache
def _words() -> dict[str, Any]:
    return yaml.safe_load((Path(__file__).parent / "my_data_words.yml").read_text("utf-8"))


def give_consent(
    session: Session, conversation: Conversation, *, agreed: bool, now: datetime
) -> None:
    """Hold that the visitor agrees to the notice, or no longer does (同意、撤回同意)."""
    conversation.consented_at = now if agreed else None
    if not agreed:
        forget(session, identity_key=conversation.identity_key)
    who = visitor_actor(conversation.identity_key)
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
    talks = count_talks(session, identity_key=identity_key)
    counts = {
        "messages": (talks.messages, settings.keep_conversations_days),
        "ratings": (talks.ratings, settings.keep_conversations_days),
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
    appeals = list_appeals_for(session, identity_keys=[identity_key])
    return {
        "exported_at": now.isoformat(),
        "conversations": export_talks(session, identity_key=identity_key),
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
                "attachments": [
                    {"name": file.name, "size": file.size, "at": file.at.isoformat()}
                    for file in each.attachments
                ],
            }
            for each in appeals
        ],
        "push_wishes": export_wishes(session, identity_key=identity_key),
    }


def _contacts(session: Session, identity_key: str) -> list[Contact]:
    return list(session.scalars(select(Contact).where(Contact.identity_key == identity_key)))


def delete_data(session: Session, *, identity_key: str, now: datetime) -> tuple[list[str], str]:
    """Delete the visitor's talks, proofs and contacts (删除我的数据); appeals stay.

    Returns:
        Rasa's names of the talks, whose tracker the caller deletes after the commit, and what
        the visitor is told.
    """
    talk_ids = delete_talks(session, identity_key=identity_key, now=now)
    numbers = let_go_of_appeals(session, identity_key=identity_key, now=now)
    end_identity(session, identity_key=identity_key, now=now)
    forget(session, identity_key=identity_key)
    if identity_key.startswith(IDENTITY_PREFIX):
        forget_follower(session, identity_key)
    told = _words()["deleted"]
    if numbers:
        told += _words()["appeals_stay"].format(numbers="、".join(numbers))
    return talk_ids, told
