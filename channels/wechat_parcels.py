"""What the outbox sends (客服消息): one parcel at a time in a talk, within what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from channels.wechat_claims import (
    CLAIM_HOLDS,
    Why,
    bubbles_of,
    claim,
    hold,
    note_delivered,
    unclaim,
    undelivered,
)
from channels.wechat_followers import (
    IDENTITY_PREFIX,
    Allowance,
    follower_of,
    give_back,
    set_options,
    take_allowance,
    use_up,
)
from channels.wechat_tables import WechatDelivery, WechatReceipt
from channels.wechat_text import Option, Writer
from consultations.tables import Conversation, Message

#: How long beyond its time the passive reply is left the first go.
_COURTESY = timedelta(seconds=0.5)


@dataclass(frozen=True)
class Parcel:
    """Messages that this process alone now sends by customer-service message (客服消息)."""

    openid: str
    message_ids: tuple[int, ...]
    text: str
    options: list[Option]
    allowance: Allowance


class Busy:
    """Somebody else is about to deliver in this talk: look again in a moment."""


def next_parcel(
    session: Session, conversation_id: int, *, writer: Writer, now: datetime
) -> Parcel | Busy | None:
    """Claim what the outbox is to send next in a talk.

    Returns:
        The messages claimed; :class:`Busy` while a passive reply or another process may still
        deliver; None if nothing is left that may be sent now.
    """
    conversation = session.get(Conversation, conversation_id)
    if conversation is None or conversation.deleted_at is not None:
        return None
    waiting = undelivered(session, conversation_id, now=now)
    if not waiting:
        return None
    openid = conversation.identity_key.removeprefix(IDENTITY_PREFIX)
    follower = follower_of(session, openid)
    if _is_busy(session, conversation_id, waiting, now):
        return Busy()
    allowance = take_allowance(follower, now=now)
    if allowance is None:
        why: Why = "window_or_quota" if follower.unsubscribed_at is None else "unsubscribed"
        hold(session, [message.id for message in waiting], why=why, now=now)
        return None
    group = claim(session, _group(waiting, writer), "service", now=now)
    if not group:
        give_back(follower, allowance)
        return Busy()
    written = writer.write(bubbles_of(group))
    ids = tuple(message.id for message in group)
    return Parcel(openid, ids, written.text, written.options, allowance)


def _is_busy(
    session: Session, conversation_id: int, waiting: Sequence[Message], now: datetime
) -> bool:
    turns = {message.turn_id for message in waiting if message.turn_id is not None}
    being_answered = session.scalar(
        select(WechatReceipt.key)
        .where(
            WechatReceipt.turn_id.in_(turns),
            WechatReceipt.settled_at.is_(None),
            WechatReceipt.passive_until > now - _COURTESY,
        )
        .limit(1)
    )
    being_sent = session.scalar(
        select(WechatDelivery.message_id)
        .where(
            WechatDelivery.conversation_id == conversation_id,
            WechatDelivery.sent_at.is_(None),
            WechatDelivery.claimed_at >= now - CLAIM_HOLDS,
        )
        .limit(1)
    )
    return being_answered is not None or being_sent is not None


def _group(waiting: Sequence[Message], writer: Writer) -> list[Message]:
    """The messages of one turn; lines that belong to no turn go together while they fit."""
    first = waiting[0]
    group = list(takewhile(lambda message: message.turn_id == first.turn_id, waiting))
    if first.turn_id is not None:
        return group
    while len(group) > 1 and not writer.holds_whole(bubbles_of(group)):
        group.pop()
    return group


def confirm_sent(session: Session, parcel: Parcel, *, now: datetime) -> None:
    """The platform took the parcel."""
    messages = session.scalars(select(Message).where(Message.id.in_(parcel.message_ids)))
    note_delivered(session, messages.all(), now=now)
    session.execute(
        update(WechatDelivery)
        .where(WechatDelivery.message_id.in_(parcel.message_ids))
        .values(sent_at=now)
    )
    set_options(follower_of(session, parcel.openid), parcel.options, now=now)


def take_back(session: Session, parcel: Parcel) -> None:
    """The parcel did not leave; it may be claimed again."""
    unclaim(session, parcel.message_ids)
    give_back(follower_of(session, parcel.openid), parcel.allowance)


def take_back_refused(session: Session, parcel: Parcel, *, why: Why, now: datetime) -> None:
    """The platform will not take it before the user speaks again: it is held until then."""
    unclaim(session, parcel.message_ids)
    follower = follower_of(session, parcel.openid)
    if why == "unsubscribed":
        follower.unsubscribed_at = now
    elif why == "window_or_quota":
        use_up(follower)
    hold(session, parcel.message_ids, why=why, now=now)
