"""Accounts of the people who work here (工作人员账号): made, disabled, reset; names for others."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.errors import InvalidInput
from desk.errors import LoginTaken, NotYourself, StaffUnknown
from desk.passwords import check_new_password, hash_password, new_password
from desk.roles import AGENTS, ROLES, rights_of
from desk.tables import DeskSession, Staff

_LOGIN = re.compile(r"[a-z0-9]{3,30}")
_DEMO = (
    ("agent01", "示例坐席", ["agent"]),
    ("supervisor01", "示例班长", ["supervisor", "agent"]),
    ("oversight01", "示例督办负责人", ["oversight"]),
    ("deputy01", "示例分管局领导", ["deputy_head"]),
    ("editor01", "示例编辑", ["editor"]),
    ("editor02", "示例编辑二", ["editor"]),
    ("admin01", "示例管理员", ["admin"]),
)


def create_staff(
    session: Session,
    *,
    login: str,
    name: str,
    roles: list[str],
    password: str,
    now: datetime,
    must_change: bool = True,
    by: str = "system",
) -> Staff:
    """Make an account (新建账号).

    Args:
        session: Open session.
        login: Small letters and digits, 3 to 30.
        name: As colleagues and taxpayers read it.
        roles: One or more of ``ROLES``.
        password: The first password.
        now: The moment.
        must_change: Whether the person must choose another password at the first login.
        by: Who makes it, for the audit trail.

    Raises:
        InvalidInput: Login, name or roles cannot be used.
        LoginTaken: There is such an account.
    """
    if not _LOGIN.fullmatch(login):
        raise InvalidInput(field="login", reason="账号只能用小写字母和数字，3 至 30 个")
    if not name.strip():
        raise InvalidInput(field="name", reason="姓名不能为空")
    roles = _checked_roles(roles)
    if session.get(Staff, login) is not None:
        raise LoginTaken(login=login)
    staff = Staff(
        login=login,
        name=name.strip()[:60],
        roles=roles,
        password_hash=hash_password(password),
        must_change=must_change,
        failures=0,
        created_at=now,
    )
    session.add(staff)
    session.flush()
    write_audit(
        session, actor=by, deed="desk.staff.created", subject=f"staff:{login}", now=now, roles=roles
    )
    return staff


def ensure_demo_staff(session: Session, now: datetime) -> list[tuple[str, str, list[str]]]:
    """Make the demo accounts that are missing (示例账号).

    Returns:
        Login, password and roles of those made now; the passwords are told only here.
    """
    made = []
    for login, name, roles in _DEMO:
        if session.get(Staff, login) is not None:
            continue
        password = new_password()
        create_staff(
            session,
            login=login,
            name=name,
            roles=roles,
            password=password,
            now=now,
            must_change=False,
        )
        made.append((login, password, roles))
    return made


def find_staff(session: Session, login: str) -> Staff | None:
    """The account with that login, if there is one."""
    return session.get(Staff, login)


def get_staff(session: Session, login: str) -> Staff:
    """Return the account.

    Raises:
        StaffUnknown: There is none.
    """
    staff = find_staff(session, login)
    if staff is None:
        raise StaffUnknown(login=login[:60])
    return staff


def list_staff(session: Session) -> list[Staff]:
    """Every account, those in use first."""
    return list(
        session.scalars(select(Staff).order_by(Staff.disabled_at.is_not(None), Staff.login))
    )


def staff_name(session: Session, login: str | None) -> str | None:
    """The name under which an officer is shown; the login where the account is gone."""
    if login is None:
        return None
    staff = session.get(Staff, login)
    return staff.name if staff else login


def staff_names(session: Session) -> dict[str, str]:
    """Every login with its name."""
    return {staff.login: staff.name for staff in session.scalars(select(Staff))}


def colleagues(session: Session) -> list[dict[str, str]]:
    """Who can be given an appeal: whoever works on appeals, with an account in use."""
    return [
        {"login": staff.login, "name": staff.name}
        for staff in list_staff(session)
        if staff.disabled_at is None and rights_of(staff.roles).intersection(AGENTS)
    ]


def deciders(session: Session, but: str) -> list[str]:
    """The names of those who may decide on what ``but`` asked for: nobody decides on their own."""
    return [
        staff.name
        for staff in list_staff(session)
        if staff.disabled_at is None
        and staff.login != but
        and "supervisor" in rights_of(staff.roles)
    ]


def filled_roles(session: Session) -> frozenset[str]:
    """The roles that some account in use was given."""
    used = session.scalars(select(Staff).where(Staff.disabled_at.is_(None)))
    return frozenset(role for staff in used for role in staff.roles)


def change_roles(
    session: Session, login: str, *, roles: list[str], by: str, now: datetime
) -> Staff:
    """Give an account other roles (改岗位); its open pages have them with their next request.

    Raises:
        InvalidInput: No role, or an unknown one.
        NotYourself: Administrators do not take their own role away.
    """
    staff, roles = get_staff(session, login), _checked_roles(roles)
    if login == by and "admin" not in roles:
        raise NotYourself
    staff.roles = roles
    write_audit(
        session,
        actor=f"staff:{by}",
        deed="desk.staff.roles_changed",
        subject=f"staff:{login}",
        now=now,
        roles=roles,
    )
    return staff


def disable_staff(session: Session, login: str, *, by: str, now: datetime) -> Staff:
    """Stop an account at once; its open pages are signed out.

    Raises:
        NotYourself: It is the account of the person who asks.
    """
    if login == by:
        raise NotYourself
    staff = get_staff(session, login)
    staff.disabled_at = now
    end_sessions(session, login)
    _audit(session, "disabled", login, by, now)
    return staff


def enable_staff(session: Session, login: str, *, by: str, now: datetime) -> Staff:
    """Let a disabled or locked account in again."""
    staff = get_staff(session, login)
    staff.disabled_at, staff.failures, staff.locked_until = None, 0, None
    _audit(session, "enabled", login, by, now)
    return staff


def reset_password(session: Session, login: str, *, by: str, now: datetime) -> tuple[Staff, str]:
    """Give an account a generated password and sign it out.

    Returns:
        The account and the password, which is told only here.
    """
    staff, password = get_staff(session, login), new_password()
    staff.password_hash, staff.must_change = hash_password(password), True
    staff.failures, staff.locked_until = 0, None
    end_sessions(session, login)
    _audit(session, "password_reset", login, by, now)
    return staff, password


def set_password(session: Session, login: str, *, old: str, new: str, now: datetime) -> None:
    """Store the password that a person chose; the door has checked the old one.

    Raises:
        WeakPassword: The new one is easy to guess.
    """
    check_new_password(new, login=login, old=old)
    staff = get_staff(session, login)
    staff.password_hash, staff.must_change = hash_password(new), False
    end_sessions(session, login)
    _audit(session, "password_changed", login, login, now)


def end_sessions(session: Session, login: str) -> None:
    """Sign an account out everywhere."""
    session.execute(delete(DeskSession).where(DeskSession.login == login))


def _checked_roles(roles: list[str]) -> list[str]:
    if not roles or set(roles) - set(ROLES):
        raise InvalidInput(field="roles", reason="请至少选一个角色")
    return [role for role in ROLES if role in roles]


def _audit(session: Session, verb: str, login: str, by: str, now: datetime) -> None:
    write_audit(
        session, actor=f"staff:{by}", deed=f"desk.staff.{verb}", subject=f"staff:{login}", now=now
    )
