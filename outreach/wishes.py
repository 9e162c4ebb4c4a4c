"""What a visitor wants to be told unasked (提醒意愿): nothing, unless asked for.

Source: 个人信息保护法第二十四条 wants refusing to be easy; consent is given by kind of message.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.audit import visitor_actor, write_audit
from outreach.planning import forget_plans
from outreach.tables import PushKind, PushWish
from outreach.wording import kind_label


def wishes_of(session: Session, *, identity_key: str) -> dict[PushKind, bool]:
    """Every kind of message, and whether the visitor wants it."""
    stored = {each.kind: each.wanted for each in _stored(session, identity_key)}
    return {kind: stored.get(kind, False) for kind in PushKind}


def set_wish(
    session: Session, *, identity_key: str, kind: PushKind, wanted: bool, now: datetime
) -> None:
    """Hold that a visitor wants one kind of message, or no longer does (打开、关闭提醒)."""
    wish = session.scalar(
        select(PushWish)
        .where(PushWish.identity_key == identity_key, PushWish.kind == kind)
        .with_for_update()
    )
    if (wish.wanted if wish else False) is wanted:
        return
    if wish is None:
        wish = PushWish(identity_key=identity_key, kind=kind)
        session.add(wish)
    wish.wanted, wish.changed_at = wanted, now
    write_audit(
        session,
        actor=visitor_actor(identity_key),
        deed=f"outreach.wish.{'given' if wanted else 'withdrawn'}",
        subject=visitor_actor(identity_key),
        now=now,
        kind=kind.value,
    )


def export_wishes(session: Session, *, identity_key: str) -> list[dict[str, Any]]:
    """What the visitor has chosen, for taking away (导出)."""
    return [
        {
            "kind": kind_label(each.kind),
            "wanted": each.wanted,
            "changed_at": each.changed_at.isoformat(),
        }
        for each in _stored(session, identity_key)
    ]


def _stored(session: Session, identity_key: str) -> list[PushWish]:
    wishes = select(PushWish).where(PushWish.identity_key == identity_key)
    return list(session.scalars(wishes.order_by(PushWish.kind)))


def forget(session: Session, *, identity_key: str) -> None:
    """Forget a visitor's wishes and all that stands on them (删除我的数据)."""
    forget_plans(session, identity_key)
    session.execute(delete(PushWish).where(PushWish.identity_key == identity_key))
