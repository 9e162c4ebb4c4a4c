"""What staff have to know of appeals (工作提醒): filed once each, until somebody has seen it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from appeals.errors import AlertUnknown
from appeals.handling_tables import AppealAlert
from appeals.tables import Appeal

AGENT, SUPERVISOR = "agent", "supervisor"


@dataclass(frozen=True)
class Alert:
    """One thing to know, with the appeal it is about."""

    id: int
    number: str
    subject: str
    at: datetime
    reason: str
    role: str
    login: str | None
    text: str
    seen_at: datetime | None
    seen_by: str | None


def file_alert(
    session: Session,
    *,
    appeal: Appeal,
    key: str,
    reason: str,
    role: str,
    text: str,
    now: datetime,
    login: str | None = None,
) -> bool:
    """Let staff know something (提醒), once per key.

    Args:
        session: Open session.
        appeal: What it is about; nothing is filed for one of the evaluation.
        key: The same key again changes nothing.
        reason: Why, as a word for programs.
        role: Whose accounts at the desk see it.
        text: What they read.
        now: The moment.
        login: The one officer it is for; None for everybody with the role.

    Returns:
        Whether it is new.
    """
    if appeal.is_evaluation:
        return False
    if session.scalar(select(AppealAlert.id).where(AppealAlert.key == key)) is not None:
        return False
    session.add(
        AppealAlert(
            appeal_id=appeal.id,
            key=key,
            at=now,
            reason=reason,
            role=role,
            login=login,
            text=text,
        )
    )
    session.flush()
    return True


def list_alerts(
    session: Session,
    *,
    login: str,
    roles: Collection[str],
    unseen_only: bool = True,
    limit: int = 50,
    offset: int = 0,
) -> list[Alert]:
    """What an officer has to know, what nobody has seen first, then the newest (我的提醒)."""
    wanted = [_is_for(login, roles)]
    if unseen_only:
        wanted.append(AppealAlert.seen_at.is_(None))
    rows = session.execute(
        select(AppealAlert, Appeal.number, Appeal.subject)
        .join(Appeal, Appeal.id == AppealAlert.appeal_id)
        .where(*wanted)
        .order_by(AppealAlert.seen_at.is_not(None), AppealAlert.at.desc(), AppealAlert.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_alert(row, number, subject) for row, number, subject in rows]


def count_alerts(
    session: Session, *, login: str, roles: Collection[str], unseen_only: bool = True
) -> int:
    """How many an officer has not seen, or has in all."""
    wanted = [_is_for(login, roles)]
    if unseen_only:
        wanted.append(AppealAlert.seen_at.is_(None))
    return session.scalar(select(func.count(AppealAlert.id)).where(*wanted)) or 0


def see_alert(
    session: Session, *, alert_id: int, login: str, roles: Collection[str], now: datetime
) -> None:
    """Note that an officer has seen one (已阅); what was seen stays as it was first seen.

    Raises:
        AlertUnknown: There is none, or it is for somebody else.
    """
    row = session.scalar(
        select(AppealAlert).where(AppealAlert.id == alert_id, _is_for(login, roles))
    )
    if row is None:
        raise AlertUnknown
    if row.seen_at is None:
        row.seen_at, row.seen_by = now, login


def _is_for(login: str, roles: Collection[str]) -> ColumnElement[bool]:
    everybody = and_(AppealAlert.login.is_(None), AppealAlert.role.in_(roles))
    return or_(AppealAlert.login == login, everybody)


def _alert(row: AppealAlert, number: str, subject: str) -> Alert:
    return Alert(
        id=row.id,
        number=number,
        subject=subject,
        at=row.at,
        reason=row.reason,
        role=row.role,
        login=row.login,
        text=row.text,
        seen_at=row.seen_at,
        seen_by=row.seen_by,
    )
