"""The sample record of the demo (示例企业库): loaded at start, brought up to today at each load."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core.clock import china_date
from core.database import Base
from core.secrets import Keys
from enterprises.deadlines import Deadlines
from enterprises.kinds import Role, Subject
from enterprises.sample_firms import SampleFirm, sample_file, sample_firms
from enterprises.sample_history import history_of
from enterprises.tables import Enterprise, EnterpriseRole, Person
from enterprises.vault import known_person, parse_phone

#: So many firms have the same bookkeeper as tax clerk; the rest have another.
FIRMS_OF_THE_BOOKKEEPER = 50
#: Sample phones: the range 199 0000 xxxx is assigned to nobody.
BOOKKEEPER_PHONE, OTHER_BOOKKEEPER_PHONE = "19900000001", "19900000002"
_FIRST_SERVED_ON = date(2023, 1, 1)
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


def load_sample(
    session: Session,
    *,
    now: datetime,
    keys: Keys,
    count: int = 64,
    deadlines: Deadlines | None = None,
) -> int:
    """Load the invented firms (装入示例企业), or bring their history up to ``now``.

    Firms, people and roles that are there stay as they are, so bindings hold. History is written
    anew, the same for the same day.

    Args:
        session: Open session.
        now: The moment up to which there is history.
        keys: Seals the invented phones.
        count: How many firms.
        deadlines: The announced filing days; without them the usual day stands in the record.

    Returns:
        How many firms are new.
    """
    firms = sample_firms(count)
    known = _known(session, firms)
    new = [firm for firm in firms if firm.uscc not in known]
    session.add_all([_enterprise(firm) for firm in new])
    session.flush()
    known = _known(session, firms)
    _appoint(session, new, known, keys)
    _write_history(session, firms, known, china_date(now), deadlines)
    return len(new)


def _known(session: Session, firms: list[SampleFirm]) -> dict[str, int]:
    rows = session.execute(
        select(Enterprise.uscc, Enterprise.id).where(
            Enterprise.uscc.in_([firm.uscc for firm in firms]), Enterprise.is_sample
        )
    )
    return {row.uscc: row.id for row in rows}


def _enterprise(firm: SampleFirm) -> Enterprise:
    region = sample_file().region
    return Enterprise(
        uscc=firm.uscc,
        name=firm.name,
        subject=firm.kind.subject,
        taxpayer_type=firm.kind.taxpayer_type,
        filing_cycle=firm.kind.filing_cycle,
        industry=firm.kind.industry,
        region_code=region.code,
        region_name=region.name,
        competent_authority=region.authority,
        registered_on=firm.registered_on,
        status=firm.status,
        headcount=firm.headcount,
        assets_yuan=Decimal(firm.assets_yuan),
        is_small_low_profit=firm.is_small_low_profit,
        is_sample=True,
    )


def _appoint(session: Session, new: list[SampleFirm], known: dict[str, int], keys: Keys) -> None:
    for firm in new:
        owner_phone, finance_phone = (f"1990000{1000 + firm.serial * 2 + n:04d}" for n in (0, 1))
        owner = _person(session, owner_phone, keys)
        alone = firm.kind.subject is Subject.SOLE_TRADER
        finance = owner if alone else _person(session, finance_phone, keys)
        is_first = firm.serial < FIRMS_OF_THE_BOOKKEEPER
        clerk_phone = BOOKKEEPER_PHONE if is_first else OTHER_BOOKKEEPER_PHONE
        people = {
            Role.LEGAL_REPRESENTATIVE: owner,
            Role.FINANCE_OFFICER: finance,
            Role.TAX_CLERK: _person(session, clerk_phone, keys),
        }
        for role, person in people.items():
            session.add(
                EnterpriseRole(
                    enterprise_id=known[firm.uscc],
                    person_id=person.id,
                    role=role,
                    since=max(firm.registered_on, _FIRST_SERVED_ON),
                )
            )
    session.flush()


def _person(session: Session, phone: str, keys: Keys) -> Person:
    serial = int(parse_phone(phone)[-4:])
    name = f"示例{_SURNAMES[serial % len(_SURNAMES)]}{serial:04d}"
    return known_person(session, name=name, phone=phone, keys=keys)


def _write_history(
    session: Session,
    firms: list[SampleFirm],
    known: dict[str, int],
    today: date,
    deadlines: Deadlines | None,
) -> None:
    rows: dict[type[Base], list[dict[str, Any]]] = defaultdict(list)
    for firm in firms:
        history = history_of(firm, enterprise_id=known[firm.uscc], today=today, deadlines=deadlines)
        for table, some in history.items():
            rows[table] += some
    for table, all_rows in rows.items():
        column = table.__table__.c.enterprise_id
        session.execute(delete(table).where(column.in_(list(known.values()))))
        if all_rows:
            session.execute(insert(table), all_rows)
