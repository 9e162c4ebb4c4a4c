"""The firms a visitor holds: fifty of them, several doors, and letting go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from core.database import Sessions, transaction
from core.secrets import Keys
from core.settings import Settings
from enterprises.binding import (
    BoundFirm,
    current_firm,
    list_bindings,
    sign_out,
    switch_firm,
    unbind_firm,
)
from enterprises.binding_errors import FirmNotBound
from enterprises.kinds import Role
from enterprises.sample_firms import sample_firms
from enterprises.tables import EnterpriseRole
from tests.enterprises.visits import VISITOR, Door, Staffed

StaffFirm = Callable[..., Staffed]
SAMPLE_NOW = datetime.fromisoformat("2026-11-21T02:00:00+00:00")


def _held(sessions: Sessions, now: datetime, visitor: str = VISITOR, search: str = "") -> list[str]:
    with sessions() as session:
        firms = list_bindings(session, identity_key=visitor, now=now, search=search)
    return [firm.name for firm in firms]


def _current(sessions: Sessions, now: datetime, visitor: str = VISITOR) -> BoundFirm | None:
    with sessions() as session:
        return current_firm(session, identity_key=visitor, now=now)


@pytest.fixture
def bookkeeper(sample: Sessions, keys: Keys, settings: Settings) -> Door:
    """The visitor, after binding fifty firms as their tax clerk."""
    door = Door(sample, keys, settings)
    for firm in sample_firms(50):
        door.bind(firm.uscc, role=Role.TAX_CLERK, now=SAMPLE_NOW)
    return door


def test_a_bookkeeper_binds_fifty_firms_finds_one_and_switches(bookkeeper: Door) -> None:
    sessions, firms = bookkeeper.sessions, sample_firms(50)
    wanted = firms[5]

    assert len(_held(sessions, SAMPLE_NOW)) == 50
    for search in ("麦田", "麦田商贸", "mtsm", "MTSM", "maitian", wanted.uscc[-4:], wanted.uscc):
        assert wanted.name in _held(sessions, SAMPLE_NOW, search=search), search
        assert len(_held(sessions, SAMPLE_NOW, search=search)) < 5, search
    assert _held(sessions, SAMPLE_NOW, search="没有这一户") == []

    with transaction(sessions) as session:
        [found] = list_bindings(session, identity_key=VISITOR, now=SAMPLE_NOW, search="mtsm")
        switch_firm(
            session,
            identity_key=VISITOR,
            enterprise_id=found.enterprise_id,
            now=SAMPLE_NOW,
        )
    current = _current(sessions, SAMPLE_NOW)
    assert current is not None and current.name == wanted.name


def test_a_bookkeeper_lets_one_firm_go_and_keeps_the_others(bookkeeper: Door) -> None:
    current = _current(bookkeeper.sessions, SAMPLE_NOW)
    assert current is not None

    with transaction(bookkeeper.sessions) as session:
        unbind_firm(
            session,
            identity_key=VISITOR,
            enterprise_id=current.enterprise_id,
            now=SAMPLE_NOW,
        )

    assert _current(bookkeeper.sessions, SAMPLE_NOW) is None
    held = _held(bookkeeper.sessions, SAMPLE_NOW)
    assert len(held) == 49 and current.name not in held


def test_nobody_switches_to_or_unbinds_a_firm_they_do_not_hold(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    mine, other = staff_firm(1), staff_firm(2)
    door.bind(mine.uscc, now=now)

    for enterprise_id in (other.enterprise_id, 999):
        for deed in (switch_firm, unbind_firm):
            with pytest.raises(FirmNotBound), transaction(door.sessions) as session:
                deed(session, identity_key=VISITOR, enterprise_id=enterprise_id, now=now)
    current = _current(door.sessions, now)
    assert current is not None and current.enterprise_id == mine.enterprise_id


def test_another_door_knows_the_person_only_after_an_own_proof(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    first = staff_firm(1)
    second = staff_firm(2, person_id=first.person_id)
    door.bind(first.uscc, now=now)

    assert _held(door.sessions, now, "wechat:openid-1") == []

    door.bind(second.uscc, now=now, identity_key="wechat:openid-1")
    assert _held(door.sessions, now, "wechat:openid-1") == ["示例1号公司", "示例2号公司"]
    assert _held(door.sessions, now) == ["示例1号公司", "示例2号公司"]


def test_two_people_of_one_firm_do_not_see_each_others_firms(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    mine, other = staff_firm(1), staff_firm(2)
    door.bind(mine.uscc, now=now)
    door.bind(other.uscc, now=now, identity_key="web:someone")

    assert _held(door.sessions, now) == ["示例1号公司"]
    assert _held(door.sessions, now, "web:someone") == ["示例2号公司"]


def test_a_second_person_on_a_shared_computer_ends_the_first_persons_proof(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    door.bind(staff_firm(1).uscc, now=now)

    door.bind(staff_firm(2).uscc, now=now)

    assert _held(door.sessions, now) == ["示例2号公司"]


def test_signing_out_ends_this_door_and_leaves_the_other(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    uscc = staff_firm().uscc
    door.bind(uscc, now=now)
    door.bind(uscc, now=now, identity_key="wechat:openid-1")

    with transaction(door.sessions) as session:
        sign_out(session, identity_key=VISITOR, now=now)

    assert _current(door.sessions, now) is None
    assert _held(door.sessions, now) == []
    assert _held(door.sessions, now, "wechat:openid-1") == ["示例1号公司"]
    assert door.deeds()[-1] == "enterprises.identity.signed_out"


def test_signing_out_calls_off_a_code_that_is_under_way(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    code = door.ask(staff_firm().uscc, now=now).demo_code
    assert code is not None
    with transaction(door.sessions) as session:
        sign_out(session, identity_key=VISITOR, now=now)

    with pytest.raises(Exception, match="code_already_used"):
        door.confirm(code, now=now)


def test_a_binding_ends_after_the_set_days(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    bound = door.bind(staff_firm().uscc, now=now)

    assert _current(door.sessions, bound.expires_at - timedelta(seconds=1)) == bound
    assert _current(door.sessions, bound.expires_at) is None
    assert _held(door.sessions, bound.expires_at) == []


def test_a_binding_renewed_at_one_door_does_not_wake_another_door(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    uscc = staff_firm().uscc
    door.bind(uscc, now=now, identity_key="web:library-computer")
    much_later = now + timedelta(days=200)

    door.bind(uscc, now=much_later, identity_key="wechat:openid-1")

    assert _held(door.sessions, much_later, "wechat:openid-1") == ["示例1号公司"]
    assert _held(door.sessions, much_later, "web:library-computer") == []


def test_somebody_who_lost_the_role_loses_the_firm_at_once(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    door.bind(staff_firm().uscc, now=now)

    with transaction(door.sessions) as session:
        session.execute(update(EnterpriseRole).values(until=date(2026, 9, 17)))

    assert _current(door.sessions, now) is not None, "the last day still counts"
    assert _current(door.sessions, now + timedelta(days=1)) is None


def test_binding_again_renews_and_leaves_one_binding(
    door: Door, staff_firm: StaffFirm, now: datetime
) -> None:
    uscc = staff_firm().uscc
    door.bind(uscc, now=now)
    later = now + timedelta(days=100)

    again = door.bind(uscc, now=later)

    assert again.expires_at == later + timedelta(days=180)
    assert _held(door.sessions, later) == ["示例1号公司"]
