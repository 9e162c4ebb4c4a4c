"""The reply to a call of the platform (被动回复): decided once, the same for every retry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from channels.wechat_claims import (
    CHANNEL,
    bubbles_of,
    claim,
    note_delivered,
    unclaim,
    undelivered,
)
from channels.wechat_followers import IDENTITY_PREFIX, follower_of, set_options
from channels.wechat_tables import WechatFollower, WechatReceipt
from channels.wechat_text import Writer, fetch_options
from channels.wechat_words import say
from consultations.tables import Message, Turn, TurnState
from consultations.talk import latest_conversation_of


@dataclass(frozen=True)
class Settled:
    """How a call of the platform is answered, for good; None stands for ``success``."""

    reply: str | None


def settle(
    session: Session, key: str, *, writer: Writer, now: datetime, final: bool
) -> Settled | None:
    """Decide how a receipt is answered, once for all processes and retries.

    Args:
        session: Open session.
        key: The receipt.
        writer: Puts messages into words.
        now: The moment.
        final: Whether there is no more time to wait.

    Returns:
        The decision, made now or before; None if the answer may still come.
    """
    receipt = session.get(WechatReceipt, key, with_for_update=True, populate_existing=True)
    if receipt is None:
        return Settled(None)
    if receipt.settled_at is not None:
        return Settled(receipt.passive_reply)
    turn = session.get(Turn, receipt.turn_id) if receipt.turn_id else None
    follower = follower_of(session, receipt.openid)  # locked before any claim, as in the outbox
    waiting = _waiting_for(session, receipt.openid, now)
    own = [message for message in waiting if turn is not None and message.turn_id == turn.id]
    if not own and turn is not None and turn.state is TurnState.WAITING:
        if not final:
            return None
        set_options(follower, fetch_options(), now=now)
        return close_receipt(receipt, say("looking"), now=now)
    earlier = [message for message in waiting if message not in own]
    reply = _passively(session, follower, own, earlier, writer, now)
    if reply is None and turn is None:
        reply = say("nothing_new")
    return close_receipt(receipt, reply, now=now)


def close_receipt(receipt: WechatReceipt, reply: str | None, *, now: datetime) -> Settled:
    """Write the decision down; every retry gets the same."""
    receipt.passive_reply, receipt.settled_at = reply, now
    return Settled(reply)


def _waiting_for(session: Session, openid: str, now: datetime) -> list[Message]:
    conversation = latest_conversation_of(
        session, identity_key=f"{IDENTITY_PREFIX}{openid}", channel=CHANNEL
    )
    return undelivered(session, conversation.id, now=now) if conversation is not None else []


def _passively(
    session: Session,
    follower: WechatFollower,
    own: Sequence[Message],
    earlier: Sequence[Message],
    writer: Writer,
    now: datetime,
) -> str | None:
    """Claim what the passive reply carries and call the outbox off, in this transaction."""
    own = claim(session, own, "passive", now=now)
    earlier = claim(session, earlier, "passive", now=now)
    if not own and not earlier:
        return None
    written, count = writer.write_with_earlier(bubbles_of(own), bubbles_of(earlier))
    unclaim(session, [message.id for message in earlier[count:]])
    note_delivered(session, [*own, *earlier[:count]], now=now)
    set_options(follower, written.options, now=now)
    return written.text
