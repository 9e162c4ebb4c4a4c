"""Followers (关注者): what the platform still lets us send them, and what a number means.

Source: the platform's limits for customer-service messages since 2023-06-12: 5 within 48 hours
of a message, 3 within a minute of a menu click, a follow or a scan.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from channels.wechat_tables import WechatFollower, WechatReceipt
from core.database import Base

SPOKEN_WINDOW, SPOKEN_MOST = timedelta(hours=48), 5
CLICKED_WINDOW, CLICKED_MOST = timedelta(minutes=1), 3
#: A number is taken for the button it stood for only this long.
OPTIONS_HOLD = timedelta(hours=48)
#: The platform retries within seconds; receipts are kept far longer than that.
RECEIPTS_HOLD = timedelta(days=7)
IDENTITY_PREFIX = "wechat:"

Allowance = Literal["spoken", "clicked"]


def insert_once(session: Session, table: type[Base], **values: Any) -> bool:
    """Insert a row unless one with its key is there; exactly one of several callers inserts.

    Returns:
        Whether this caller did.
    """
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = (sqlite if is_sqlite else postgresql).insert(table)
    keys = list(table.__table__.primary_key)
    inserted = session.execute(insert.values(**values).on_conflict_do_nothing().returning(*keys))
    return inserted.first() is not None


def follower_of(session: Session, openid: str) -> WechatFollower:
    """The follower's row, locked for this transaction; made at the first contact."""
    insert_once(
        session,
        WechatFollower,
        openid=openid,
        sent_since_spoke=0,
        sent_since_clicked=0,
        options=[],
    )
    return session.get_one(WechatFollower, openid, with_for_update=True, populate_existing=True)


def note_spoken(follower: WechatFollower, *, now: datetime) -> None:
    """The user spoke: the long window opens anew, and the user follows us, whatever we thought."""
    follower.spoke_at, follower.sent_since_spoke = now, 0
    follower.unsubscribed_at = None


def note_clicked(follower: WechatFollower, *, now: datetime) -> None:
    """A menu click, a follow or a scan: the short window opens anew."""
    follower.clicked_at, follower.sent_since_clicked = now, 0
    follower.unsubscribed_at = None


def take_allowance(follower: WechatFollower, *, now: datetime) -> Allowance | None:
    """Count one message against the window that closes first.

    Returns:
        The window it was counted against; None if the platform would refuse the message.
    """
    if follower.unsubscribed_at is not None:
        return None
    if (
        follower.clicked_at is not None
        and now < follower.clicked_at + CLICKED_WINDOW
        and follower.sent_since_clicked < CLICKED_MOST
    ):
        follower.sent_since_clicked += 1
        return "clicked"
    if (
        follower.spoke_at is not None
        and now < follower.spoke_at + SPOKEN_WINDOW
        and follower.sent_since_spoke < SPOKEN_MOST
    ):
        follower.sent_since_spoke += 1
        return "spoken"
    return None


def give_back(follower: WechatFollower, allowance: Allowance) -> None:
    """Uncount a message that did not leave."""
    if allowance == "clicked":
        follower.sent_since_clicked = max(follower.sent_since_clicked - 1, 0)
    else:
        follower.sent_since_spoke = max(follower.sent_since_spoke - 1, 0)


def use_up(follower: WechatFollower) -> None:
    """The platform says that nothing is left, and it is right."""
    follower.sent_since_spoke, follower.sent_since_clicked = SPOKEN_MOST, CLICKED_MOST


def set_options(follower: WechatFollower, options: list[dict[str, Any]], *, now: datetime) -> None:
    """Remember what the numbers of the message that leaves now stand for."""
    follower.options, follower.options_at = options, now


def option_for(follower: WechatFollower, text: str, *, now: datetime) -> dict[str, Any] | None:
    """What a number (or the words beside it) stands for; None if the text is neither."""
    if follower.options_at is None or now > follower.options_at + OPTIONS_HOLD:
        return None
    said = unicodedata.normalize("NFKC", text).strip().rstrip(".。、")
    for number, option in enumerate(follower.options, 1):
        if said in (str(number), option["label"]):
            return option
    return None


def is_reachable(session: Session, identity_key: str) -> bool:
    """Tell whether what is sent unasked may go to this identity: it has not unsubscribed."""
    openid = identity_key.removeprefix(IDENTITY_PREFIX)
    follower = session.get(WechatFollower, openid)
    return follower is None or follower.unsubscribed_at is None


def forget_follower(session: Session, identity_key: str) -> None:
    """Remove what this door keeps of a person (删除我的数据)."""
    openid = identity_key.removeprefix(IDENTITY_PREFIX)
    session.execute(delete(WechatReceipt).where(WechatReceipt.openid == openid))
    session.execute(delete(WechatFollower).where(WechatFollower.openid == openid))


def remove_expired_receipts(session: Session, *, now: datetime) -> None:
    """Remove old receipts, and kept texts whose numbers no longer count."""
    session.execute(delete(WechatReceipt).where(WechatReceipt.first_seen < now - RECEIPTS_HOLD))
    session.execute(
        update(WechatFollower)
        .where(WechatFollower.options_at < now - OPTIONS_HOLD)
        .values(options=[], options_at=None)
    )
