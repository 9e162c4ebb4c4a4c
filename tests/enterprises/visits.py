"""A visitor at a door, and the firms the tests are about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from core.audit import AuditLine
from core.database import Sessions, transaction
from core.secrets import Keys
from core.settings import Settings
from enterprises.binding import BoundFirm, CodeSent, Confirmation, confirm_binding, start_binding
from enterprises.kinds import EnterpriseStatus, FilingCycle, Role, Subject, TaxpayerType
from enterprises.tables import Enterprise, EnterpriseRole
from enterprises.uscc import make_uscc

VISITOR = "web:visitor-1"
ROOT_KEY = "a root key that is only used in tests"


def make_enterprise(serial: int = 1, **only_what_matters: object) -> Enterprise:
    values: dict[str, object] = {
        "uscc": make_uscc(serial),
        "name": f"示例{serial}号公司",
        "subject": Subject.ENTERPRISE,
        "taxpayer_type": TaxpayerType.SMALL_SCALE,
        "filing_cycle": FilingCycle.QUARTERLY,
        "industry": "零售业",
        "region_code": "990101",
        "region_name": "示例市示例区",
        "competent_authority": "示例税务局",
        "registered_on": date(2020, 3, 2),
        "status": EnterpriseStatus.NORMAL,
        "headcount": 6,
        "assets_yuan": Decimal("300000"),
        "is_small_low_profit": True,
    }
    return Enterprise(**(values | only_what_matters))


@dataclass(frozen=True)
class Staffed:
    """A stored firm with one person in one role."""

    enterprise_id: int
    uscc: str
    person_id: int


def appoint(
    session: Session, enterprise_id: int, person_id: int, role: Role, **span: date
) -> EnterpriseRole:
    held = EnterpriseRole(
        enterprise_id=enterprise_id,
        person_id=person_id,
        role=role,
        **({"since": date(2021, 1, 1)} | span),
    )
    session.add(held)
    session.flush()
    return held


@dataclass
class Door:
    """A visitor at a door: every deed in a transaction of its own, as the doors do it."""

    sessions: Sessions
    keys: Keys
    settings: Settings

    def ask(
        self,
        uscc: str,
        *,
        now: datetime,
        role: Role = Role.LEGAL_REPRESENTATIVE,
        identity_key: str = VISITOR,
    ) -> CodeSent:
        with transaction(self.sessions) as session:
            return start_binding(
                session,
                identity_key=identity_key,
                uscc=uscc,
                role=role,
                keys=self.keys,
                now=now,
                settings=self.settings,
            )

    def confirm(self, code: str, *, now: datetime, identity_key: str = VISITOR) -> BoundFirm:
        with transaction(self.sessions) as session:
            confirmation: Confirmation = confirm_binding(
                session,
                identity_key=identity_key,
                code=code,
                keys=self.keys,
                now=now,
                settings=self.settings,
            )
        return confirmation.firm()

    def bind(
        self,
        uscc: str,
        *,
        now: datetime,
        role: Role = Role.LEGAL_REPRESENTATIVE,
        identity_key: str = VISITOR,
    ) -> BoundFirm:
        sent = self.ask(uscc, now=now, role=role, identity_key=identity_key)
        assert sent.demo_code is not None
        return self.confirm(sent.demo_code, now=now, identity_key=identity_key)

    def deeds(self) -> list[str]:
        with self.sessions() as session:
            return [line.deed for line in session.query(AuditLine).order_by(AuditLine.id)]


def other_than(code: str) -> str:
    """A code of the same form that is not this one."""
    return f"{(int(code) + 1) % 1_000_000:06d}"
