"""The rungs of the ladder as accounts: who sees which alert, who may do what, who gives roles."""

from __future__ import annotations

import pytest

from appeals.due import handle_escalate
from appeals.kinds import load_kinds
from core.database import transaction
from core.due_work import DueWork
from desk.roles import ROLES, rights_of, roles_heard
from desk.staff import disable_staff, ensure_demo_staff
from desk.tables import Staff

RUNGS = {"supervisor01": "班长", "oversight01": "督办负责人", "deputy01": "分管局领导"}


def break_promise(bench) -> str:
    """A case that has climbed the whole ladder; returns its number."""
    number = bench.appeal()
    with transaction(bench.sessions) as session:
        works = session.query(DueWork).filter(DueWork.kind == "appeals.escalate").all()
        for work in sorted(works, key=lambda each: each.due_at):
            handle_escalate(session, work.payload, work.due_at)
            bench.now = work.due_at
    return number


async def alerts(page, query: str = "") -> list[dict]:
    return (await page.read(f"/appeal-alerts{query}"))["rows"]


async def test_every_rung_reaches_exactly_the_accounts_of_its_role(bench, sign_in):
    number = break_promise(bench)

    for login, named in RUNGS.items():
        rows = await alerts(await sign_in(login))
        assert [(each["number"], each["reason"]) for each in rows] == [(number, "breach")], login
        assert named in rows[0]["text"] and rows[0]["for_label"] == named
    assert await alerts(await sign_in("agent01")) == []


async def test_an_alert_says_who_saw_it_and_the_unseen_come_first(bench, sign_in):
    break_promise(bench)
    bench.later(minutes=1)
    other = bench.appeal(subject="另一件", detail="另一件事。")
    bench.later(days=30)
    with transaction(bench.sessions) as session:
        for work in session.query(DueWork).filter(DueWork.kind == "appeals.escalate").all():
            if work.key.startswith(other):
                handle_escalate(session, work.payload, bench.now)
    page = await sign_in("oversight01")
    newest, oldest = await alerts(page)

    await page.do(f"/appeal-alerts/{newest['id']}/seen")
    everything = await page.read("/appeal-alerts?seen=1")

    assert [each["id"] for each in everything["rows"]] == [oldest["id"], newest["id"]]
    assert (everything["total"], everything["unseen"]) == (2, 1)
    assert everything["rows"][1]["seen_name"] == "示例督办负责人"
    assert (await page.read("/counts"))["alerts"] == 1
    leader = await sign_in("deputy01")
    assert (await leader.post(f"/appeal-alerts/{newest['id']}/seen")).status == 404, "not theirs"


async def test_where_nobody_has_a_role_its_alerts_reach_the_next_one_below(bench, sign_in):
    break_promise(bench)
    with transaction(bench.sessions) as session:
        for login in ("oversight01", "deputy01"):
            disable_staff(session, login, by="admin01", now=bench.now)

    rows = await alerts(await sign_in("supervisor01"))

    assert {each["for_label"] for each in rows} == {"班长", "督办负责人", "分管局领导"}


async def test_oversight_has_the_rights_of_a_supervisor(bench, sign_in):
    number = bench.appeal()
    page = await sign_in("oversight01")

    view = await page.do(f"/appeals/{number}/accept", {"version": 1, "assignee": "agent01"})
    view = await page.do(
        f"/appeals/{number}/remind", {"version": view["version"], "note": "请今天答复"}
    )

    assert view["assigned_name"] == "示例坐席"
    assert (await page.get("/supervisor/overview")).status == 200
    assert (await page.get("/appeal-requests")).status == 200
    me = await page.read("/me")
    assert (me["roles"], me["rights"]) == (["oversight"], ["supervisor", "oversight"])


async def test_a_leader_sees_and_urges_on_but_does_not_handle(bench, sign_in):
    talk_id, identity = bench.talk("六税两费减半吗", wants_person=True)
    number = bench.appeal(
        identity_key=identity,
        conversation_id=talk_id,
        enterprise_id=bench.bind(identity),
        contact="13800138000",
    )
    leader, agent = await sign_in("deputy01"), await sign_in("agent01")
    held = await agent.do(f"/appeals/{number}/accept", {"version": 1})

    view = await leader.read(f"/appeals/{number}")
    body = {"version": view["version"], "note": "局里关注，请今天答复"}
    urged = await leader.do(f"/appeals/{number}/remind", body)

    assert [each["verb"] for each in view["actions"]] == ["remind"] == view["verbs"]
    assert (view["firm"], view["firm_then"]) == (None, None), "no books"
    assert urged["moves"][0]["actor_name"] == "示例分管局领导"
    assert urged["version"] == held["version"] + 1
    for verb in ("answer", "accept", "reassign", "grant-extension", "supplement", "call-back"):
        error = await leader.refused(f"/appeals/{number}/{verb}", body)
        assert (error["status"], error["code"]) == (403, "role_needed"), verb
    assert (await leader.refused(f"/appeals/{number}/contact"))["code"] == "role_needed"
    for path in ("/inbox", "/appeal-requests", "/appeal-kinds", "/library"):
        assert (await leader.get(path)).status == 403, path
    seen = await leader.read("/supervisor/overview")
    assert (seen["waiting"], seen["counts"]["waiting"]) == ([], 1), "counted, not read"
    told = next(each for each in await alerts(agent) if each["reason"] == "remind")
    assert "局里关注" in told["text"]


async def test_an_administrator_gives_roles_and_keeps_their_own(bench, sign_in):
    admin, agent = await sign_in("admin01"), await sign_in("agent02")

    changed = await admin.do("/staff/agent02/roles", {"roles": ["deputy_head", "agent"]})
    own = await admin.refused("/staff/admin01/roles", {"roles": ["agent"]})

    assert changed["staff"]["roles"] == ["agent", "deputy_head"]
    assert (await agent.read("/me"))["roles"] == ["agent", "deputy_head"], "with the next request"
    assert own["code"] == "not_yourself"
    for roles in ([], ["king"]):
        refused = await admin.refused("/staff/agent02/roles", {"roles": roles})
        assert (refused["status"], refused["details"]["field"]) == (400, "roles")
    assert (await agent.refused("/staff/agent02/roles", {"roles": ["admin"]}))["status"] == 403
    with transaction(bench.sessions) as session:
        disable_staff(session, "oversight01", by="admin01", now=bench.now)
    assert (await admin.read("/staff"))["unfilled"] == ["oversight"]


@pytest.mark.parametrize("code", sorted(load_kinds()))
def test_every_rung_of_a_ladder_is_a_role_of_the_desk(code):
    rungs = load_kinds()[code].ladder

    assert {each.role for each in rungs} <= set(ROLES)
    assert [each.role for each in rungs] == ["supervisor", "oversight", "deputy_head"]


def test_what_a_role_includes_gives_rights_but_no_alerts():
    assert rights_of(["oversight"]) == {"oversight", "supervisor"}
    assert roles_heard(["oversight"], ROLES) == {"oversight"}
    assert roles_heard(["oversight"], ["supervisor", "oversight"]) == {"oversight", "deputy_head"}
    assert roles_heard(["agent"], ["agent"]) == {"agent"}
    assert rights_of(["gone"]) == {"gone"}


def test_the_demo_has_an_account_for_every_role(bench):
    with transaction(bench.sessions) as session:
        session.query(Staff).delete()
        made = ensure_demo_staff(session, bench.now)

    assert {role for _, _, roles in made for role in roles} == set(ROLES)
