"""What the appeal pages read: the list's filters, the approval queue, the case and its proofs."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from appeals.tables import AppealMove
from core.database import transaction


async def accepted(bench, page, **changes) -> dict:
    number = bench.appeal(**changes)
    return await page.do(f"/appeals/{number}/accept", {"version": 1})


async def waiting_for_time(bench, page, **changes) -> dict:
    view = await accepted(bench, page, **changes)
    body = {"version": view["version"], "note": "要调档案", "working_days": 2}
    return await page.do(f"/appeals/{view['number']}/ask-extension", body)


async def numbers(page, query: str) -> list[str]:
    return [row["number"] for row in (await page.read(f"/appeals?{query}"))["rows"]]


async def test_the_list_is_narrowed_by_status_unit_and_what_waits(bench, sign_in):
    agent = await sign_in("agent01")
    asked = await waiting_for_time(bench, agent)
    moved = await accepted(bench, agent, subject="退税没到账", detail="三个月了。", kind="refund")
    body = {"version": moved["version"], "unit": "征收管理", "note": "归征收管理"}
    await agent.do(f"/appeals/{moved['number']}/transfer", body)
    fresh = bench.appeal(subject="发票额度", detail="调额被退回。")

    page = await agent.read("/appeals?filter=open")

    assert await numbers(agent, "filter=undecided") == [asked["number"]]
    assert await numbers(agent, "filter=unaccepted") == [fresh]
    assert await numbers(agent, "filter=open&status=working") == [asked["number"]]
    assert await numbers(agent, "filter=open&unit=征收管理") == [moved["number"]]
    assert await numbers(agent, "filter=open&status=nonsense&order=nonsense&page=x")
    assert page["units"] == ["征收管理", "纳税服务"]
    assert (page["counts"]["undecided"], page["counts"]["unaccepted"]) == (1, 1)
    row = next(each for each in page["rows"] if each["number"] == asked["number"])
    assert row["waits_for"] == ["延期"] and row["priority"] == 0


async def test_the_list_comes_by_its_promised_date_or_the_newest_first(bench, sign_in):
    slow = bench.appeal(kind="suggestion", subject="建议", detail="开个早市。")
    bench.later(hours=1)
    quick = bench.appeal(kind="consultation", subject="咨询", detail="怎么报。")
    bench.later(hours=1)
    middle = bench.appeal(kind="procedure", subject="受阻", detail="办不下去。")
    agent = await sign_in("agent01")

    assert await numbers(agent, "filter=open&order=due") == [quick, middle, slow]
    assert await numbers(agent, "filter=open&order=newest") == [middle, quick, slow]


async def test_what_waits_for_approval_is_queued_with_the_date_it_would_promise(bench, sign_in):
    agent, supervisor = await sign_in("agent01"), await sign_in("supervisor01")
    asked = await waiting_for_time(bench, agent)
    objected = await accepted(bench, supervisor, subject="另一件", detail="另一件事。")
    body = {"version": objected["version"], "note": "不归我们", "unit": "信息中心"}
    await supervisor.do(f"/appeals/{objected['number']}/object", body)

    queue = await supervisor.read("/appeal-requests")
    mine = {each["kind"]: each["is_mine"] for each in queue["rows"]}
    first = next(each for each in queue["rows"] if each["kind"] == "extension")

    assert (queue["total"], mine) == (2, {"extension": False, "objection": True})
    assert first["appeal"]["number"] == asked["number"]
    assert (first["asked_by"], first["working_days"]) == ("示例坐席", 2)
    preview = await agent.read(f"/appeals/{asked['number']}/extension?working_days=2")
    granted = await supervisor.do(
        f"/appeals/{asked['number']}/grant-extension", {"version": asked["version"]}
    )
    assert preview["new_due_label"] == first["new_due_label"] == granted["due_label"]
    assert (await supervisor.read("/appeal-requests"))["total"] == 1
    assert (await supervisor.read("/counts"))["undecided"] == 1
    assert (await agent.get("/appeal-requests")).status == 403


@pytest.mark.parametrize("days", ["", "0", "61", "-1", "2.5", "many"])
async def test_a_date_is_previewed_for_days_that_can_be_asked_for(days, bench, sign_in):
    agent = await sign_in("agent01")
    number = bench.appeal()

    answer = await agent.get(f"/appeals/{number}/extension?working_days={days}")

    assert answer.status == 422


async def test_a_request_says_who_may_decide_and_that_oneself_may_not(bench, sign_in):
    supervisor, oversight = await sign_in("supervisor01"), await sign_in("oversight01")
    asked = await waiting_for_time(bench, supervisor)
    path = f"/appeals/{asked['number']}"

    own = await supervisor.refused(f"{path}/grant-extension", {"version": asked["version"]})
    request = asked["requests"][0]

    assert (request["is_mine"], request["state_label"]) == (True, "待批")
    assert request["deciders"] == ["示例督办负责人"]
    assert "grant-extension" not in {each["verb"] for each in asked["actions"]}
    assert (own["status"], own["code"]) == (403, "appeal_same_person")
    granted = await oversight.do(f"{path}/grant-extension", {"version": asked["version"]})
    assert granted["requests"][0]["decided_by"] == "示例督办负责人"


async def test_a_case_shows_the_firm_as_it_was_and_its_turns_as_they_were(bench, sign_in):
    talk_id, identity = bench.talk("六税两费减半吗")
    number = bench.appeal(
        identity_key=identity, conversation_id=talk_id, enterprise_id=bench.bind(identity)
    )

    view = await (await sign_in("agent01")).read(f"/appeals/{number}")

    then = view["firm_then"]
    assert then["as_of"] == "2026-09-17" and "*" in then["uscc"] and then["is_sample"]
    assert {"增值税身份", "主管税务机关", "欠税"} <= {each["label"] for each in then["rows"]}
    assert "_" not in "".join(each["value"] for each in then["rows"]), "no codes"
    assert view["evidence"][0]["asked_text"] == "六税两费减半吗"
    assert view["chain"] == {"holds": True, "reason": None, "moves": 1} | {
        "head": view["chain"]["head"]
    }


async def test_a_line_that_was_changed_behind_the_desk_shows_on_the_case(bench, sign_in):
    agent = await sign_in("agent01")
    view = await accepted(bench, agent)
    with transaction(bench.sessions) as session:
        session.execute(update(AppealMove).values(note_public="改过的话"))

    chain = (await agent.read(f"/appeals/{view['number']}"))["chain"]

    assert not chain["holds"] and "流转记录被改过" in chain["reason"]


async def test_a_pair_that_was_answered_still_shows_each_filers_state(bench, sign_in):
    agent = await sign_in("agent01")
    same = {"kind": "system_fault", "subject": "电子税务局登录不上"}
    parent = await accepted(bench, agent, **same, detail="一直提示网络错误，登录不上。")
    child = await accepted(bench, agent, **same, detail="登录不上，提示网络错误。")
    gone = await accepted(bench, agent, **same, detail="登录不上，网络错误，重装也没用。")
    for each in (child, gone):
        body = {"version": each["version"], "parent": parent["number"]}
        merged = await agent.do(f"/appeals/{each['number']}/merge", body)
    body = {"version": merged["version"], "note": "其实是另一个原因"}
    await agent.do(f"/appeals/{gone['number']}/unmerge", body)
    seen = await agent.read(f"/appeals/{parent['number']}")
    body = {"version": seen["version"], "note": "已恢复。"}

    answered = await agent.do(f"/appeals/{parent['number']}/answer", body)

    assert [each["number"] for each in answered["repeats"]] == [child["number"]]
    assert answered["repeats"][0]["status_label"] == "已答复待确认"
    theirs = await agent.read(f"/appeals/{child['number']}")
    assert theirs["parent"]["number"] == parent["number"]
    assert (await agent.read(f"/appeals/{gone['number']}"))["parent"] is None


async def test_what_can_be_filed_says_by_when_it_would_be_promised(bench, sign_in):
    kinds = (await (await sign_in("agent01")).read("/appeal-kinds"))["kinds"]

    promised = {each["code"]: each["promised"] for each in kinds}
    assert promised["relief_not_delivered"] == "9月21日（周一）前"
    assert ":" in promised["help"], "a promise in minutes says the time of day"
