"""Nothing of a firm is read without a binding, and every look leaves a line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.audit import AuditLine, first_broken_line
from core.database import Sessions, reading, transaction
from core.errors import ServiceError
from core.secrets import BrokenSeal, Keys
from core.settings import Settings
from enterprises.binding import end_identity, list_bindings, sign_out, unbind_firm
from enterprises.binding_errors import BindingLocked, FirmNotBound, TooManyCodes, WrongCode
from enterprises.binding_tables import Binding, BindingLock, Contact, IdentityLink, OneTimeCode
from enterprises.codes import CODES_PER_ROLE
from enterprises.retention import remove_expired
from enterprises.service import (
    EnterpriseNotFound,
    StaffReasonMissing,
    access_firm_for,
    access_firm_for_staff,
    audit_read,
    find_facts_for,
)
from enterprises.tables import Person
from enterprises.vault import ContactGone, InvalidPhone, keep_contact, read_contact
from tests.enterprises.visits import VISITOR, Door, Staffed, other_than

StaffFirm = Callable[..., Staffed]


def _name_as_read(sessions: Sessions, now: datetime, visitor: str = VISITOR) -> str:
    with transaction(sessions) as session:
        view = access_firm_for(session, identity_key=visitor, now=now, purpose="filing_state")
        return view.profile.name


def test_firm_is_not_readable_before_the_binding_and_readable_after(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    firm = staff_firm()
    with pytest.raises(FirmNotBound):
        _name_as_read(door.sessions, now)

    code = door.ask(firm.uscc, now=now).demo_code
    with pytest.raises(FirmNotBound):
        _name_as_read(door.sessions, now)

    assert code is not None
    door.confirm(code, now=now)
    assert _name_as_read(door.sessions, now) == "示例1号公司"


@pytest.mark.parametrize("end", ["unbound", "signed_out", "expired", "erased"])
def test_firm_is_not_readable_after_the_binding(
    door: Door, staff_firm: StaffFirm, now: datetime, end: str
) -> None:
    bound = door.bind(staff_firm().uscc, now=now)

    with transaction(door.sessions) as session:
        if end == "unbound":
            unbind_firm(session, identity_key=VISITOR, enterprise_id=bound.enterprise_id, now=now)
        elif end == "signed_out":
            sign_out(session, identity_key=VISITOR, now=now)
        elif end == "erased":
            end_identity(session, identity_key=VISITOR, now=now)

    with pytest.raises(FirmNotBound):
        _name_as_read(door.sessions, bound.expires_at if end == "expired" else now)


def test_each_read_leaves_one_line_with_visitor_firm_and_purpose(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    firm = staff_firm()
    door.bind(firm.uscc, now=now)

    _name_as_read(door.sessions, now)
    _name_as_read(door.sessions, now)

    with door.sessions() as session:
        lines = session.scalars(
            select(AuditLine).where(AuditLine.deed == "enterprises.firm.read")
        ).all()
        assert first_broken_line(session) is None
    assert len(lines) == 2
    assert {line.subject for line in lines} == {f"enterprise:{firm.enterprise_id}"}
    assert {line.data["purpose"] for line in lines} == {"filing_state"}
    assert len({line.actor for line in lines}) == 1


def test_a_refused_read_leaves_no_line(door: Door, staff_firm: StaffFirm, now: datetime) -> None:
    staff_firm()

    with pytest.raises(FirmNotBound):
        _name_as_read(door.sessions, now)

    assert door.deeds() == []


def test_facts_for_an_answer_need_the_binding_too_and_are_audited_when_told(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    firm = staff_firm()
    with reading(door.sessions) as session:
        assert find_facts_for(session, identity_key=VISITOR, now=now) is None
    door.bind(firm.uscc, now=now)

    with reading(door.sessions) as session:
        known = find_facts_for(session, identity_key=VISITOR, now=now)
    assert known is not None and known.name == "示例1号公司"
    assert known.facts == {
        "taxpayer_type": "small_scale",
        "subject": "enterprise",
        "filing_cycle": "quarterly",
        "region": "990101",
        "is_small_low_profit": True,
        "headcount": 6,
        "assets_yuan": Decimal("300000.00"),
        "industry": "零售业",
    }
    with transaction(door.sessions) as session:
        audit_read(
            session,
            identity_key=VISITOR,
            enterprise_id=known.enterprise_id,
            purpose="answer",
            now=now,
        )
    assert door.deeds()[-1] == "enterprises.firm.read"


def test_staff_read_a_firm_only_with_a_reason_that_is_written_down(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    firm = staff_firm()
    with transaction(door.sessions) as session:
        with pytest.raises(StaffReasonMissing):
            access_firm_for_staff(session, staff="li", enterprise_id=firm.enterprise_id, now=now)
        with pytest.raises(EnterpriseNotFound):
            access_firm_for_staff(
                session, staff="li", enterprise_id=999, conversation_id=7, now=now
            )
        view = access_firm_for_staff(
            session,
            staff="li",
            enterprise_id=firm.enterprise_id,
            appeal_number="SQ20260917-ABCDEF",
            now=now,
        )
        assert view.profile.name == "示例1号公司"

    with door.sessions() as session:
        [line] = session.scalars(select(AuditLine)).all()
    assert (line.actor, line.data["appeal_number"]) == ("staff:li", "SQ20260917-ABCDEF")


def test_phone_of_a_person_is_unreadable_with_another_key(
    door: Door, staff_firm: StaffFirm, keys: Keys
) -> None:
    firm = staff_firm(4321)

    with door.sessions() as session:
        person = session.get_one(Person, firm.person_id)
    assert keys.unseal(person.phone_sealed) == "19900004321"
    assert person.phone_hint == "199****4321"
    with pytest.raises(BrokenSeal):
        Keys("another root key, as a thief might try").unseal(person.phone_sealed)


def test_contact_is_kept_sealed_read_with_a_line_and_gone_in_time(
    door: Door, keys: Keys, settings: Settings, now: datetime
) -> None:
    with transaction(door.sessions) as session:
        contact = keep_contact(
            session,
            identity_key=VISITOR,
            phone="+86 199-0000-4321",
            purpose="call_back",
            keys=keys,
            now=now,
            settings=settings,
        )
        assert contact.phone_hint == "199****4321"
        assert "19900004321" not in contact.phone_sealed

    with transaction(door.sessions) as session:
        phone = read_contact(session, contact_id=contact.id, staff="li", keys=keys, now=now)
        assert phone == "19900004321"
    assert door.deeds() == ["enterprises.contact.read"]

    with transaction(door.sessions) as session, pytest.raises(ContactGone):
        read_contact(session, contact_id=contact.id, staff="li", keys=keys, now=contact.expires_at)


@pytest.mark.parametrize("typed", ["", "1990000432", "12345678901", "0571-8888888", "手机号"])
def test_what_is_no_mobile_phone_is_refused(
    door: Door, keys: Keys, settings: Settings, now: datetime, typed: str
) -> None:
    with transaction(door.sessions) as session, pytest.raises(InvalidPhone):
        keep_contact(
            session,
            identity_key=VISITOR,
            phone=typed,
            purpose="call_back",
            keys=keys,
            now=now,
            settings=settings,
        )


def test_erasing_the_last_door_forgets_proofs_bindings_and_contacts(
    door: Door, staff_firm: StaffFirm, keys: Keys, settings: Settings, now: datetime
) -> None:
    door.bind(staff_firm().uscc, now=now)
    with transaction(door.sessions) as session:
        keep_contact(
            session,
            identity_key=VISITOR,
            phone="19900004321",
            purpose="call_back",
            keys=keys,
            now=now,
            settings=settings,
        )
        end_identity(session, identity_key=VISITOR, now=now)

    with door.sessions() as session:
        for table in (IdentityLink, Binding, Contact):
            assert session.scalars(select(table)).all() == [], table
        assert set(session.scalars(select(OneTimeCode.identity_key))) == {"erased"}
        assert first_broken_line(session) is None


def test_erasing_one_door_leaves_the_person_at_another(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    uscc = staff_firm().uscc
    door.bind(uscc, now=now)
    door.bind(uscc, now=now, identity_key="wechat:openid-1")

    with transaction(door.sessions) as session:
        end_identity(session, identity_key=VISITOR, now=now)

    with door.sessions() as session:
        assert list_bindings(session, identity_key=VISITOR, now=now) == []
        assert len(list_bindings(session, identity_key="wechat:openid-1", now=now)) == 1


def test_erasing_does_not_open_a_lock(door: Door, staff_firm: StaffFirm, now: datetime) -> None:
    uscc = staff_firm().uscc
    code = door.ask(uscc, now=now).demo_code
    assert code is not None
    for _ in range(5):
        with pytest.raises((WrongCode, BindingLocked)):
            door.confirm(other_than(code), now=now)

    with transaction(door.sessions) as session:
        end_identity(session, identity_key=VISITOR, now=now)

    with pytest.raises(BindingLocked):
        door.ask(uscc, now=now)


def test_erasing_does_not_open_the_way_to_flood_a_phone(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    uscc = staff_firm().uscc
    for _ in range(CODES_PER_ROLE):
        door.ask(uscc, now=now)
        with transaction(door.sessions) as session:
            end_identity(session, identity_key=VISITOR, now=now)

    with pytest.raises(TooManyCodes):
        door.ask(uscc, now=now)


def test_retention_removes_what_expired_and_nothing_else(
    door: Door, staff_firm: StaffFirm, keys: Keys, settings: Settings, now: datetime
) -> None:
    firm = staff_firm()
    door.bind(firm.uscc, now=now)
    wrong = door.ask(firm.uscc, now=now).demo_code
    assert wrong is not None
    with pytest.raises(WrongCode):
        door.confirm(other_than(wrong), now=now)
    with transaction(door.sessions) as session:
        keep_contact(
            session,
            identity_key=VISITOR,
            phone="19900004321",
            purpose="call_back",
            keys=keys,
            now=now,
            settings=settings,
        )

    def left_after(days: float) -> dict[str, int]:
        moment = now + timedelta(days=days)
        with transaction(door.sessions) as session:
            remove_expired(session, now=moment, settings=settings)
            assert not any(remove_expired(session, now=moment, settings=settings).values())
            tables = (OneTimeCode, BindingLock, Contact, IdentityLink, Binding)
            return {t.__tablename__: len(session.scalars(select(t)).all()) for t in tables}

    assert left_after(0.01) == {
        "one_time_codes": 2,
        "binding_locks": 1,
        "contacts": 1,
        "identity_links": 1,
        "bindings": 1,
    }
    after_two_days = left_after(2)
    assert (after_two_days["one_time_codes"], after_two_days["binding_locks"]) == (0, 0)
    after_contacts = left_after(181)
    assert (after_contacts["contacts"], after_contacts["bindings"]) == (0, 1)
    assert set(left_after(361).values()) == {0}


def test_every_error_has_a_sentence_that_its_details_fill() -> None:
    import importlib
    from pathlib import Path

    import yaml

    import enterprises

    folder = Path(enterprises.__file__).parent
    for path in folder.glob("*.py"):
        importlib.import_module(f"enterprises.{path.stem}")
    sentences = yaml.safe_load((folder / "error_messages.yml").read_text("utf-8"))
    details: dict[str, object] = {
        "length": 17,
        "place": 2,
        "character": "I",
        "minutes": 30,
        "tries_left": 4,
        "count": 3,
    }

    def codes(error: type[ServiceError]) -> set[str]:
        own = {error.code} if error.__module__.startswith("enterprises.") else set()
        return own.union(*(codes(each) for each in error.__subclasses__()))

    assert codes(ServiceError) == set(sentences)
    for sentence in sentences.values():
        assert "{" not in sentence.format(**details)
