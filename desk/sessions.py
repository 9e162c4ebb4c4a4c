"""Signing in and staying signed in (登录与会话).

A try is counted before the password is checked, so that guesses sent at the same time cannot
slip past the lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.secrets import fingerprint, new_token
from desk.errors import LoginNeeded, LoginRefused
from desk.roles import AGENTS, rights_of
from desk.tables import DeskSession, Staff

MOST_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
LASTS = timedelta(hours=12)
IDLE = timedelta(minutes=60)
_TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Officer:
    """Who is asking, as the request's session says (当前工作人员).

    ``roles`` are those with every right they include; ``held`` are those the account was given,
    which decide whose alerts it sees.
    """

    login: str
    name: str
    roles: frozenset[str]
    csrf_token: str
    must_change: bool
    held: frozenset[str] = frozenset()

    @property
    def actor(self) -> str:
        """How the officer stands in the audit trail."""
        return f"staff:{self.login}"

    @property
    def supervises(self) -> bool:
        return "supervisor" in self.roles

    @property
    def handles(self) -> bool:
        """Whether appeals are worked on, not only watched."""
        return bool(self.roles.intersection(AGENTS))


def begin_try(session: Session, login: str, *, now: datetime) -> str | None:
    """Count a try to sign in.

    Returns:
        The hash to check the password against; None where no password may fit, because the
        account is unknown, disabled or locked.
    """
    staff = session.get(Staff, login, with_for_update=True)
    if staff is None or staff.disabled_at is not None:
        return None
    if staff.locked_until is not None:
        if staff.locked_until > now:
            return None
        staff.locked_until, staff.failures = None, 0
    staff.failures += 1
    if staff.failures >= MOST_FAILURES:
        staff.locked_until = now + LOCKED_FOR
        write_audit(
            session,
            actor="system",
            deed="desk.staff.locked",
            subject=f"staff:{login}",
            now=now,
        )
    return staff.password_hash


def sign_in(
    session: Session, login: str, password_hash: str, *, now: datetime
) -> tuple[str, Officer]:
    """Open a session after the password was found right; the tries are forgotten.

    Returns:
        The cookie's token, told once, and the officer.

    Raises:
        LoginRefused: The account was disabled, or its password changed, in the meantime.
    """
    staff = session.get(Staff, login, with_for_update=True)
    if staff is None or staff.disabled_at is not None or staff.password_hash != password_hash:
        raise LoginRefused
    staff.failures, staff.locked_until, staff.last_login_at = 0, None, now
    session.execute(delete(DeskSession).where(DeskSession.expires_at < now))
    write_audit(
        session,
        actor=f"staff:{login}",
        deed="desk.staff.signed_in",
        subject=f"staff:{login}",
        now=now,
    )
    return _open(session, staff, now)


def _open(session: Session, staff: Staff, now: datetime) -> tuple[str, Officer]:
    token = new_token()
    opened = DeskSession(
        token_hash=fingerprint(token),
        login=staff.login,
        csrf_token=new_token(),
        created_at=now,
        last_seen_at=now,
        expires_at=now + LASTS,
    )
    session.add(opened)
    session.flush()
    return token, _officer(staff, opened)


def find_officer(session: Session, token: str | None, *, now: datetime) -> Officer:
    """Who the cookie belongs to.

    Raises:
        LoginNeeded: No session, or it is over: 12 hours, 60 idle minutes, account disabled.
    """
    found = _find(session, token)
    if (
        found is None
        or found.expires_at <= now
        or found.last_seen_at + IDLE <= now
        or found.staff.disabled_at is not None
    ):
        raise LoginNeeded
    return _officer(found.staff, found)


def is_stale(session: Session, token: str | None, *, now: datetime) -> bool:
    """Tell whether the session's last sign of life should be renewed."""
    found = _find(session, token)
    return found is not None and now - found.last_seen_at >= _TOUCH_EVERY


def touch(session: Session, token: str | None, *, now: datetime) -> None:
    """Note a sign of life of the person, not of the page."""
    session.execute(
        update(DeskSession)
        .where(DeskSession.token_hash == fingerprint(token or ""))
        .values(last_seen_at=now)
    )


def sign_out(session: Session, token: str | None) -> None:
    """End one session."""
    session.execute(delete(DeskSession).where(DeskSession.token_hash == fingerprint(token or "")))


def _find(session: Session, token: str | None) -> DeskSession | None:
    if not token:
        return None
    return session.scalar(select(DeskSession).where(DeskSession.token_hash == fingerprint(token)))


def _officer(staff: Staff, opened: DeskSession) -> Officer:
    return Officer(
        login=staff.login,
        name=staff.name,
        roles=rights_of(staff.roles),
        csrf_token=opened.csrf_token,
        must_change=staff.must_change,
        held=frozenset(staff.roles),
    )
