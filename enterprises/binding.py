"""Binding a firm (绑定企业) with the code that was sent to the holder of the role.

A refused code is a result and no exception, because the count of wrong tries must be stored: the
door commits first and then asks :meth:`Confirmation.firm`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.audit import visitor_actor, write_audit
from core.errors import ServiceError
from core.secrets import Keys
from core.settings import Settings
from enterprises.binding_errors import (
    BindingLocked,
    CodeAlreadyUsed,
    CodeExpired,
    NoCodeRequested,
    WrongCode,
)
from enterprises.binding_tables import Binding, BindingLock, OneTimeCode
from enterprises.codes import CodeSent, find_lock, hashed, is_locked, start_binding
from enterprises.firms import (
    BoundFirm,
    current_firm,
    get_bound_firm,
    list_bindings,
    set_current_firm,
    switch_firm,
    unbind_firm,
)
from enterprises.identities import end_identity, link_identity, sign_out

#: Everything about bindings is found here, wherever it stands.
__all__ = [
    "BoundFirm",
    "CodeSent",
    "Confirmation",
    "confirm_binding",
    "current_firm",
    "end_identity",
    "list_bindings",
    "sign_out",
    "start_binding",
    "switch_firm",
    "unbind_firm",
]

WRONG_TRIES_ALLOWED = 5
LOCKED_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class Confirmation:
    """How the confirmation ended: with a firm, or with a refusal to be raised after the commit."""

    bound: BoundFirm | None = None
    refusal: ServiceError | None = None

    def firm(self) -> BoundFirm:
        """The firm now bound; ask outside the transaction.

        Raises:
            ServiceError: The code was refused.
        """
        if self.bound is None:
            raise self.refusal or WrongCode()
        return self.bound


def confirm_binding(
    session: Session,
    *,
    identity_key: str,
    code: str,
    keys: Keys,
    now: datetime,
    settings: Settings,
) -> Confirmation:
    """Confirm with the code (确认绑定): proves who the visitor is and binds the firm.

    Five wrong codes in a row lock the visitor for 30 minutes.

    Returns:
        A confirmation; commit before asking it for the firm, or wrong tries are not counted.
    """
    sent = _last_request(session, identity_key)
    lock = find_lock(session, identity_key)
    if lock is not None and is_locked(lock, now):
        return Confirmation(refusal=BindingLocked.until(lock.locked_until, now))
    if not sent:
        return Confirmation(refusal=NoCodeRequested())
    if any(each.used_at is not None for each in sent):
        return Confirmation(refusal=CodeAlreadyUsed())
    if sent[0].expires_at <= now:
        return Confirmation(refusal=CodeExpired())
    digits = "".join(unicodedata.normalize("NFKC", code).split())
    typed = hashed(keys, identity_key, digits)
    fitting = [each for each in sent if each.code_hash == typed and each.person_id is not None]
    if not fitting:
        return Confirmation(refusal=_count_wrong_try(session, sent, lock, now))
    if not _use(session, fitting[0].batch, now):
        return Confirmation(refusal=CodeAlreadyUsed())
    if lock is not None:
        session.delete(lock)
    return Confirmation(bound=_bind(session, fitting[0], now, settings))


def _last_request(session: Session, identity_key: str) -> list[OneTimeCode]:
    """The codes of the last request, held, so that guesses in parallel are counted one by one."""
    batch = session.scalar(
        select(OneTimeCode.batch)
        .where(OneTimeCode.identity_key == identity_key)
        .order_by(OneTimeCode.id.desc())
        .limit(1)
    )
    codes = select(OneTimeCode).where(OneTimeCode.batch == batch).order_by(OneTimeCode.id)
    return list(session.scalars(codes.with_for_update()))


def _use(session: Session, batch: str, now: datetime) -> bool:
    """Use up a request; False when another process was faster."""
    used = session.scalars(
        update(OneTimeCode)
        .where(OneTimeCode.batch == batch, OneTimeCode.used_at.is_(None))
        .values(used_at=now)
        .returning(OneTimeCode.id)
    ).all()
    return bool(used)


def _count_wrong_try(
    session: Session, sent: list[OneTimeCode], lock: BindingLock | None, now: datetime
) -> ServiceError:
    for each in sent:
        each.tries += 1
    identity_key = sent[0].identity_key
    if lock is None:
        lock = BindingLock(identity_key=identity_key, failures=0, last_failed_at=now)
        session.add(lock)
    elif lock.locked_until is not None or lock.last_failed_at <= now - LOCKED_FOR:
        lock.failures, lock.locked_until = 0, None
    lock.failures += 1
    lock.last_failed_at = now
    session.flush()
    if lock.failures < WRONG_TRIES_ALLOWED:
        return WrongCode(tries_left=WRONG_TRIES_ALLOWED - lock.failures)
    lock.locked_until = now + LOCKED_FOR
    _use(session, sent[0].batch, now)
    _audit(session, "enterprises.binding.locked", identity_key, sent[0].enterprise_id, now)
    return BindingLocked.until(lock.locked_until, now)


def _bind(session: Session, proved: OneTimeCode, now: datetime, settings: Settings) -> BoundFirm:
    assert proved.person_id is not None and proved.enterprise_id is not None
    expires_at = now + timedelta(days=settings.binding_days)
    identity_key, enterprise_id = proved.identity_key, proved.enterprise_id
    link_identity(
        session,
        identity_key=identity_key,
        person_id=proved.person_id,
        now=now,
        expires_at=expires_at,
    )
    session.execute(
        update(Binding)
        .where(
            Binding.person_id == proved.person_id,
            Binding.enterprise_id == enterprise_id,
            Binding.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
    session.add(
        Binding(
            person_id=proved.person_id,
            enterprise_id=enterprise_id,
            role=proved.role,
            bound_at=now,
            expires_at=expires_at,
        )
    )
    session.flush()
    set_current_firm(session, identity_key=identity_key, enterprise_id=enterprise_id)
    _audit(session, "enterprises.binding.made", identity_key, enterprise_id, now, role=proved.role)
    return get_bound_firm(session, identity_key=identity_key, enterprise_id=enterprise_id, now=now)


def _audit(
    session: Session,
    deed: str,
    identity_key: str,
    enterprise_id: int | None,
    now: datetime,
    **data: str,
) -> None:
    write_audit(
        session,
        actor=visitor_actor(identity_key),
        deed=deed,
        subject=f"enterprise:{enterprise_id or 'unknown'}",
        now=now,
        **data,
    )
