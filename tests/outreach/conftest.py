from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from core.database import Sessions, transaction
from core.secrets import Keys
from core.settings import Settings
from enterprises.binding_tables import Binding
from enterprises.kinds import FilingStatus, Role, Tax
from enterprises.tables import Filing
from enterprises.vault import make_person
from outreach.tables import PushKind
from outreach.wishes import set_wish
from tests.enterprises.visits import VISITOR, Door, appoint, make_enterprise

#: The last filing day of October 2026, a Monday.
FILED_BY = date(2026, 10, 26)


def _store_person(session: Session, serial: int, keys: Keys) -> int:
    person = make_person(name=f"示例赵{serial}", phone=f"1990000{serial:04d}", keys=keys)
    session.add(person)
    session.flush()
    return person.id


@pytest.fixture
def bound_firm(database: Sessions, keys: Keys, settings: Settings) -> Callable[..., int]:
    """Store a firm, bind it for a visitor and give its id.

    The first firm is proved with a code; further ones of the same visitor belong to the same
    person and are stored as bound, because the number of codes a day is limited.
    """
    people: dict[str, int] = {}

    def bind(serial: int = 1, *, now: datetime, identity_key: str = VISITOR, **firm: object) -> int:
        with transaction(database) as session:
            enterprise = make_enterprise(serial, **firm)
            session.add(enterprise)
            known = people.get(identity_key)
            person_id = known or _store_person(session, serial, keys)
            people[identity_key] = person_id
            session.flush()
            appoint(session, enterprise.id, person_id, Role.LEGAL_REPRESENTATIVE)
            if known:
                session.add(
                    Binding(
                        person_id=person_id,
                        enterprise_id=enterprise.id,
                        role=Role.LEGAL_REPRESENTATIVE,
                        bound_at=now,
                        expires_at=now + timedelta(days=settings.binding_days),
                    )
                )
        if not known:
            door = Door(database, keys, settings)
            door.bind(enterprise.uscc, now=now, identity_key=identity_key)
        return enterprise.id

    return bind


@pytest.fixture
def file_due(database: Sessions) -> Callable[..., int]:
    """Store a filing that is still to be made; by default VAT of the third quarter."""

    def store(enterprise_id: int, **only_what_matters: object) -> int:
        values: dict[str, object] = {
            "enterprise_id": enterprise_id,
            "tax": Tax.VAT,
            "period_first": date(2026, 7, 1),
            "period_last": date(2026, 9, 30),
            "due_on": FILED_BY,
            "state": FilingStatus.PENDING,
        }
        with transaction(database) as session:
            filing = Filing(**(values | only_what_matters))
            session.add(filing)
            session.flush()
            return filing.id

    return store


@pytest.fixture
def want_reminders(database: Sessions) -> Callable[..., None]:
    def want(now: datetime, *, identity_key: str = VISITOR, wanted: bool = True) -> None:
        with transaction(database) as session:
            set_wish(
                session,
                identity_key=identity_key,
                kind=PushKind.DEADLINE_REMINDER,
                wanted=wanted,
                now=now,
            )

    return want
