"""What becomes of appeals when a visitor deletes his data (我的数据之诉求)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from appeals.attachments_pending import forget_pending
from appeals.drafts import drop_draft
from appeals.lifecycle import UNSETTLED
from appeals.tables import Appeal
from core.audit import visitor_actor, write_audit


def let_go_of_appeals(session: Session, *, identity_key: str, now: datetime) -> list[str]:
    """Drop the draft with its files, cut appeals off from their talk; the cases stay (办件档案).

    A settled appeal loses its contact at once. An open one keeps it, because somebody has to
    call back, and loses it in the night after it is settled.

    Returns:
        The numbers of the appeals that stay.
    """
    drop_draft(session, identity_key=identity_key)
    forget_pending(session, identity_key=identity_key)
    own = Appeal.identity_key == identity_key
    # Not through the object: an officer who has the case open must not be refused over this.
    session.execute(update(Appeal).where(own).values(conversation_id=None))
    session.execute(
        update(Appeal)
        .where(own, Appeal.status.not_in(UNSETTLED))
        .values(contact_sealed=None, contact_hint=None)
    )
    numbers = list(session.scalars(select(Appeal.number).where(own).order_by(Appeal.id)))
    for number in numbers:
        write_audit(
            session,
            actor=visitor_actor(identity_key),
            deed="appeals.appeal.cut_off",
            subject=f"appeal:{number}",
            now=now,
        )
    return numbers
