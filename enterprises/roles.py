"""Who holds which role at a firm (办税身份), on a given day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from enterprises.kinds import Role
from enterprises.tables import Enterprise, EnterpriseRole, Person


def holds_role_on(today: date) -> ColumnElement[bool]:
    """The condition that an :class:`EnterpriseRole` is in force on ``today``."""
    return and_(
        EnterpriseRole.since <= today,
        or_(EnterpriseRole.until.is_(None), EnterpriseRole.until >= today),
    )


def list_holders(session: Session, *, enterprise_id: int, role: Role, today: date) -> list[Person]:
    """The people who hold ``role`` at the firm, the last appointed first."""
    return list(
        session.scalars(
            select(Person)
            .join(EnterpriseRole, EnterpriseRole.person_id == Person.id)
            .where(
                EnterpriseRole.enterprise_id == enterprise_id,
                EnterpriseRole.role == role,
                holds_role_on(today),
            )
            .order_by(EnterpriseRole.since.desc(), EnterpriseRole.id.desc())
        )
    )


def find_enterprise_id(session: Session, *, uscc: str) -> int | None:
    """The firm with that code, or None; tells nothing else about it."""
    return session.scalar(select(Enterprise.id).where(Enterprise.uscc == uscc))
