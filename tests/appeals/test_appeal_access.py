"""Who sees an appeal (查看权限), and what the public may see of it."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from appeals.access import (
    access_appeal_by_code,
    access_appeal_for,
    access_appeal_for_staff,
    list_appeals_for,
    parse_number,
    retell_check_code,
)
from appeals.errors import AppealNotFound, CheckCodeLocked, CheckCodeWrong
from appeals.moves import answer_appeal, remind_appeal
from appeals.people import Doer
from appeals.tables import AppealStatus, WrongCheckCodes
from core.audit import AuditLine
from core.database import reading, transaction

OWNER = "web:visitor-1"
STRANGER = "web:visitor-2"
OFFICER = "staff:li"


@pytest.fixture
def look(sessions, keys, now):
    """Look by code the way the door does: commit first, then ask what came of it."""

    def look_once(number: str, code: str, after: timedelta = timedelta(0)):
        with transaction(sessions) as session:
            seen = access_appeal_by_code(
                session, number=number, check_code=code, keys=keys, now=now + after
            )
        return seen.granted()

    return look_once


def test_number_and_code_open_the_public_view(file, look):
    filed = file()

    view = look(filed.appeal.number, filed.check_code)

    assert (view.number, view.kind_label) == (filed.appeal.number, "咨询未解决")
    assert (view.status, view.status_label) == ("submitted", "已提交待受理")
    assert view.due_text == "9月21日（周一）前"
    assert [move.label for move in view.moves] == ["提交"]


def test_number_and_code_are_read_as_people_type_them(file, look):
    filed = file()
    wide = "".join(chr(ord(c) + 0xFEE0) for c in filed.appeal.number)

    assert look(f" {wide.lower()} ", f" {filed.check_code.lower()} ").number == filed.appeal.number


def test_a_code_opens_only_its_own_number(file, look):
    first, second = file(), file(detail="另一件")

    with pytest.raises(CheckCodeWrong):
        look(first.appeal.number, second.check_code)


@pytest.mark.parametrize("code", ["", "AAAAAA", "AAAAAAA", "查询码", "'; DROP TABLE"])
def test_a_wrong_code_and_an_unknown_number_are_refused_alike(code, file, look):
    number = file().appeal.number

    with pytest.raises(CheckCodeWrong) as known:
        look(number, code)
    with pytest.raises(CheckCodeWrong) as unknown:
        look("SQ20260917-222222", code)
    with pytest.raises(CheckCodeWrong) as nonsense:
        look("no number at all", code)

    assert known.value.details == unknown.value.details == nonsense.value.details


@pytest.mark.parametrize("known", [True, False])
def test_five_wrong_codes_lock_a_number_for_thirty_minutes_known_or_not(known, file, look):
    filed = file()
    number = filed.appeal.number if known else "SQ20260917-222222"
    for _ in range(5):
        with pytest.raises(CheckCodeWrong):
            look(number, "AAAAAA")

    with pytest.raises(CheckCodeLocked) as locked:
        look(number, filed.check_code, after=timedelta(minutes=29, seconds=30))
    assert locked.value.details == {"minutes": 1}
    assert locked.value.status == 429
    if known:
        assert look(number, filed.check_code, after=timedelta(minutes=30)).number == number


def test_a_right_code_forgets_the_wrong_ones(file, look):
    filed = file()
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(CheckCodeWrong):
                look(filed.appeal.number, "AAAAAA")
        look(filed.appeal.number, filed.check_code)


def test_old_wrong_codes_are_cleared_away(file, look, sessions):
    for number in ("SQ20260917-222222", "SQ20260917-333333"):
        with pytest.raises(CheckCodeWrong):
            look(number, "AAAAAA")

    with pytest.raises(CheckCodeWrong):
        look("SQ20260917-444444", "AAAAAA", after=timedelta(hours=1))

    with reading(sessions) as session:
        assert session.scalar(select(func.count()).select_from(WrongCheckCodes)) == 1


def test_a_lock_on_one_number_does_not_lock_the_owner_out(file, look, sessions):
    filed = file()
    for _ in range(5):
        with pytest.raises(CheckCodeWrong):
            look(filed.appeal.number, "AAAAAA")

    with reading(sessions) as session:
        appeal = access_appeal_for(
            session, identity_keys=[STRANGER, OWNER], number=filed.appeal.number
        )
    assert appeal.id == filed.appeal.id


def test_another_person_finds_nothing(file, sessions):
    number = file().appeal.number

    with reading(sessions) as session:
        assert list_appeals_for(session, identity_keys=[STRANGER]) == []
        for identities in ([STRANGER], []):
            with pytest.raises(AppealNotFound):
                access_appeal_for(session, identity_keys=identities, number=number)


def test_a_person_sees_the_appeals_of_all_own_identities_newest_first(file, sessions, now):
    first = file().appeal.number
    second = file(identity_key="wechat:me", now=now + timedelta(hours=1)).appeal.number
    file(identity_key=STRANGER)

    with reading(sessions) as session:
        views = list_appeals_for(session, identity_keys=[OWNER, "wechat:me"])
    assert [view.number for view in views] == [second, first]


def test_the_check_code_is_told_again_to_the_owner_only_and_that_is_audited(
    file, sessions, keys, now
):
    filed = file()
    asked = {"number": filed.appeal.number, "keys": keys, "now": now}

    with transaction(sessions) as session:
        assert retell_check_code(session, identity_keys=[OWNER], **asked) == filed.check_code
    with pytest.raises(AppealNotFound), transaction(sessions) as session:
        retell_check_code(session, identity_keys=[STRANGER], **asked)

    with reading(sessions) as session:
        deeds = session.scalars(select(AuditLine.deed)).all()
    assert deeds.count("appeals.appeal.check_code_told") == 1


def test_the_public_view_holds_no_name_no_internal_note_no_contact(bring_to, do, sessions, now):
    number = bring_to(AppealStatus.WORKING)
    do(remind_appeal, number, actor=Doer("staff:wang", supervises=True), note="内部催促", now=now)
    do(answer_appeal, number, actor=OFFICER, text="请看第二栏。", note="内部说明", now=now)

    with reading(sessions) as session:
        [view] = list_appeals_for(session, identity_keys=[OWNER])
    everything = str(asdict(view))
    assert view.answer == "请看第二栏。"
    assert [move.label for move in view.moves] == ["提交", "受理", "安排办理", "答复"]
    for hidden in ("内部", "staff", "li'", "wang", "visitor", "contact", "enterprise"):
        assert hidden not in everything


@pytest.mark.parametrize(
    ("status", "verbs"),
    [
        (AppealStatus.SUBMITTED, ("supplement", "attach", "urge", "withdraw")),
        (AppealStatus.WAITING, ("supplement", "attach", "withdraw")),
        (AppealStatus.ANSWERED, ("confirm", "reopen")),
        (AppealStatus.CLOSED, ("reopen", "rate")),
    ],
)
def test_the_owner_is_offered_what_can_be_done_now(status, verbs, bring_to, sessions, now):
    bring_to(status)

    with reading(sessions) as session:
        [view] = list_appeals_for(session, identity_keys=[OWNER], now=now)
    assert view.verbs == verbs


@pytest.mark.parametrize("text", ["", "SQ2026", "SQ20260917-OOOOOO", "x" * 500])
def test_what_is_no_number_is_not_found(text, sessions):
    with pytest.raises(AppealNotFound):
        parse_number(text)
    with reading(sessions) as session, pytest.raises(AppealNotFound):
        access_appeal_for_staff(session, number=text)
