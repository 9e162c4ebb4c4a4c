"""The case system at the desk: actions, every new verb, filing for others, repeats, alerts."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from appeals.tables import Appeal, Origin
from core.database import reading
from desk.appeal_moves import VERBS

CALL = {
    "origin": "chamber",
    "source_name": "示例区工商联",
    "consented": True,
    "contact": "13800138000",
    "kind": "system_fault",
    "subject": "电子税务局打不开",
    "detail": "昨天起电子税务局一直打不开，提示网络错误。",
    "particulars": {"system": "电子税务局"},
}


async def accepted(bench, page, **changes) -> dict:
    number = bench.appeal(**changes)
    return await page.do(f"/appeals/{number}/accept", {"version": 1})


async def test_the_case_says_what_may_be_done_with_labels_and_needs(bench, sign_in):
    agent, supervisor = await sign_in("agent01"), await sign_in("supervisor01")
    view = await accepted(bench, agent, kind="relief_not_delivered")

    actions = {each["verb"]: each for each in view["actions"]}
    theirs = await supervisor.read(f"/appeals/{view['number']}")

    assert actions["answer"] == {
        "verb": "answer", "label": "答复", "needs": ["text", "resolution"]
    }  # fmt: skip
    assert "ask-extension" not in actions and "transfer-out" not in actions, "relief has neither"
    assert "remind" not in actions and "remind" in {each["verb"] for each in theirs["actions"]}
    assert set(actions) <= set(VERBS)
    assert [each["label"] for each in view["rules"]["resolutions"]][0] == "已落实到位"


async def test_more_time_is_asked_for_by_one_and_granted_by_another(bench, sign_in):
    agent, supervisor = await sign_in("agent01"), await sign_in("supervisor01")
    view = await accepted(bench, agent)
    path = f"/appeals/{view['number']}"
    body = {"version": view["version"], "note": "要调档案", "working_days": 2}

    asked = await agent.do(f"{path}/ask-extension", body)
    refused = await agent.refused(f"{path}/grant-extension", {"version": asked["version"]})
    granted = await supervisor.do(f"{path}/grant-extension", {"version": asked["version"]})

    assert (refused["status"], refused["code"]) == (403, "role_needed")
    assert asked["requests"][0]["state"] == "open"
    assert granted["requests"][0] | {"state": "granted"} == granted["requests"][0]
    assert granted["due_on"] > view["due_on"]
    late = await supervisor.refused(f"{path}/grant-extension", {"version": granted["version"]})
    assert (late["status"], late["code"]) == (409, "appeal_request_missing")


async def test_another_office_is_given_the_case_and_its_receipt_closes_it(bench, sign_in):
    agent = await sign_in("agent01")
    view = await accepted(bench, agent, kind="other_department")
    path = f"/appeals/{view['number']}"

    view = await agent.do(
        f"{path}/transfer-out",
        {"version": view["version"], "unit": "社保局", "telephone": "12333", "note": "社保的事"},
    )
    early = await agent.refused(f"{path}/close", {"version": view["version"]})
    view = await agent.do(
        f"{path}/receipt",
        {"version": view["version"], "receipt": "SB-1", "promised_on": "2026-09-30"},
    )
    view = await agent.do(f"{path}/close", {"version": view["version"]})

    assert early["code"] == "appeal_transfer_refused"
    assert (view["status"], view["closing"]) == ("closed", "handed_on")
    assert view["transfers"][0]["receipt_no"] == "SB-1"


async def test_units_object_and_are_overruled_or_moved(bench, sign_in):
    agent, supervisor = await sign_in("agent01"), await sign_in("supervisor01")
    view = await accepted(bench, agent)
    path = f"/appeals/{view['number']}"
    body = {"note": "不归我们", "unit": "信息中心"}

    view = await agent.do(f"{path}/object", body | {"version": view["version"]})
    view = await supervisor.do(
        f"{path}/overrule-objection", {"version": view["version"], "note": "就归你们"}
    )
    view = await agent.do(f"{path}/object", body | {"version": view["version"]})
    view = await supervisor.do(f"{path}/uphold-objection", {"version": view["version"]})

    assert (view["status"], view["unit"], view["assigned_to"]) == ("accepted", "信息中心", None)
    assert [each["state"] for each in view["requests"]] == ["denied", "granted"]
    rows = (await supervisor.read("/appeal-alerts"))["rows"]
    alert = next(each for each in rows if each["reason"] == "object")
    await supervisor.do(f"/appeal-alerts/{alert['id']}/seen")
    rows = (await supervisor.read("/appeal-alerts"))["rows"]
    assert alert["id"] not in {each["id"] for each in rows}
    assert (await agent.post(f"/appeal-alerts/{alert['id']}/seen")).status == 404


async def test_repeats_are_found_merged_and_answered_together(bench, sign_in):
    agent = await sign_in("agent01")
    same = {"kind": "system_fault", "subject": "电子税务局登录不上"}
    parent = await accepted(bench, agent, **same, detail="一直提示网络错误，登录不上。")
    child = await accepted(bench, agent, **same, detail="登录不上，提示网络错误。")
    bench.appeal(kind="refund", subject="退税没到账", detail="三个月了。")

    near = (await agent.read(f"/appeals/{child['number']}/similar"))["rows"]
    merged = await agent.do(
        f"/appeals/{child['number']}/merge",
        {"version": child["version"], "parent": parent["number"]},
    )
    seen = await agent.read(f"/appeals/{parent['number']}")
    await agent.do(
        f"/appeals/{parent['number']}/answer", {"version": seen["version"], "note": "已恢复。"}
    )

    assert [each["number"] for each in near] == [parent["number"]]
    assert merged["parent"]["number"] == parent["number"]
    assert [each["number"] for each in seen["repeats"]] == [child["number"]]
    assert (await agent.read(f"/appeals/{child['number']}"))["answer_text"] == "已恢复。"


async def test_a_low_rating_in_a_call_back_goes_on(bench, sign_in):
    agent, other = await sign_in("agent01"), await sign_in("agent02")
    view = await accepted(bench, agent)
    path = f"/appeals/{view['number']}"
    view = await agent.do(f"{path}/answer", {"version": view["version"], "note": "办好了"})
    body = {"version": view["version"], "rating": 1, "reopen": True}

    without = await other.refused(f"{path}/call-back", body)
    view = await other.do(f"{path}/call-back", body | {"note": "其实没办好"})

    assert (without["status"], without["details"]["field"]) == (400, "comment")
    assert (view["status"], view["reopenings"], view["rating"]) == ("working", 1, 1)


async def test_a_chamber_files_for_a_member_who_agreed(bench, sign_in):
    agent = await sign_in("agent01")

    refused = await agent.refused("/appeals", CALL | {"consented": False})
    filed = await agent.post("/appeals", CALL)
    card = await filed.json()

    assert (refused["status"], refused["code"]) == (422, "appeal_consent_missing")
    assert filed.status == 201 and len(card["check_code"]) == 6
    view = await agent.read(f"/appeals/{card['number']}")
    assert (view["origin"], view["source_name"]) == ("chamber", "示例区工商联")
    assert view["particulars"][0]["label"] == "哪个系统"
    assert "13800138000" not in str(view)
    with reading(bench.sessions) as session:
        kept = session.scalars(select(Appeal)).one()
        assert kept.origin is Origin.CHAMBER and kept.consented_at == bench.now
        assert "13800138000" not in kept.identity_key


async def test_likely_repeats_are_shown_before_filing_and_may_still_be_filed(bench, sign_in):
    agent = await sign_in("agent01")
    first = await (await agent.post("/appeals", CALL)).json()
    again = CALL | {"contact": "13900139000", "detail": "电子税务局从昨天起打不开。"}

    warned = await agent.refused("/appeals", again)
    still = await agent.post("/appeals", again | {"still_file": True})

    assert (warned["status"], warned["code"]) == (409, "appeal_likely_duplicate")
    assert warned["details"]["rows"][0]["number"] == first["number"]
    assert still.status == 201


async def test_a_filing_sent_again_because_its_answer_was_lost_is_filed_once(bench, sign_in):
    agent, colleague = await sign_in("agent01"), await sign_in("agent02")
    call = CALL | {"request_id": "0f6c7d1e-4a52-4f6b", "still_file": True}

    first = await agent.do("/appeals", call)
    again = await agent.do("/appeals", call)
    another = await colleague.do("/appeals", call)
    anew = await agent.do("/appeals", call | {"request_id": "5a1b2c3d-0000-4f6b"})

    assert again == first, "with the check code, which the caller still has to be told"
    assert len({first["number"], another["number"], anew["number"]}) == 3
    with reading(bench.sessions) as session:
        assert len(session.scalars(select(Appeal)).all()) == 3


@pytest.mark.parametrize("kind", ["violation_report", "remedy"])
async def test_what_is_taken_elsewhere_is_not_stored_and_says_where(kind, bench, sign_in):
    agent = await sign_in("agent01")
    secret = "某某公司虚开发票的线索"

    error = await agent.refused("/appeals", CALL | {"kind": kind, "detail": secret})

    assert (error["status"], error["code"]) == (422, "appeal_taken_elsewhere")
    assert "12366" in error["message"] or "60 日" in error["message"]
    assert secret not in str(error)
    with reading(bench.sessions) as session:
        assert session.scalars(select(Appeal)).all() == []
    kinds = await agent.read("/appeal-kinds")
    assert kind in {each["code"] for each in kinds["elsewhere"]}
    assert {each["code"] for each in kinds["kinds"]} == set(bench.kinds)
