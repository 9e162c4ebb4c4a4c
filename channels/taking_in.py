"""Taking in what a taxpayer said (接收提问), the same way on every channel."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.orm import Session

from appeals.drafts import keep_contact
from consultations.tables import Conversation, Message, Turn
from consultations.talk import receive_turn
from consultations.telling import tell_corrections
from core.masking import mask
from core.secrets import Keys


class TakenIn(NamedTuple):
    """A turn that was stored, and the corrections that were told before its answer."""

    turn: Turn
    is_new: bool
    corrections: list[Message]


def take_in(
    session: Session,
    conversation: Conversation,
    *,
    text: str,
    client_message_id: str,
    keys: Keys,
    now: datetime,
    as_of: date | None = None,
) -> TakenIn:
    """Store a turn; a phone in it is sealed into the appeal that waits for one, and masked.

    Who comes back to ask is first told which earlier answers no longer hold.

    Returns:
        The turn, whether it is new, and what was told before it is answered.

    Raises:
        EmptyText: Nothing was said.
        TextTooLong: More was said than one turn may hold.
    """
    turn, is_new = receive_turn(
        session,
        conversation,
        text=text,
        client_message_id=client_message_id,
        now=now,
        as_of=as_of,
    )
    corrections: list[Message] = []
    if is_new:
        corrections = tell_corrections(session, conversation, now=now)
        for phone in mask(text).phones:
            keep_contact(
                session,
                identity_key=conversation.identity_key,
                phone=phone,
                keys=keys,
                now=now,
            )
    return TakenIn(turn, is_new, corrections)
