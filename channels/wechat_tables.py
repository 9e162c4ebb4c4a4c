"""What the WeChat door keeps (微信入口的表), shared by all processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class WechatReceipt(Base):
    """One message or event of the platform, named as its retries name it.

    While ``settled_at`` is empty the reply is still open; afterwards every retry gets the very
    same ``passive_reply``, or ``success`` where there is none.
    """

    __tablename__ = "wechat_receipts"

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    openid: Mapped[str] = mapped_column(String(40), index=True)
    first_seen: Mapped[datetime] = mapped_column(index=True)
    turn_id: Mapped[str | None] = mapped_column(String(32), index=True)
    passive_until: Mapped[datetime]  # until then the outbox leaves the turn's messages alone
    settled_at: Mapped[datetime | None]
    passive_reply: Mapped[str | None] = mapped_column(Text)


class WechatDelivery(Base):
    """Who delivers a message (由谁送达): the first to write this row, and nobody else.

    There is no foreign key: a deleted talk takes its messages with it, not this row.
    """

    __tablename__ = "wechat_deliveries"

    message_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    conversation_id: Mapped[int] = mapped_column(index=True)
    route: Mapped[str] = mapped_column(String(10))  # passive, service
    claimed_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]


class WechatFollower(Base):
    """A follower (关注者): whether we may write, how often still, and what a number means.

    The platform allows so many messages since the user last spoke, and so many since the last
    click, follow or scan; ``options`` are the numbered replies of the last message we sent.
    """

    __tablename__ = "wechat_followers"

    openid: Mapped[str] = mapped_column(String(40), primary_key=True)
    unsubscribed_at: Mapped[datetime | None]
    spoke_at: Mapped[datetime | None]
    sent_since_spoke: Mapped[int] = mapped_column(default=0)
    clicked_at: Mapped[datetime | None]
    sent_since_clicked: Mapped[int] = mapped_column(default=0)
    options: Mapped[list[Any]] = mapped_column(default=list)
    options_at: Mapped[datetime | None] = mapped_column(index=True)


class WechatAccessToken(Base):
    """The account's access token, sealed; whoever holds the lease fetches the next one."""

    __tablename__ = "wechat_access_tokens"

    app_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    sealed_token: Mapped[str | None] = mapped_column(Text)
    expires_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
