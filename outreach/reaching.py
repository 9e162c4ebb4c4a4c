"""How a visitor is reached unasked (触达): whether it is wanted, and in which talk."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from consultations.my_data import list_talks
from consultations.tables import Conversation
from outreach.tables import PushKind, PushWish

_CHANNELS = ("wechat", "web")


def is_wanted(session: Session, identity_key: str, kind: PushKind) -> bool:
    """Whether the wish stands; held, so that it is not withdrawn while the message is written."""
    wish = session.scalar(
        select(PushWish)
        .where(PushWish.identity_key == identity_key, PushWish.kind == kind)
        .with_for_update()
    )
    return wish is not None and wish.wanted


def latest_talk(session: Session, identity_key: str) -> Conversation | None:
    """The talk that the visitor was last heard in; None where there is none to write in."""
    talks = list_talks(session, identity_key=identity_key)
    reachable = [talk for talk in talks if talk.channel in _CHANNELS]
    return max(reachable, key=lambda talk: talk.last_at, default=None)
