"""One case through every table of the case system, on both databases and through the due loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from app.due_handlers import handlers, senders
from app.due_loop import DueLoop
from app.wiring import Parts, wire
from appeals.access import access_appeal_for_staff
from appeals.alerts import list_alerts
from appeals.extending import ask_extension, grant_extension
from appeals.filing import Filed, file_appeal
from appeals.handling_tables import AppealAlert
from appeals.kinds import load_kinds
from appeals.merging import merge_appeal
from appeals.moves import accept_appeal, answer_appeal
from appeals.people import Doer
from appeals.tables import Appeal, AppealStatus, Closing
from appeals.trail import verify_appeals
from appeals.transfers import record_receipt, transfer_appeal
from consultations.tables import Author, Message
from core.clock import Clock
from core.database import reading, transaction
from core.due_work import DueWork
from core.settings import Settings
from tests.app.talks import hold_talk

OFFICER, COLLEAGUE = "staff:li", "staff:zhao"
SUPERVISOR = Doer("staff:wang", supervises=True)


@pytest.fixture
def parts(settings: Settings, database_url: str, clock: Clock) -> Iterator[Parts]:
    wired = wire(replace(settings, database_url=database_url))
    yield replace(wired, clock=clock)
    wired.executor.shutdown(wait=True)
    wired.action_executor.shutdown(wait=True)
    wired.database.dispose()


def file(parts: Parts, identity_key: str, *, talks: bool = True) -> Filed:
    now = parts.clock()
    with transaction(parts.sessions) as session:
        talk = hold_talk(session, now=now, identity_key=identity_key) if talks else None
        return file_appeal(
            session,
            identity_key=identity_key,
            conversation_id=talk.id if talk else None,
            enterprise_id=None,
            kind="system_fault",
            subject="登录不上",
            detail="一直提示网络错误。",
            contact="13800138000",
            evidence=[],
            keys=parts.keys,
            now=now,
            kinds=load_kinds(),
        )


async def work_off(parts: Parts) -> None:
    loop = DueLoop(parts, handlers(parts, load_kinds()), senders(parts, None))
    while await loop.once():
        pass


async def test_a_case_and_its_repeat_go_the_whole_way_and_each_filer_is_told(parts: Parts) -> None:
    now = parts.clock()
    parent = file(parts, "web:visitor-1").appeal.number
    child = file(parts, "web:visitor-2").appeal.number
    with transaction(parts.sessions) as session:
        one = access_appeal_for_staff(session, number=parent)
        other = access_appeal_for_staff(session, number=child)
        accept_appeal(session, appeal=one, actor=OFFICER, now=now)
        merge_appeal(session, appeal=other, parent=one, actor=OFFICER, now=now)
        asked = {"working_days": 2, "why": "等厂商回复"}
        ask_extension(session, appeal=one, actor=OFFICER, now=now, **asked)
        grant_extension(session, appeal=one, actor=SUPERVISOR, now=now)
        transfer_appeal(session, appeal=one, unit="征收管理", why="归他们", actor=OFFICER, now=now)
        record_receipt(session, appeal=one, receipt_no="HZ-1", actor=COLLEAGUE, now=now)
        answer_appeal(session, appeal=one, text="已恢复。", actor=COLLEAGUE, now=now)

    await work_off(parts)
    await work_off(replace(parts, clock=lambda: now + timedelta(days=40)))

    with reading(parts.sessions) as session:
        for appeal in session.scalars(select(Appeal)):
            assert (appeal.status, appeal.closing) == (AppealStatus.CLOSED, Closing.LAPSED)
        heard = session.scalars(select(Message).where(Message.author == Author.SYSTEM)).all()
        answers = [each for each in heard if "已恢复。" in each.body["text"]]
        assert len({each.conversation_id for each in answers}) == len(answers) == 2
        left = select(func.count(DueWork.id)).where(DueWork.done_at.is_(None))
        assert session.scalar(left.where(DueWork.kind.startswith("appeals."))) == 0
        assert verify_appeals(session).holds


async def test_a_late_case_climbs_the_ladder_once_though_the_loop_runs_often(parts: Parts) -> None:
    now = parts.clock()
    number = file(parts, "web:visitor-1").appeal.number

    for days in (40, 41):
        await work_off(replace(parts, clock=lambda days=days: now + timedelta(days=days)))

    with reading(parts.sessions) as session:
        assert access_appeal_for_staff(session, number=number).escalation_level == 3
        rungs = ("supervisor", "oversight", "deputy_head")
        found = {
            role: sorted(each.reason for each in list_alerts(session, login="wang", roles=[role]))
            for role in rungs
        }
        assert found == dict.fromkeys(rungs, ["breach"]) | {"supervisor": ["breach", "unaccepted"]}
        assert verify_appeals(session).holds


async def test_whoever_has_no_talk_is_put_on_the_list_of_calls(parts: Parts) -> None:
    number = file(parts, "call:somebody", talks=False).appeal.number
    with transaction(parts.sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        accept_appeal(session, appeal=appeal, actor=OFFICER, now=parts.clock())

    await work_off(parts)

    with reading(parts.sessions) as session:
        alert = session.scalars(select(AppealAlert)).one()
        assert alert.reason == "untold" and number in alert.text
