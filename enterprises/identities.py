"""Who a visitor has proved to be (身份核验): on each door by an own proof, until it ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.orm import Session

from core.audit import visitor_actor, write_audit
from enterprises.binding_tables import (
    Binding,
    BindingLock,
    Contact,
    CurrentFirm,
    IdentityLink,
    OneTimeCode,
)


def link_holds(now: datetime) -> ColumnElement[bool]:
    """The condition that an :class:`IdentityLink` counts at ``now``."""
    return and_(IdentityLink.ended_at.is_(None), IdentityLink.expires_at > now)


def binding_holds(now: datetime) -> ColumnElement[bool]:
    """The condition that a :class:`Binding` counts at ``now``."""
    return and_(Binding.ended_at.is_(None), Binding.expires_at > now)


def find_person_id(session: Session, *, identity_key: str, now: datetime) -> int | None:
    """The person behind a visitor, or None where nothing is proved or the proof is over."""
    return session.scalar(
        select(IdentityLink.person_id).where(
            IdentityLink.identity_key == identity_key, link_holds(now)
        )
    )


def link_identity(
    session: Session, *, identity_key: str, person_id: int, now: datetime, expires_at: datetime
) -> None:
    """Hold a fresh proof that the visitor is this person; an earlier proof ends."""
    _end_link(session, identity_key, now)
    session.add(
        IdentityLink(
            identity_key=identity_key, person_id=person_id, proven_at=now, expires_at=expires_at
        )
    )
    session.flush()


def _end_link(session: Session, identity_key: str, now: datetime) -> None:
    session.execute(
        update(IdentityLink)
        .where(IdentityLink.identity_key == identity_key, IdentityLink.ended_at.is_(None))
        .values(ended_at=now)
    )


def sign_out(session: Session, *, identity_key: str, now: datetime) -> None:
    """End what this visitor proved (退出); the person's other doors and bindings stay."""
    _leave(session, identity_key, now)
    write_audit(
        session,
        actor=visitor_actor(identity_key),
        deed="enterprises.identity.signed_out",
        subject=visitor_actor(identity_key),
        now=now,
    )


def _leave(session: Session, identity_key: str, now: datetime) -> None:
    _end_link(session, identity_key, now)
    session.execute(delete(CurrentFirm).where(CurrentFirm.identity_key == identity_key))
    session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.identity_key == identity_key, OneTimeCode.used_at.is_(None))
        .values(used_at=now)
    )


def end_identity(session: Session, *, identity_key: str, now: datetime) -> None:
    """Forget a visitor (删除我的数据): proofs, contacts and, at the last door, the bindings.

    Requests for codes lose the visitor's name but stay counted, and a running lock stays, so that
    deleting one's data does not open the door to guessing.
    """
    person_id = find_person_id(session, identity_key=identity_key, now=now)
    _leave(session, identity_key, now)
    session.execute(delete(IdentityLink).where(IdentityLink.identity_key == identity_key))
    session.execute(delete(Contact).where(Contact.identity_key == identity_key))
    session.execute(
        update(OneTimeCode)
        .where(OneTimeCode.identity_key == identity_key)
        .values(identity_key="erased")
    )
    session.execute(
        delete(BindingLock).where(
            BindingLock.identity_key == identity_key,
            func.coalesce(BindingLock.locked_until, now) <= now,
        )
    )
    if person_id is not None and not _is_known_elsewhere(session, person_id, now):
        session.execute(delete(Binding).where(Binding.person_id == person_id))
    write_audit(
        session,
        actor=visitor_actor(identity_key),
        deed="enterprises.identity.erased",
        subject=visitor_actor(identity_key),
        now=now,
    )


def _is_known_elsewhere(session: Session, person_id: int, now: datetime) -> bool:
    return bool(
        session.scalar(
            select(func.count(IdentityLink.id)).where(
                IdentityLink.person_id == person_id, link_holds(now)
            )
        )
    )
