"""The firms a visitor holds (我的企业): list, search, switch, unbind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pypinyin import Style, lazy_pinyin
from sqlalchemy import Row, Select, and_, delete, select, update
from sqlalchemy.orm import Session

from core.audit import visitor_actor, write_audit
from core.clock import china_date
from enterprises.binding_errors import FirmNotBound
from enterprises.binding_tables import Binding, CurrentFirm, IdentityLink
from enterprises.identities import binding_holds, link_holds
from enterprises.kinds import Role
from enterprises.roles import holds_role_on
from enterprises.tables import Enterprise, EnterpriseRole, Person


@dataclass(frozen=True)
class BoundFirm:
    """A firm a visitor may see, and as whom; what is in its record is asked for elsewhere."""

    enterprise_id: int
    name: str
    uscc: str
    role: Role
    person_id: int
    person_name: str
    expires_at: datetime


def _held_by(identity_key: str, now: datetime) -> Select[Enterprise, Binding, Person]:
    """Firms whose proof, binding and role all hold at ``now``."""
    return (
        select(Enterprise, Binding, Person)
        .join(Binding, Binding.enterprise_id == Enterprise.id)
        .join(Person, Person.id == Binding.person_id)
        .join(IdentityLink, IdentityLink.person_id == Person.id)
        .where(IdentityLink.identity_key == identity_key, link_holds(now), binding_holds(now))
        .where(
            select(EnterpriseRole.id)
            .where(
                EnterpriseRole.person_id == Person.id,
                EnterpriseRole.enterprise_id == Enterprise.id,
                EnterpriseRole.role == Binding.role,
                holds_role_on(china_date(now)),
            )
            .exists()
        )
        .order_by(Enterprise.name, Enterprise.id)
    )


def _bound(row: Row[Enterprise, Binding, Person]) -> BoundFirm:
    enterprise, binding, person = row
    return BoundFirm(
        enterprise_id=enterprise.id,
        name=enterprise.name,
        uscc=enterprise.uscc,
        role=binding.role,
        person_id=person.id,
        person_name=person.name,
        expires_at=binding.expires_at,
    )


def list_bindings(
    session: Session, *, identity_key: str, now: datetime, search: str = ""
) -> list[BoundFirm]:
    """The firms this visitor may see, by name.

    Args:
        session: Open session.
        identity_key: The visitor.
        now: The moment.
        search: Part of the name, its pinyin or pinyin initials, or the end of the USCC.
    """
    firms = [_bound(row) for row in session.execute(_held_by(identity_key, now))]
    wanted = "".join(search.split()).lower()
    return [firm for firm in firms if _is_named(firm, wanted)] if wanted else firms


def _is_named(firm: BoundFirm, wanted: str) -> bool:
    if wanted in firm.name.lower() or firm.uscc.lower().endswith(wanted):
        return True
    if not wanted.isascii():
        return False
    initials = lazy_pinyin(firm.name, style=Style.FIRST_LETTER, errors="ignore")
    return wanted in "".join(initials) or wanted in "".join(lazy_pinyin(firm.name, errors="ignore"))


def get_bound_firm(
    session: Session, *, identity_key: str, enterprise_id: int, now: datetime
) -> BoundFirm:
    """One firm of this visitor.

    Raises:
        FirmNotBound: It is not held, or there is no such firm.
    """
    held = _held_by(identity_key, now).where(Enterprise.id == enterprise_id)
    row = session.execute(held).first()
    if row is None:
        raise FirmNotBound
    return _bound(row)


def current_firm(session: Session, *, identity_key: str, now: datetime) -> BoundFirm | None:
    """The firm this visitor talks about, or None: none chosen, or the binding is over."""
    held = _held_by(identity_key, now).join(
        CurrentFirm,
        and_(
            CurrentFirm.enterprise_id == Enterprise.id,
            CurrentFirm.identity_key == identity_key,
        ),
    )
    row = session.execute(held).first()
    return None if row is None else _bound(row)


def set_current_firm(session: Session, *, identity_key: str, enterprise_id: int) -> None:
    """Remember the firm a visitor talks about; whoever calls has checked the binding."""
    current = session.get(CurrentFirm, identity_key)
    if current is None:
        session.add(CurrentFirm(identity_key=identity_key, enterprise_id=enterprise_id))
    else:
        current.enterprise_id = enterprise_id
    session.flush()


def switch_firm(
    session: Session, *, identity_key: str, enterprise_id: int, now: datetime
) -> BoundFirm:
    """Talk about another of the visitor's firms (切换企业).

    Raises:
        FirmNotBound: It is not held, or there is no such firm.
    """
    firm = get_bound_firm(session, identity_key=identity_key, enterprise_id=enterprise_id, now=now)
    set_current_firm(session, identity_key=identity_key, enterprise_id=enterprise_id)
    return firm


def unbind_firm(session: Session, *, identity_key: str, enterprise_id: int, now: datetime) -> None:
    """Let a firm go (解除绑定), on every door of the person.

    Raises:
        FirmNotBound: It is not held, or there is no such firm.
    """
    firm = get_bound_firm(session, identity_key=identity_key, enterprise_id=enterprise_id, now=now)
    session.execute(
        update(Binding)
        .where(
            Binding.person_id == firm.person_id,
            Binding.enterprise_id == enterprise_id,
            Binding.ended_at.is_(None),
        )
        .values(ended_at=now)
    )
    session.execute(
        delete(CurrentFirm).where(
            CurrentFirm.identity_key == identity_key, CurrentFirm.enterprise_id == enterprise_id
        )
    )
    write_audit(
        session,
        actor=visitor_actor(identity_key),
        deed="enterprises.binding.ended",
        subject=f"enterprise:{enterprise_id}",
        now=now,
        person_id=firm.person_id,
    )
