"""What is no longer needed is removed (到期清理): codes, locks, contacts, ended links."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, CursorResult, delete, func, or_
from sqlalchemy.orm import Session

from core.database import Base
from core.settings import Settings
from enterprises.binding import LOCKED_FOR
from enterprises.binding_tables import Binding, BindingLock, Contact, IdentityLink, OneTimeCode
from enterprises.codes import ROLE_SPAN


def remove_expired(session: Session, *, now: datetime, settings: Settings) -> dict[str, int]:
    """Remove what has expired; doing it again changes nothing.

    Used codes stay as long as requests are counted, or a flood could not be seen. Ended proofs
    and bindings stay as long as contacts are kept.

    Returns:
        How many rows went, by table.
    """
    kept_since = now - timedelta(days=settings.keep_contacts_days)
    over: list[tuple[type[Base], ColumnElement[bool]]] = [
        (OneTimeCode, OneTimeCode.expires_at <= now - ROLE_SPAN),
        (Contact, Contact.expires_at <= now),
        (
            BindingLock,
            func.coalesce(BindingLock.locked_until, BindingLock.last_failed_at) <= now - LOCKED_FOR,
        ),
        (
            IdentityLink,
            or_(IdentityLink.ended_at <= kept_since, IdentityLink.expires_at <= kept_since),
        ),
        (Binding, or_(Binding.ended_at <= kept_since, Binding.expires_at <= kept_since)),
    ]
    removed = {}
    for table, condition in over:
        result = session.execute(delete(table).where(condition))
        assert isinstance(result, CursorResult)
        removed[table.__tablename__] = result.rowcount
    return removed
