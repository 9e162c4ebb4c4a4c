"""One talk at the desk (对话): what was said, firm, appeals, notes; replies go out from here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from answers.parts import Evidence, Part
from appeals.queue import queue_row
from appeals.tables import Appeal
from consultations.hand_over import reply_as_person
from consultations.tables import Author, Conversation, Message
from consultations.talk import list_messages
from core.clock import china_date
from desk.errors import ReplyTooLong, SuggestionStale, TalkUnknown
from desk.firm_card import firm_card
from desk.inbox import holder_view
from desk.labels import outcome_label
from desk.sessions import Officer
from desk.staff import staff_names
from desk.suggestions import get_suggestion, is_stale, mark_sent
from desk.tables import ConversationNote, SentReply, Suggestion
from enterprises.firms import current_firm, list_bindings

PAGE_SIZE = 40
LONGEST_REPLY = 2000
SentAs = Literal["as_is", "edited", "own"]


def get_talk(session: Session, conversation_id: int) -> Conversation:
    """Return the talk.

    Raises:
        TalkUnknown: There is none, or the taxpayer deleted it.
    """
    talk = session.get(Conversation, conversation_id)
    if talk is None or talk.deleted_at is not None:
        raise TalkUnknown
    return talk


def talk_view(
    session: Session,
    officer: Officer,
    conversation_id: int,
    *,
    now: datetime,
    gives_up_after: timedelta,
    known_firm: int | None = None,
) -> dict[str, Any]:
    """Everything the page shows of a talk.

    Args:
        session: Open session that may write: a look at the firm is audited.
        officer: Who looks.
        conversation_id: Which talk.
        now: The moment.
        gives_up_after: How long a talk may wait for a person.
        known_firm: The firm whose card the page has already; it is not read again.
    """
    talk, names = get_talk(session, conversation_id), staff_names(session)
    bound = current_firm(session, identity_key=talk.identity_key, now=now)
    unchanged = bound is not None and bound.enterprise_id == known_firm
    card = None
    if bound is not None and not unchanged:
        card = firm_card(
            session,
            officer,
            bound.enterprise_id,
            role=bound.role,
            conversation_id=talk.id,
            now=now,
        )
    held = list_bindings(session, identity_key=talk.identity_key, now=now)
    return {
        "conversation": {
            "conversation_id": talk.id,
            "firms_count": len(held),
            **holder_view(talk, names, gives_up_after),
        },
        **messages_view(session, talk.id),
        "firm": card,
        "firm_unchanged": unchanged,
        "appeals": _appeals(session, talk, china_date(now)),
        "notes": [note_view(note, names) for note in _notes(session, talk.id)],
    }


def messages_view(
    session: Session, conversation_id: int, before: int | None = None
) -> dict[str, Any]:
    """A page of messages, the oldest first, and whether there are older ones."""
    names = staff_names(session)
    found = list_messages(session, conversation_id, before=before, limit=PAGE_SIZE)
    older: int | None = 0
    if found:
        older = session.scalar(
            select(func.count(Message.id)).where(
                Message.conversation_id == conversation_id, Message.id < found[0].id
            )
        )
    return {
        "messages": [message_view(each, names) for each in found],
        "has_more": bool(older),
    }


def message_view(message: Message, names: dict[str, str]) -> dict[str, Any]:
    """One bubble; an agent's with the name."""
    by = message.staff_login
    return {
        "id": message.id,
        "author": message.author.value,
        "author_name": names.get(by, by) if by and message.author is Author.AGENT else None,
        "turn_id": message.turn_id,
        "at": message.at.isoformat(),
        "body": message.body,
        "outcome_label": outcome_label(message.body.get("outcome")),
    }


def _appeals(session: Session, talk: Conversation, today: date) -> list[dict[str, Any]]:
    found = session.scalars(
        select(Appeal)
        .where(Appeal.conversation_id == talk.id)
        .order_by(Appeal.opened_at.desc(), Appeal.id.desc())
    )
    rows = [queue_row(appeal, today) for appeal in found]
    return [
        {
            "number": row.number,
            "kind_label": row.kind_label,
            "subject": row.subject,
            "status": row.status,
            "status_label": row.status_label,
            "due_sentence": row.due_text,
        }
        for row in rows
    ]


def _notes(session: Session, conversation_id: int) -> list[ConversationNote]:
    return list(
        session.scalars(
            select(ConversationNote)
            .where(ConversationNote.conversation_id == conversation_id)
            .order_by(ConversationNote.id.desc())
        )
    )


def note_view(note: ConversationNote, names: dict[str, str]) -> dict[str, Any]:
    """One note with its author."""
    return {
        "id": note.id,
        "at": note.at.isoformat(),
        "author": note.login,
        "author_name": names.get(note.login, note.login),
        "text": note.text,
    }


def add_note(
    session: Session, conversation_id: int, *, login: str, text: str, now: datetime
) -> ConversationNote:
    """Leave a note for colleagues (内部备注)."""
    get_talk(session, conversation_id)
    note = ConversationNote(conversation_id=conversation_id, login=login, at=now, text=text)
    session.add(note)
    session.flush()
    return note


def send_reply(
    session: Session,
    conversation_id: int,
    *,
    officer: Officer,
    text: str,
    client_message_id: str,
    suggestion_id: int | None = None,
    sent_as: SentAs = "own",
    now: datetime,
) -> Message:
    """Say something to the taxpayer as a person; the same ``client_message_id`` says it once.

    Raises:
        ReplyTooLong: Nothing, or more than ``LONGEST_REPLY`` characters.
        SuggestionStale: A suggestion is sent unread after the talk went on.
        TalkNotHeld: The officer does not hold the talk.
    """
    if not text.strip() or len(text) > LONGEST_REPLY:
        raise ReplyTooLong(limit=LONGEST_REPLY)
    get_talk(session, conversation_id)
    before = session.scalar(
        select(SentReply).where(
            SentReply.conversation_id == conversation_id,
            SentReply.client_message_id == client_message_id,
        )
    )
    if before is not None:
        return session.get_one(Message, before.message_id)
    part, suggestion = Part(text=text.strip(), machine_made=False), None
    if suggestion_id is not None and sent_as != "own":
        suggestion = get_suggestion(session, suggestion_id, conversation_id=conversation_id)
        if sent_as == "as_is" and is_stale(session, suggestion):
            raise SuggestionStale
        part = replace(part, evidence=_evidence(suggestion))
    message_id = reply_as_person(
        session, conversation_id, staff_login=officer.login, part=part, now=now
    )
    session.add(
        SentReply(
            conversation_id=conversation_id,
            client_message_id=client_message_id,
            message_id=message_id,
        )
    )
    if suggestion is not None:
        mark_sent(suggestion, text=text.strip(), by=officer.login, now=now)
    session.flush()
    return session.get_one(Message, message_id)


def _evidence(suggestion: Suggestion) -> tuple[Evidence, ...]:
    days = ("holds_from", "holds_to", "checked_on")

    def read(name: str, value: Any) -> Any:
        return date.fromisoformat(value) if name in days and value else value

    return tuple(
        Evidence(**{name: read(name, value) for name, value in kept.items()})
        for kept in suggestion.evidence
    )
