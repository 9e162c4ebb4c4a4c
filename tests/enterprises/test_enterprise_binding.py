"""Binding a firm (绑定企业): the request tells nothing, the code is guarded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text

from core.audit import AuditLine, first_broken_line
from core.database import Sessions, transaction
from core.due_work import DueWork
from core.secrets import Keys
from core.settings import Settings
from enterprises.binding import current_firm
from enterprises.binding_errors import (
    BindingLocked,
    CodeAlreadyUsed,
    CodeExpired,
    NoCodeRequested,
    TooManyCodes,
    WrongCode,
)
from enterprises.binding_tables import OneTimeCode
from enterprises.codes import CODES_PER_ROLE, CODES_PER_VISITOR
from enterprises.kinds import Role
from enterprises.tables import Person
from enterprises.uscc import InvalidUscc, make_uscc
from enterprises.vault import make_person
from tests.enterprises.visits import VISITOR, Door, Staffed, appoint, other_than

StaffFirm = Callable[..., Staffed]


def test_right_code_binds_the_firm_and_makes_it_current(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    firm = staff_firm(name="示例青禾公司")

    bound = door.bind(firm.uscc, now=now)

    assert (bound.enterprise_id, bound.name) == (firm.enterprise_id, "示例青禾公司")
    assert (bound.role, bound.person_id) == (Role.LEGAL_REPRESENTATIVE, firm.person_id)
    assert bound.expires_at == now + timedelta(days=180)
    with door.sessions() as session:
        assert current_firm(session, identity_key=VISITOR, now=now) == bound
        assert first_broken_line(session) is None
    assert door.deeds() == ["enterprises.binding.code_sent", "enterprises.binding.made"]


def test_code_typed_in_full_width_with_spaces_is_taken(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    code = door.ask(staff_firm().uscc, now=now).demo_code
    assert code is not None
    typed = " " + " ".join(chr(ord(digit) + 0xFEE0) for digit in code) + "\u3000"

    assert door.confirm(typed, now=now).name == "示例1号公司"


def test_malformed_uscc_is_refused_before_anything_is_stored(door: Door, now: datetime) -> None:
    with pytest.raises(InvalidUscc):
        door.ask("911100006000373411", now=now)

    with door.sessions() as session:
        assert session.scalars(select(OneTimeCode)).all() == []


@pytest.mark.parametrize("mode", ["demo", "production"])
def test_request_looks_the_same_whether_or_not_firm_and_role_exist(
    sessions: Sessions,
    keys: Keys,
    settings: Settings,
    production: Settings,
    staff_firm: StaffFirm,
    now: datetime,
    mode: str,
) -> None:
    door = Door(sessions, keys, production if mode == "production" else settings)
    firm = staff_firm()

    answers = [
        door.ask(firm.uscc, now=now),
        door.ask(firm.uscc, role=Role.TAX_CLERK, now=now),
        door.ask(make_uscc(777), now=now),
    ]

    shapes = {
        (
            answer.expires_at,
            answer.demo_code and (len(answer.demo_code), answer.demo_code.isdigit()),
        )
        for answer in answers
    }
    assert len(shapes) == 1
    assert (answers[0].demo_code is None) == (mode == "production")


def test_refusals_look_the_same_whether_or_not_the_firm_exists(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    def refusals(uscc: str, visitor: str) -> list[tuple[str, dict[str, object]]]:
        code = door.ask(uscc, now=now, identity_key=visitor).demo_code
        assert code is not None
        seen = []
        for step in range(1, 7):
            try:
                wrong = f"{(int(code) + step) % 1_000_000:06d}"
                door.confirm(wrong, now=now, identity_key=visitor)
            except (WrongCode, BindingLocked) as error:
                seen.append((error.code, error.details))
        return seen

    existing = refusals(staff_firm().uscc, "web:a")
    missing = refusals(make_uscc(777), "web:b")

    assert existing == missing
    assert [code for code, _ in existing] == ["wrong_code"] * 4 + ["binding_locked"] * 2


def test_the_code_of_a_firm_that_does_not_exist_never_fits(door: Door, now: datetime) -> None:
    code = door.ask(make_uscc(777), now=now).demo_code
    assert code is not None

    with pytest.raises(WrongCode):
        door.confirm(code, now=now)


def test_somebody_who_left_the_role_cannot_bind(
    door: Door, staff_firm: StaffFirm, keys: Keys, now: datetime
) -> None:
    firm = staff_firm()
    with transaction(door.sessions) as session:
        left = make_person(name="示例钱", phone="19900009999", keys=keys)
        session.add(left)
        session.flush()
        appoint(session, firm.enterprise_id, left.id, Role.TAX_CLERK, until=date(2026, 9, 16))

    code = door.ask(firm.uscc, role=Role.TAX_CLERK, now=now).demo_code

    assert code is not None
    with pytest.raises(WrongCode):  # in China it is already the 17th
        door.confirm(code, now=now)


def test_wrong_tries_are_counted_although_they_are_refused(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    code = door.ask(staff_firm().uscc, now=now).demo_code
    assert code is not None

    left = []
    for _ in range(4):
        with pytest.raises(WrongCode) as caught:
            door.confirm(other_than(code), now=now)
        left.append(caught.value.details["tries_left"])

    assert left == [4, 3, 2, 1]
    assert door.confirm(code, now=now).name == "示例1号公司"


def test_five_wrong_codes_lock_for_thirty_minutes_even_against_the_right_one(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    uscc = staff_firm().uscc
    code = door.ask(uscc, now=now).demo_code
    assert code is not None
    for _ in range(5):
        with pytest.raises((WrongCode, BindingLocked)):
            door.confirm(other_than(code), now=now)

    with pytest.raises(BindingLocked) as caught:
        door.confirm(code, now=now + timedelta(minutes=2))
    assert caught.value.details == {"minutes": 28}
    with pytest.raises(BindingLocked):
        door.ask(uscc, now=now + timedelta(minutes=29, seconds=59))
    assert "enterprises.binding.locked" in door.deeds()

    later = now + timedelta(minutes=30)
    with pytest.raises(CodeAlreadyUsed):
        door.confirm(code, now=later)
    assert door.bind(uscc, now=later).uscc == uscc


def test_a_new_request_does_not_reset_the_count(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    uscc = staff_firm().uscc
    for _ in range(4):
        code = door.ask(uscc, now=now).demo_code
        assert code is not None
        with pytest.raises(WrongCode):
            door.confirm(other_than(code), now=now)

    code = door.ask(uscc, now=now).demo_code
    assert code is not None
    with pytest.raises(BindingLocked):
        door.confirm(other_than(code), now=now)


def test_a_slip_of_long_ago_is_forgotten(door: Door, staff_firm: StaffFirm, now: datetime) -> None:
    uscc = staff_firm().uscc
    for days in (0, 1):
        moment = now + timedelta(days=days)
        code = door.ask(uscc, now=moment).demo_code
        assert code is not None
        for _ in range(3):
            with pytest.raises(WrongCode):
                door.confirm(other_than(code), now=moment)


def test_lock_of_one_visitor_does_not_touch_another(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    uscc = staff_firm().uscc
    code = door.ask(uscc, now=now, identity_key="web:other").demo_code
    assert code is not None
    for _ in range(5):
        with pytest.raises((WrongCode, BindingLocked)):
            door.confirm(other_than(code), now=now, identity_key="web:other")

    assert door.bind(uscc, now=now).uscc == uscc


def test_code_expires_with_the_set_minutes(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    sent = door.ask(staff_firm().uscc, now=now)
    assert sent.demo_code is not None
    assert sent.expires_at == now + timedelta(minutes=5)

    with pytest.raises(CodeExpired):
        door.confirm(sent.demo_code, now=sent.expires_at)


def test_code_works_until_its_last_second(door: Door, staff_firm: StaffFirm, now: datetime) -> None:
    sent = door.ask(staff_firm().uscc, now=now)
    assert sent.demo_code is not None

    assert door.confirm(sent.demo_code, now=sent.expires_at - timedelta(seconds=1))


def test_code_works_once(door: Door, staff_firm: StaffFirm, now: datetime) -> None:
    code = door.ask(staff_firm().uscc, now=now).demo_code
    assert code is not None
    door.confirm(code, now=now)

    with pytest.raises(CodeAlreadyUsed):
        door.confirm(code, now=now)


def test_code_of_one_visitor_is_worth_nothing_to_another(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    uscc = staff_firm().uscc
    code = door.ask(uscc, now=now).demo_code
    assert code is not None

    with pytest.raises(NoCodeRequested):
        door.confirm(code, now=now, identity_key="web:thief")
    own = door.ask(uscc, now=now, identity_key="web:thief").demo_code
    if own != code:
        with pytest.raises(WrongCode):
            door.confirm(code, now=now, identity_key="web:thief")


def test_only_the_last_code_counts(door: Door, staff_firm: StaffFirm, now: datetime) -> None:
    uscc = staff_firm().uscc
    first, second = (door.ask(uscc, now=now).demo_code for _ in range(2))
    assert first is not None and second is not None

    if first != second:
        with pytest.raises(WrongCode):
            door.confirm(first, now=now)
    assert door.confirm(second, now=now).uscc == uscc


def test_requests_of_one_visitor_are_limited(door: Door, now: datetime) -> None:
    for serial in range(CODES_PER_VISITOR):
        door.ask(make_uscc(serial), now=now)

    with pytest.raises(TooManyCodes) as caught:
        door.ask(make_uscc(900), now=now + timedelta(minutes=20))
    assert caught.value.details == {"minutes": 40}
    assert door.ask(make_uscc(900), now=now + timedelta(minutes=60))


@pytest.mark.parametrize("exists", [True, False])
def test_one_person_cannot_be_flooded_by_many_visitors(
    door: Door, staff_firm: StaffFirm, now: datetime, exists: bool
) -> None:
    uscc = staff_firm().uscc if exists else make_uscc(777)
    for visitor in range(CODES_PER_ROLE):
        door.ask(uscc, now=now, identity_key=f"web:{visitor}")

    with pytest.raises(TooManyCodes):
        door.ask(uscc, now=now, identity_key="web:one-more")


def test_each_of_two_clerks_binds_with_the_code_on_their_own_phone(
    sessions: Sessions,
    keys: Keys,
    production: Settings,
    staff_firm: StaffFirm,
    now: datetime,
) -> None:
    door = Door(sessions, keys, production)
    firm = staff_firm(role=Role.TAX_CLERK)
    with transaction(sessions) as session:
        second = make_person(name="示例孙", phone="19900008888", keys=keys)
        session.add(second)
        session.flush()
        appoint(session, firm.enterprise_id, second.id, Role.TAX_CLERK)
        second_id = second.id

    for person_id in (firm.person_id, second_id):
        door.ask(firm.uscc, role=Role.TAX_CLERK, now=now, identity_key=f"web:{person_id}")
        code = _code_on_the_phone_of(sessions, keys, person_id)
        bound = door.confirm(code, now=now, identity_key=f"web:{person_id}")
        assert bound.person_id == person_id


def _code_on_the_phone_of(sessions: Sessions, keys: Keys, person_id: int) -> str:
    """What the gateway would have sent last to this person."""
    with sessions() as session:
        phone = keys.unseal(session.get_one(Person, person_id).phone_sealed)
        sent = session.scalars(
            select(DueWork).where(DueWork.kind == "deliver.sms").order_by(DueWork.id.desc())
        )
        codes = [
            keys.unseal(work.payload["code_sealed"])
            for work in sent
            if keys.unseal(work.payload["phone_sealed"]) == phone
        ]
    return codes[0]


def test_in_production_the_code_goes_sealed_to_the_gateway_and_not_to_the_screen(
    sessions: Sessions,
    keys: Keys,
    production: Settings,
    staff_firm: StaffFirm,
    now: datetime,
) -> None:
    door = Door(sessions, keys, production)

    sent = door.ask(staff_firm().uscc, now=now)
    door.ask(make_uscc(777), now=now)

    assert sent.demo_code is None
    with sessions() as session:
        [work] = session.scalars(select(DueWork)).all()
    assert keys.unseal(work.payload["phone_sealed"]) == "19900000001"
    assert len(keys.unseal(work.payload["code_sealed"])) == 6
    assert "19900000001" not in str(work.payload)


def test_neither_code_nor_phone_nor_visitor_can_be_read_in_the_database(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    code = door.ask(staff_firm(4321).uscc, now=now).demo_code
    assert code is not None
    door.confirm(code, now=now)

    with door.sessions() as session:
        stored = " ".join(
            str(row)
            for table in ("persons", "one_time_codes", "bindings", "audit_lines", "due_work")
            for row in session.execute(text(f"SELECT * FROM {table}"))
        )
        actors = set(session.scalars(select(AuditLine.actor)))
    assert "19900004321" not in stored
    assert f"'{code}'" not in stored
    assert all(actor.startswith("visitor:web:") and "visitor-1" not in actor for actor in actors)
    assert all(len(actor) <= 120 for actor in actors)
