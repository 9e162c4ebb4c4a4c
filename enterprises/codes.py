"""Asking for a one-time code (获取验证码), the first half of binding a firm.

A request tells nothing: a firm or a role that does not exist gives the same result, and a code
that never fits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.audit import visitor_actor, write_audit
from core.clock import china_date
from core.secrets import Keys, new_digits, new_token
from core.settings import Settings
from enterprises.binding_errors import BindingLocked, TooManyCodes, minutes_left
from enterprises.binding_tables import BindingLock, OneTimeCode
from enterprises.kinds import Role
from enterprises.roles import find_enterprise_id, list_holders
from enterprises.sms import sender_for
from enterprises.tables import Person
from enterprises.uscc import parse_uscc

CODE_DIGITS = 6
#: A bookkeeper binds fifty firms in one sitting; nobody binds a hundred.
CODES_PER_VISITOR, VISITOR_SPAN = 60, timedelta(hours=1)
#: However many visitors ask, one role of one firm is written to this often at most.
CODES_PER_ROLE, ROLE_SPAN = 20, timedelta(hours=24)


@dataclass(frozen=True)
class CodeSent:
    """What is told after a request: the same for every firm and role, existing or not.

    ``demo_code`` is set in the demo only, where no SMS goes out.
    """

    expires_at: datetime
    demo_code: str | None


def start_binding(
    session: Session,
    *,
    identity_key: str,
    uscc: str,
    role: Role,
    keys: Keys,
    now: datetime,
    settings: Settings,
) -> CodeSent:
    """Ask for a one-time code (获取验证码); an earlier one of this visitor no longer counts.

    Raises:
        InvalidUscc: The code of the firm is malformed.
        BindingLocked: Too many wrong codes before.
        TooManyCodes: Too many requests, of this visitor or for this role of this firm.
    """
    uscc, role = parse_uscc(uscc), Role(role)
    _check_may_ask(session, identity_key, uscc, role, now)
    enterprise_id = find_enterprise_id(session, uscc=uscc)
    holders = list_holders(
        session, enterprise_id=enterprise_id or 0, role=role, today=china_date(now)
    )
    request = OneTimeCode(
        batch=new_token(),
        identity_key=identity_key,
        uscc=uscc,
        role=role,
        enterprise_id=enterprise_id,
        sent_at=now,
        expires_at=now + timedelta(minutes=settings.one_time_code_minutes),
    )
    people: list[Person | None] = list(holders) or [None]
    shown = [_send(session, request, person, keys, settings) for person in people]
    _audit(session, request)
    return CodeSent(request.expires_at, shown[0])


def _send(
    session: Session,
    request: OneTimeCode,
    person: Person | None,
    keys: Keys,
    settings: Settings,
) -> str | None:
    digits = new_digits(CODE_DIGITS)
    sent = OneTimeCode(
        batch=request.batch,
        identity_key=request.identity_key,
        uscc=request.uscc,
        role=request.role,
        enterprise_id=request.enterprise_id,
        person_id=person.id if person else None,
        code_hash=hashed(keys, request.identity_key, digits),
        sent_at=request.sent_at,
        expires_at=request.expires_at,
    )
    session.add(sent)
    session.flush()
    return sender_for(settings, keys).send(
        session,
        sent=sent,
        digits=digits,
        phone_sealed=person.phone_sealed if person else None,
        now=request.sent_at,
    )


def _audit(session: Session, request: OneTimeCode) -> None:
    write_audit(
        session,
        actor=visitor_actor(request.identity_key),
        deed="enterprises.binding.code_sent",
        subject=f"enterprise:{request.enterprise_id or 'unknown'}",
        now=request.sent_at,
        role=request.role,
    )


def _check_may_ask(
    session: Session, identity_key: str, uscc: str, role: Role, now: datetime
) -> None:
    lock = find_lock(session, identity_key)
    if lock is not None and is_locked(lock, now):
        raise BindingLocked.until(lock.locked_until, now)
    asked = select(func.count(OneTimeCode.batch.distinct()), func.min(OneTimeCode.sent_at))
    by_visitor = asked.where(
        OneTimeCode.identity_key == identity_key, OneTimeCode.sent_at > now - VISITOR_SPAN
    )
    for_role = asked.where(
        OneTimeCode.uscc == uscc, OneTimeCode.role == role, OneTimeCode.sent_at > now - ROLE_SPAN
    )
    for counted, allowed, span in (
        (by_visitor, CODES_PER_VISITOR, VISITOR_SPAN),
        (for_role, CODES_PER_ROLE, ROLE_SPAN),
    ):
        count, first = session.execute(counted).one()
        if count >= allowed:
            raise TooManyCodes(minutes=minutes_left(first + span, now))


def hashed(keys: Keys, identity_key: str, digits: str) -> str:
    """What is stored of a code: bound to its visitor, useless without the key."""
    return keys.keyed_hash("one_time_code", f"{identity_key} {digits}")


def find_lock(session: Session, identity_key: str) -> BindingLock | None:
    """The visitor's count of wrong codes, held for this transaction."""
    return session.scalar(
        select(BindingLock).where(BindingLock.identity_key == identity_key).with_for_update()
    )


def is_locked(lock: BindingLock, now: datetime) -> bool:
    """Tell whether nothing is accepted from this visitor at ``now``."""
    return lock.locked_until is not None and lock.locked_until > now
