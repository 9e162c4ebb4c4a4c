"""Filing an appeal (提交诉求)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from appeals.access import access_appeal_for, access_appeal_for_staff, reveal_contact
from appeals.errors import AppealAlreadyOpen
from appeals.filing import Brought, EvidenceTurn, check_code_hash
from appeals.kinds import load_kinds
from appeals.moves import accept_appeal, withdraw_appeal
from appeals.on_behalf import file_parent
from appeals.tables import Appeal, AppealEvidence, AppealStatus
from appeals.trail import check_case
from core.audit import AuditLine, first_broken_line, visitor_actor
from core.database import reading, transaction
from core.due_work import DueWork
from core.errors import InvalidInput
from core.masking import masked_uscc
from core.secrets import CLEAR_ALPHABET, BrokenSeal, Keys
from enterprises.kinds import TaxpayerType
from enterprises.tables import Enterprise
from tests.enterprises.visits import make_enterprise

OWNER = "web:visitor-1"
OFFICER = "staff:li"
PHONE = "13812345678"


def test_an_appeal_gets_a_number_of_its_chinese_day_a_code_and_a_promised_date(file):
    filed = file()

    assert re.fullmatch(rf"SQ20260917-[{CLEAR_ALPHABET}]{{6}}", filed.appeal.number)
    assert re.fullmatch(rf"[{CLEAR_ALPHABET}]{{6}}", filed.check_code)
    assert filed.appeal.status is AppealStatus.SUBMITTED
    # 18 September, then Sunday the 20th (a make-up day), then Monday the 21st
    assert filed.appeal.due_on == date(2026, 9, 21)
    assert not filed.appeal.provisional


def test_the_check_code_is_nowhere_in_the_database_in_plain(file, sessions):
    filed = file()

    with reading(sessions) as session:
        tables = [Appeal, AuditLine, DueWork]
        everything = "".join(
            str(vars(row)) for table in tables for row in session.scalars(select(table))
        )
    # the number may by chance contain the code; nothing else may
    assert filed.check_code not in everything.replace(filed.appeal.number, "")


def test_the_trail_and_the_case_name_the_owner_by_a_fingerprint_only(file, sessions):
    filed = file(identity_key="wechat:oAbCdEfGh-openid")

    with reading(sessions) as session:
        lines = session.scalars(select(AuditLine)).all()
    named = {line.actor for line in lines} | {move.actor for move in filed.appeal.moves}
    assert named == {visitor_actor("wechat:oAbCdEfGh-openid")}
    assert "openid" not in str([vars(line) for line in lines])


def test_what_is_kept_of_a_code_differs_from_number_to_number_and_key_to_key(keys):
    kept = check_code_hash(keys, "SQ20260917-222222", "ABCDEF")

    assert kept != check_code_hash(keys, "SQ20260917-333333", "ABCDEF")
    assert kept != check_code_hash(Keys("another key"), "SQ20260917-222222", "ABCDEF")


def test_personal_data_in_the_detail_is_masked_and_a_phone_goes_to_the_vault(file, sessions, keys):
    filed = file(detail=f"请打{PHONE}，发票号 24312000000012345678", subject=f"打 {PHONE}")

    assert PHONE not in filed.appeal.detail + filed.appeal.subject
    assert "24312000000012345678" in filed.appeal.detail
    assert filed.appeal.contact_hint == "138****5678"
    assert PHONE not in (filed.appeal.contact_sealed or "")
    assert keys.unseal(filed.appeal.contact_sealed) == PHONE
    with pytest.raises(BrokenSeal):
        Keys("the key of somebody else").unseal(filed.appeal.contact_sealed)


def test_a_contact_is_shown_to_an_officer_and_that_is_audited(file, sessions, keys, now):
    number = file(contact="微信 abc").appeal.number

    with transaction(sessions) as session:
        appeal = access_appeal_for(session, identity_keys=[OWNER], number=number)
        shown = reveal_contact(session, appeal=appeal, actor=OFFICER, keys=keys, now=now)

    assert shown == "微信 abc"
    assert appeal.contact_hint == "微***"
    with reading(sessions) as session:
        line = session.scalars(select(AuditLine).order_by(AuditLine.id.desc())).first()
    assert (line.actor, line.deed) == (OFFICER, "appeals.appeal.contact_seen")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "no_such_kind"}, "kind"),
        ({"subject": " 　"}, "subject"),
        ({"detail": ""}, "detail"),
        ({"detail": "长" * 5001}, "detail"),
        ({"contact": "9" * 101}, "contact"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_field_and_nothing_is_stored(
    file, sessions, changes, field
):
    with pytest.raises(InvalidInput) as refused:
        file(**changes)

    assert refused.value.details["field"] == field
    with reading(sessions) as session:
        assert session.scalar(select(func.count(Appeal.id))) == 0
        assert session.scalar(select(func.count(DueWork.id))) == 0


def test_a_long_subject_is_shortened_to_what_the_list_shows(file):
    subject = file(subject="发票" * 100).appeal.subject

    assert len(subject) == 80
    assert subject.endswith("…")


def test_the_same_appeal_within_a_day_is_refused_with_the_number_of_the_first(file, now):
    first = file().appeal.number

    with pytest.raises(AppealAlreadyOpen) as refused:
        file(now=now + timedelta(hours=23, minutes=59))

    assert refused.value.details["appeal_number"] == first
    assert refused.value.status == 409


@pytest.mark.parametrize(
    "changes",
    [
        {"detail": "另一件事"},
        {"kind": "other"},
        {"identity_key": "web:visitor-2"},
        {"now": datetime(2026, 9, 17, 17, 31, tzinfo=UTC)},
    ],
    ids=["other words", "other kind", "other person", "a day later"],
)
def test_what_is_not_the_same_appeal_is_filed(file, changes):
    first = file()

    assert file(**changes).appeal.number != first.appeal.number


def test_after_a_withdrawal_the_same_appeal_may_be_filed_again(file, do, now):
    number = file().appeal.number
    do(withdraw_appeal, number, actor=OWNER, now=now)

    assert file().appeal.number != number


def test_evidence_stays_as_it_was_when_its_source_changes(file, sessions):
    sources = [{"document_id": "sta-2026-1", "clause": "第一条"}]
    turn = EvidenceTurn(
        f"我电话{PHONE}，能减半吗",
        "能，减半。",
        turn_id="t9",
        outcome="answered",
        sources=sources,
        tax_period="2026年第二季度",
    )

    filed = file(evidence=[EvidenceTurn("先问的", "先答的"), turn]).appeal
    number = filed.number
    sources[0]["clause"] = "已改"
    sources.append({"document_id": "new"})
    assert filed.evidence[1].sources == [{"document_id": "sta-2026-1", "clause": "第一条"}]

    with reading(sessions) as session:
        first, second = session.scalars(
            select(AppealEvidence).order_by(AppealEvidence.position)
        ).all()
        assert session.scalar(select(Appeal.number)) == number
    assert (first.asked_text, first.answer_text) == ("先问的", "先答的")
    assert second.sources == [{"document_id": "sta-2026-1", "clause": "第一条"}]
    assert (second.turn_id, second.outcome) == ("t9", "answered")
    assert second.tax_period == "2026年第二季度"
    assert PHONE not in second.asked_text


def test_filing_leaves_an_audit_line_and_the_chain_holds(file, sessions):
    number = file().appeal.number

    with reading(sessions) as session:
        line = session.scalars(select(AuditLine)).one()
        assert first_broken_line(session) is None
    assert (line.actor, line.deed, line.subject) == (
        visitor_actor(OWNER),
        "appeals.appeal.file",
        f"appeal:{number}",
    )
    assert line.data["due_on"] == "2026-09-21"


def test_what_the_owner_files_is_not_told_twice_but_what_the_system_files_is_told(file, sessions):
    file()
    by_system = file(actor="system", detail="坐席没有接入")

    with reading(sessions) as session:
        told = session.scalars(select(DueWork).where(DueWork.kind == "appeals.tell")).one()
    assert told.payload["appeal_id"] == by_system.appeal.id
    assert told.payload["identity_key"] == OWNER
    assert told.payload["conversation_id"] == 7
    assert by_system.appeal.number in told.payload["text"]
    assert "9月21日（周一）前" in told.payload["text"]
    assert told.key == f"{by_system.appeal.number}:{by_system.appeal.moves[0].id}"


def test_an_evaluation_appeal_starts_no_clock(file, sessions):
    file(is_evaluation=True, actor="system")

    with reading(sessions) as session:
        assert session.scalar(select(func.count(DueWork.id))) == 0


def test_what_was_shown_and_the_firm_as_it_was_stay_with_the_case(file, sessions, now):
    with transaction(sessions) as session:
        firm = make_enterprise()
        session.add(firm)
        session.flush()
        firm_id = firm.id
    shown = [{"text": "符合条件的减半征收。", "kind": "answer", "tax_period": "2026年第三季度"}]
    turn = EvidenceTurn(
        "我公司手机13800138000，六税两费减半吗",
        "符合条件的减半征收。",
        turn_id="t1",
        asked_at=now,
        shown=shown,
        entries=[{"id": "six-taxes", "version": 4, "score": 0.93}],
        facts={"taxpayer_type": "small_scale", "sales_yuan": Decimal("280000.00")},
    )
    number = file(evidence=[turn], enterprise_id=firm_id).appeal.number
    with transaction(sessions) as session:
        session.get_one(Enterprise, firm_id).taxpayer_type = TaxpayerType.GENERAL

    with reading(sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        [kept] = appeal.evidence
        assert (kept.shown, kept.entries[0]["version"], kept.asked_at) == (shown, 4, now)
        assert kept.facts["sales_yuan"] == "280000.00"
        assert "13800138000" not in kept.asked_text
        assert appeal.firm_facts["taxpayer_type"] == "small_scale"
        assert appeal.firm_facts["uscc"] == masked_uscc(firm.uscc)
        assert check_case(appeal) is None


def test_a_form_answers_what_the_kind_asks_and_nothing_else(file, sessions):
    said = {"relief": "六税两费", "tax_period": "", "place": "一楼3号窗，电话13800138000"}
    number = file(kind="relief_not_delivered", brought=Brought(particulars=said)).appeal.number

    with reading(sessions) as session:
        kept = access_appeal_for_staff(session, number=number).particulars
        assert kept == {"relief": "六税两费", "place": "一楼3号窗，电话138****8000"}
    with pytest.raises(InvalidInput):
        file(detail="另一件", brought=Brought(particulars={"no_such": "x"}))


def test_the_same_is_filed_again_where_that_is_said(file):
    first = file().appeal.number

    again = file(brought=Brought(still_file=True)).appeal.number

    assert again != first


def test_a_parent_that_nobody_filed_tells_nobody(sessions, keys, now, do):
    with transaction(sessions) as session:
        filed = file_parent(
            session,
            kind="system_fault",
            subject="电子税务局登录异常",
            detail="多人反映登录异常。",
            actor="staff:li",
            keys=keys,
            kinds=load_kinds(),
            now=now,
        )
        number = filed.appeal.number
    do(accept_appeal, number, actor="staff:li", now=now)

    with reading(sessions) as session:
        assert session.scalar(select(DueWork.id).where(DueWork.kind == "appeals.tell")) is None
