"""The only ways to read a firm (查看企业档案): by its own people, and by staff with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from core.audit import visitor_actor, write_audit
from core.errors import InvalidInput, NotFound
from enterprises.binding_errors import FirmNotBound
from enterprises.deadlines import Deadlines
from enterprises.firms import current_firm
from enterprises.tables import Enterprise
from enterprises.view import FirmView

#: The deed under which every look at a firm stands in the audit trail.
READ = "enterprises.firm.read"


class StaffReasonMissing(InvalidInput):
    """Staff look at a firm for a conversation or an appeal, never just so (缺少查看理由)."""

    code = "staff_reason_missing"


class EnterpriseNotFound(NotFound):
    """There is no such firm on record (企业不存在)."""

    code = "enterprise_not_found"


@dataclass(frozen=True)
class KnownFirm:
    """What an answer may take as known: the firm's name and facts, nothing of its history."""

    enterprise_id: int
    name: str
    facts: dict[str, str | int | bool | Decimal]


def find_facts_for(session: Session, *, identity_key: str, now: datetime) -> KnownFirm | None:
    """The facts of the visitor's current firm, or None; for a session that only reads.

    Nothing is audited yet: whoever tells or stores anything that rests on these facts calls
    :func:`audit_read` in the transaction that does so.
    """
    bound = current_firm(session, identity_key=identity_key, now=now)
    if bound is None:
        return None
    view = FirmView(session, session.get_one(Enterprise, bound.enterprise_id), None)
    return KnownFirm(bound.enterprise_id, bound.name, view.facts())


def audit_read(
    session: Session, *, identity_key: str, enterprise_id: int, purpose: str, now: datetime
) -> None:
    """Write down that a visitor was told something of a firm (企业信息查看记录)."""
    write_audit(
        session,
        actor=visitor_actor(identity_key),
        deed=READ,
        subject=f"enterprise:{enterprise_id}",
        now=now,
        purpose=purpose,
    )


def access_firm_for(
    session: Session,
    *,
    identity_key: str,
    now: datetime,
    purpose: str,
    deadlines: Deadlines | None = None,
) -> FirmView:
    """Read the visitor's current firm (查看我的企业); the look is audited.

    Args:
        session: Open session that may write.
        identity_key: The visitor.
        now: The moment.
        purpose: What it is read for, a code such as ``filing_state``.
        deadlines: The announced filing days; without them days are provisional.

    Raises:
        FirmNotBound: No firm is chosen, or the proof, the binding or the role is over.
    """
    bound = current_firm(session, identity_key=identity_key, now=now)
    if bound is None:
        raise FirmNotBound
    audit_read(
        session,
        identity_key=identity_key,
        enterprise_id=bound.enterprise_id,
        purpose=purpose,
        now=now,
    )
    return FirmView(session, session.get_one(Enterprise, bound.enterprise_id), deadlines)


def access_firm_for_staff(
    session: Session,
    *,
    staff: str,
    enterprise_id: int,
    now: datetime,
    conversation_id: int | None = None,
    appeal_number: str | None = None,
    deadlines: Deadlines | None = None,
) -> FirmView:
    """Read a firm at the desk (坐席查看企业); the look and its reason are audited.

    Whether the conversation or the appeal is about this firm, and in this officer's hands, is
    for the desk to check.

    Raises:
        StaffReasonMissing: Neither a conversation nor an appeal is named.
        EnterpriseNotFound: There is no such firm.
    """
    if conversation_id is None and not appeal_number:
        raise StaffReasonMissing
    enterprise = session.get(Enterprise, enterprise_id)
    if enterprise is None:
        raise EnterpriseNotFound
    write_audit(
        session,
        actor=f"staff:{staff}",
        deed=READ,
        subject=f"enterprise:{enterprise_id}",
        now=now,
        conversation_id=conversation_id,
        appeal_number=appeal_number,
    )
    return FirmView(session, enterprise, deadlines)
