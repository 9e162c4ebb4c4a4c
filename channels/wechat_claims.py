"""Who delivers which message (微信送达认领): the first to write its claim, in any process."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from channels.wechat_followers import insert_once
from channels.wechat_tables import WechatDelivery
from channels.wechat_text import Bubble
from consultations.tables import Author, Message
from core.audit import write_audit
from core.due_work import drop_work

CHANNEL = "wechat"
WORK_KIND = f"deliver.{CHANNEL}"
#: A process that claimed a message and died lost it to the others after this long.
CLAIM_HOLDS = timedelta(seconds=60)
_MOST_AT_ONCE = 20

Route = Literal["passive", "service"]
Why = Literal["window_or_quota", "unsubscribed", "not_authorised"]


def undelivered(session: Session, conversation_id: int, *, now: datetime) -> list[Message]:
    """What the taxpayer has not been given yet and nobody is delivering, oldest first."""
    is_lost = and_(WechatDelivery.sent_at.is_(None), WechatDelivery.claimed_at < now - CLAIM_HOLDS)
    found = session.scalars(
        select(Message)
        .outerjoin(WechatDelivery, WechatDelivery.message_id == Message.id)
        .where(
            Message.conversation_id == conversation_id,
            Message.author != Author.TAXPAYER,
            or_(WechatDelivery.message_id.is_(None), is_lost),
        )
        .order_by(Message.id)
        .limit(_MOST_AT_ONCE)
    )
    return list(found)


def claim(
    session: Session, messages: Sequence[Message], route: Route, *, now: datetime
) -> list[Message]:
    """Claim messages for one way of delivery.

    Returns:
        Those that are now this caller's; somebody else delivers the others.
    """
    return [message for message in messages if _claim_one(session, message, route, now)]


def _claim_one(session: Session, message: Message, route: Route, now: datetime) -> bool:
    values = {
        "route": route,
        "claimed_at": now,
        "sent_at": now if route == "passive" else None,
    }
    if insert_once(
        session,
        WechatDelivery,
        message_id=message.id,
        conversation_id=message.conversation_id,
        **values,
    ):
        return True
    taken = session.scalar(
        update(WechatDelivery)
        .where(
            WechatDelivery.message_id == message.id,
            WechatDelivery.sent_at.is_(None),
            WechatDelivery.claimed_at < now - CLAIM_HOLDS,
        )
        .values(**values)
        .returning(WechatDelivery.message_id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


def unclaim(session: Session, message_ids: Sequence[int]) -> None:
    """Leave messages to whoever comes next."""
    session.execute(delete(WechatDelivery).where(WechatDelivery.message_id.in_(message_ids)))


def hold(session: Session, message_ids: Sequence[int], *, why: Why, now: datetime) -> None:
    """Say in the record that messages wait for the taxpayer's next word (待用户下次发言送达)."""
    for message_id in message_ids:
        message = session.get(Message, message_id)
        if message is None or message.body.get("extra", {}).get("delivery") == "held":
            continue
        _note(message, delivery="held", held_because=why)
        write_audit(
            session,
            actor="system",
            deed="channels.wechat.held",
            subject=f"message:{message_id}",
            now=now,
            why=why,
        )


def note_delivered(session: Session, messages: Sequence[Message], *, now: datetime) -> None:
    """The outbox need not send these any more; a message that was held is so no longer."""
    for message in messages:
        drop_work(session, kind=WORK_KIND, key=str(message.id), now=now)
        if message.body.get("extra", {}).get("delivery") == "held":
            _note(message, delivery="delivered")


def _note(message: Message, **notes: Any) -> None:
    message.body = {**message.body, "extra": {**message.body.get("extra", {}), **notes}}


def bubbles_of(messages: Sequence[Message]) -> list[Bubble]:
    """Messages as they are put into words."""
    return [Bubble(message.turn_id, message.body) for message in messages]
