"""What the page is told (页面数据): the talk, its messages, who holds it, the bureau."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels.keys import Services
from consultations.hand_over import place_in_queue
from consultations.tables import Conversation, Holder, Message
from consultations.talk import list_messages
from core.masking import masked_uscc
from enterprises.firms import BoundFirm, current_firm, list_bindings
from enterprises.labels import label

PAGE_SIZE = 30


@cache
def page_words() -> dict[str, Any]:
    """Notices and suggestions of the page, from ``web_words.yml``."""
    return yaml.safe_load((Path(__file__).parent / "web_words.yml").read_text("utf-8"))


def bureau_view(services: Services, now: datetime) -> dict[str, Any]:
    """The bureau, its hours, and what a visitor has to know before the first question."""
    bureau, settings, words = services.bureau, services.settings, page_words()
    days = {
        "conversations": settings.keep_conversations_days,
        "contacts": settings.keep_contacts_days,
        "binding": settings.binding_days,
        "hotline": bureau.hotline,
    }
    return {
        "name": bureau.name,
        "region": bureau.region,
        "hall": [hall.model_dump() for hall in bureau.halls],
        "hotline": bureau.hotline,
        "working_hours_text": bureau.hours_text(),
        "open_now": bureau.is_open(now),
        "next_opening_text": bureau.next_opening_text(now),
        "mode": settings.mode,
        "library_approved": bureau.library_approved,
        "notices": {name: text.format(**days) for name, text in words["notices"].items()},
        "suggestions": words["suggestions"],
    }


def message_view(message: Message) -> dict[str, Any]:
    """One bubble."""
    return {
        "id": message.id,
        "author": message.author.value,
        "turn_id": message.turn_id,
        "at": message.at.isoformat(),
        "body": message.body,
    }


def holder_view(
    session: Session, conversation: Conversation, services: Services, now: datetime
) -> dict[str, Any]:
    """Who answers the taxpayer now, and which firm the talk is about."""
    waiting, agent_name = None, None
    if conversation.holder is Holder.WAITING and conversation.waiting_since is not None:
        since = conversation.waiting_since
        waiting = {
            "since": since.isoformat(),
            "place": place_in_queue(session, conversation),
            "gives_up_at": (since + services.settings.hand_over_within).isoformat(),
        }
    if conversation.holder is Holder.PERSON and conversation.staff_login is not None:
        agent_name = services.staff_name(session, conversation.staff_login)
    return {
        "holder": conversation.holder.value,
        "waiting": waiting,
        "agent_name": agent_name,
        **_firm_view(session, conversation.identity_key, now),
    }


def _firm_view(session: Session, identity_key: str, now: datetime) -> dict[str, Any]:
    firm = current_firm(session, identity_key=identity_key, now=now)
    held = list_bindings(session, identity_key=identity_key, now=now)
    return {"firm": None if firm is None else firm_view(firm), "firms_count": len(held)}


def firm_view(firm: BoundFirm) -> dict[str, Any]:
    """A bound firm, as far as its bar on the page shows it."""
    return {
        "name": firm.name,
        "uscc_masked": masked_uscc(firm.uscc),
        "role_label": label("role", firm.role),
    }


def messages_view(
    session: Session, conversation: Conversation, *, before: int | None = None, limit: int
) -> dict[str, Any]:
    """A page of bubbles, the oldest first, and whether there are older ones."""
    messages = list_messages(session, conversation.id, before=before, limit=limit)
    return {
        "messages": [message_view(each) for each in messages],
        "has_more": bool(messages) and _has_older(session, messages[0]),
    }


def _has_older(session: Session, message: Message) -> bool:
    older = select(func.count(Message.id)).where(
        Message.conversation_id == message.conversation_id, Message.id < message.id
    )
    return bool(session.scalar(older))


def conversation_view(
    session: Session, conversation: Conversation, services: Services, now: datetime
) -> dict[str, Any]:
    """All that the page needs to show the talk."""
    return {
        **holder_view(session, conversation, services, now),
        "consented": conversation.consented_at is not None,
        **messages_view(session, conversation, limit=PAGE_SIZE),
        "degraded": services.is_degraded(),
    }
