"""Taking over a bureau's own record (导入企业档案): all of a file, or nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.clock import china_date
from core.errors import InvalidInput
from core.secrets import Keys
from enterprises.import_rows import Fault, FirmRow, Firms, holders_of, read_firms
from enterprises.import_values import words
from enterprises.kinds import Role
from enterprises.roles import holds_role_on
from enterprises.tables import Enterprise, EnterpriseRole, Filing
from enterprises.vault import known_person

OPERATOR = "operator"


class ImportRefused(InvalidInput):
    """The file has faults, so nothing of it was taken over (导入被拒)."""

    code = "import_refused"

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        super().__init__(count=len(faults))
        self.faults = faults


@dataclass
class Imported:
    """What an import changed."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    roles_begun: int = 0
    roles_ended: int = 0
    filings: int = 0


def read_import(path: Path) -> Firms:
    """Read a file for :func:`import_firms`.

    Raises:
        ImportRefused: It has faults.
    """
    firms = read_firms(path)
    if firms.faults:
        raise ImportRefused(firms.faults)
    return firms


def import_firms(session: Session, firms: Firms, *, keys: Keys, now: datetime) -> Imported:
    """Bring the record to what the file says (导入企业档案).

    A firm is known by its USCC. Its profile becomes that of the file. Where the file names
    holders of a role, they are the holders from today on, and others hold it no longer; a role
    that the file does not name stays as it is. Filings are added or replaced by tax and period.

    Args:
        session: Open session; raising undoes everything.
        firms: What :func:`read_import` returned.
        keys: Seals the phones.
        now: The moment.

    Raises:
        ImportRefused: A code belongs to a sample firm.
    """
    _refuse_samples(session, firms)
    done = Imported()
    for row in firms.rows:
        before = (done.roles_begun, done.roles_ended, done.filings)
        enterprise, profile_changed = _take_profile(session, row)
        today = china_date(now)
        for role, people in holders_of(row).items():
            _appoint(session, enterprise, role, people, keys=keys, today=today, done=done)
        _take_filings(session, enterprise, row, done)
        if profile_changed == "added":
            done.added += 1
        elif profile_changed or (done.roles_begun, done.roles_ended, done.filings) != before:
            done.changed += 1
        else:
            done.unchanged += 1
            continue
        write_audit(
            session,
            actor=OPERATOR,
            deed="enterprises.firm.imported",
            subject=f"enterprise:{enterprise.id}",
            now=now,
            profile=profile_changed,
            roles_begun=done.roles_begun - before[0],
            roles_ended=done.roles_ended - before[1],
            filings=done.filings - before[2],
        )
    return done


def _refuse_samples(session: Session, firms: Firms) -> None:
    samples = set(session.scalars(select(Enterprise.uscc).where(Enterprise.is_sample)))
    column, what = words()["columns"]["uscc"], words()["faults"]["sample"]
    faults = [Fault(row.line, column, what) for row in firms.rows if row.profile["uscc"] in samples]
    if faults:
        raise ImportRefused(faults)


def _take_profile(session: Session, row: FirmRow) -> tuple[Enterprise, str]:
    """Returns the firm, and ``added``, ``changed`` or nothing."""
    found = session.scalar(select(Enterprise).where(Enterprise.uscc == row.profile["uscc"]))
    if found is None:
        found = Enterprise(**row.profile, is_sample=False)
        session.add(found)
        session.flush()
        return found, "added"
    for name, value in row.profile.items():
        setattr(found, name, value)
    changed = session.is_modified(found)
    session.flush()
    return found, "changed" if changed else ""


def _appoint(
    session: Session,
    enterprise: Enterprise,
    role: Role,
    people: list[tuple[str, str]],
    *,
    keys: Keys,
    today: date,
    done: Imported,
) -> None:
    wanted = {known_person(session, name=name, phone=phone, keys=keys).id for name, phone in people}
    held = session.scalars(
        select(EnterpriseRole).where(
            EnterpriseRole.enterprise_id == enterprise.id,
            EnterpriseRole.role == role,
            holds_role_on(today),
        )
    ).all()
    for each in held:
        if each.person_id in wanted:
            wanted.discard(each.person_id)
            continue
        done.roles_ended += 1
        if each.since < today:
            each.until = today - timedelta(days=1)
        else:
            session.delete(each)
    for person_id in sorted(wanted):
        done.roles_begun += 1
        session.add(
            EnterpriseRole(enterprise_id=enterprise.id, person_id=person_id, role=role, since=today)
        )
    session.flush()


def _take_filings(session: Session, enterprise: Enterprise, row: FirmRow, done: Imported) -> None:
    for given in row.filings:
        found = session.scalar(
            select(Filing).where(
                Filing.enterprise_id == enterprise.id,
                Filing.tax == given["tax"],
                Filing.period_first == given["period_first"],
                Filing.period_last == given["period_last"],
            )
        )
        if found is None:
            found = Filing(enterprise_id=enterprise.id, **given)
            session.add(found)
        for name, value in given.items():
            setattr(found, name, value)
        if session.is_modified(found):
            done.filings += 1
    session.flush()
