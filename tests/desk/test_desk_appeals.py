from __future__ import annotations

import asyncio

from sqlalchemy import select

from appeals.tables import Appeal
from consultations.tables import Conversation
from core.audit import AuditLine
from core.database import reading, transaction
from core.due_work import DueWork


def told(bench, number: str) -> list[str]:
    with reading(bench.sessions) as session:
        work = session.scalars(
            select(DueWork).where(DueWork.kind == "appeals.tell").order_by(DueWork.id)
        )
        return [each.payload["text"] for each in work if each.key.startswith(number)]


async def test_an_appeal_shows_its_case_and_what_may_be_done(bench, sign_in):
    talk_id, identity = bench.talk("六税两费减半吗")
    firm_id = bench.bind(identity)
    number = bench.appeal(
        identity_key=identity,
        conversation_id=talk_id,
        enterprise_id=firm_id,
        contact="13800138000",
    )
    agent = await sign_in("agent01")

    view = await agent.read(f"/appeals/{number}")

    assert view["verbs"] == ["accept"]
    assert view["status_label"] == "已提交待受理"
    assert view["due_label"] == "9月21日（周一）前"
    assert view["due_state"] == "ok"
    assert view["evidence"][0]["asked_text"] == "六税两费减半吗"
    assert view["firm"]["is_sample"]
    assert "13800138000" not in str(view)
    assert view["moves"][0]["actor_name"] == "纳税人"
    with reading(bench.sessions) as session:
        looks = session.scalars(select(AuditLine).where(AuditLine.deed == "enterprises.firm.read"))
        assert [look.data["appeal_number"] for look in looks] == [number]


async def test_an_answer_at_the_desk_is_told_to_the_taxpayer(bench, sign_in):
    number = bench.appeal()
    agent = await sign_in("agent01")
    accepted = await agent.do(f"/appeals/{number}/accept", {"version": 1})

    answered = await agent.do(
        f"/appeals/{number}/answer",
        {"version": accepted["version"], "note": "已更正申报，多缴的税款可以退。"},
    )

    assert (accepted["status"], accepted["assigned_to"]) == ("working", "agent01")
    assert answered["status"] == "answered"
    assert answered["answer_text"] == "已更正申报，多缴的税款可以退。"
    assert any("多缴的税款可以退" in text for text in told(bench, number))
    assert answered["verbs"] == []


async def test_who_was_slower_is_told_who_was_faster(bench, sign_in):
    number = bench.appeal()
    one, two = await sign_in("supervisor01"), await sign_in("agent02")
    await one.do(f"/appeals/{number}/accept", {"version": 1, "assignee": "agent02"})
    version = (await two.read(f"/appeals/{number}"))["version"]
    await one.do(
        f"/appeals/{number}/reassign",
        {"version": version, "assignee": "agent01", "note": "原承办人休假"},
    )

    error = await two.refused(f"/appeals/{number}/answer", {"version": version, "note": "答复"})

    assert (error["status"], error["code"]) == (409, "appeal_changed")
    assert error["details"]["changed_by"] == "示例班长"
    assert error["details"]["changed_what"] == "改派"
    with reading(bench.sessions) as session:
        assert session.scalars(select(Appeal)).one().answer_text is None


async def test_of_two_answers_at_the_same_time_one_counts(bench, sign_in):
    number = bench.appeal()
    one, two = await sign_in("supervisor01"), await sign_in("agent02")
    view = await one.do(f"/appeals/{number}/accept", {"version": 1, "assignee": "agent02"})
    body = {"version": view["version"]}

    answers = await asyncio.gather(
        one.post(f"/appeals/{number}/answer", body | {"note": "甲的答复"}),
        two.post(f"/appeals/{number}/answer", body | {"note": "乙的答复"}),
    )

    assert sorted(answer.status for answer in answers) == [200, 409]
    heard = "".join(told(bench, number))
    assert ("甲的答复" in heard) != ("乙的答复" in heard)


async def test_agents_leave_a_colleagues_appeal_alone(bench, sign_in):
    number = bench.appeal()
    mine, other = await sign_in("agent01"), await sign_in("agent02")
    view = await mine.do(f"/appeals/{number}/accept", {"version": 1})
    body = {"version": view["version"], "note": "由我来答"}

    seen = await other.read(f"/appeals/{number}")
    error = await other.refused(f"/appeals/{number}/answer", body)

    assert seen["verbs"] == []
    assert (error["status"], error["code"]) == (403, "appeal_not_yours")
    assert error["details"]["owner"] == "示例坐席"
    assert (await mine.refused(f"/appeals/{number}/remind", body))["code"] == "role_needed"
    assert (await other.refused(f"/appeals/{number}/contact"))["code"] == "appeal_not_yours"


async def test_a_supervisor_reassigns_and_reminds(bench, sign_in):
    number = bench.appeal()
    supervisor, agent = await sign_in("supervisor01"), await sign_in("agent01")
    view = await supervisor.do(
        f"/appeals/{number}/accept", {"version": 1, "assignee": "agent02", "note": "熟悉附加税"}
    )
    body = {"version": view["version"], "assignee": "agent01"}

    assert (await supervisor.refused(f"/appeals/{number}/reassign", body))["status"] == 400
    for bad in ("editor01", "nobody", "agent02"):
        sent = body | {"assignee": bad, "note": "转办"}
        assert (await supervisor.refused(f"/appeals/{number}/reassign", sent))["status"] == 400
    view = await supervisor.do(f"/appeals/{number}/reassign", body | {"note": "原承办人休假"})
    view = await supervisor.do(
        f"/appeals/{number}/remind", {"version": view["version"], "note": "请今天答复"}
    )

    assert view["assigned_name"] == "示例坐席"
    assert [move["verb"] for move in view["moves"][:2]] == ["remind", "reassign"]
    assert view["moves"][0]["note_internal"] == "请今天答复"
    assert view["moves"][0]["note_public"] is None
    assert "answer" in (await agent.read(f"/appeals/{number}"))["verbs"]


async def test_asking_for_more_pauses_the_clock(bench, sign_in):
    number = bench.appeal()
    agent = await sign_in("agent01")
    view = await agent.do(f"/appeals/{number}/accept", {"version": 1})

    refused = await agent.refused(f"/appeals/{number}/ask-for-more", {"version": view["version"]})
    view = await agent.do(
        f"/appeals/{number}/ask-for-more",
        {"version": view["version"], "note": "请发申报表截图"},
    )

    assert refused["status"] == 400
    assert (view["status"], view["due_state"]) == ("waiting", "paused")
    assert any("请发申报表截图" in text for text in told(bench, number))


async def test_a_move_that_is_not_allowed_says_where_the_appeal_stands(bench, sign_in):
    number = bench.appeal()
    agent = await sign_in("agent01")

    error = await agent.refused(f"/appeals/{number}/answer", {"version": 1, "note": "直接答"})

    assert (error["status"], error["code"]) == (409, "appeal_move_refused")
    assert "已提交待受理" in error["message"]
    assert (await agent.get("/appeals/SQ20260917-ZZZZZZ")).status == 404
    assert (await agent.post(f"/appeals/{number}/delete", {"version": 1})).status in (404, 405)


async def test_the_list_is_filtered_searched_and_counted(bench, sign_in):
    late = bench.appeal(subject="退税迟迟不到账", kind="refund", detail="三个月了")
    bench.later(days=14)
    number = bench.appeal(subject="发票额度不够", kind="procedure", detail="调额被退回")
    agent = await sign_in("agent01")

    async def listed(query: str) -> list[str]:
        return [row["number"] for row in (await agent.read(f"/appeals?{query}"))["rows"]]

    assert await listed("filter=overdue") == [late]
    assert await listed("filter=all&kind=procedure") == [number]
    assert await listed("filter=open&search=到账") == [late]
    assert await listed("filter=mine") == []
    page = await agent.read("/appeals?filter=overdue")
    assert page["counts"] | {"all": 2, "open": 2, "overdue": 1} == page["counts"]
    assert page["rows"][0]["due_state"] == "overdue"
    assert page["rows"][0]["days_left"] < 0
    assert {"code": "refund", "label": bench.kinds["refund"].label} in page["kinds"]


async def test_the_telephone_is_shown_to_the_officer_in_charge_and_audited(bench, sign_in):
    number = bench.appeal(contact="13800138000")
    agent = await sign_in("agent01")

    shown = await agent.do(f"/appeals/{number}/contact")

    assert shown == {"contact": "13800138000"}
    with reading(bench.sessions) as session:
        seen = select(AuditLine).where(AuditLine.deed == "appeals.appeal.contact_seen")
        assert session.scalars(seen).one().actor == "staff:agent01"


async def test_the_supervisor_sees_what_is_late_waiting_and_how_the_day_went(bench, sign_in):
    late = bench.appeal()
    bench.later(days=12)
    talk_id, _ = bench.talk("小规模纳税人每月或每季卖多少钱可以免增值税", wants_person=True)
    measured, _ = bench.talk("小规模纳税人每月或每季卖多少钱可以免增值税")
    with transaction(bench.sessions) as session:
        session.get_one(Conversation, measured).channel = "evaluation"
    supervisor = await sign_in("supervisor01")

    seen = await supervisor.read("/supervisor/overview")

    assert [row["number"] for row in seen["overdue"]] == [late]
    assert [row["conversation_id"] for row in seen["waiting"]] == [talk_id]
    assert seen["questions_today"] == 1, "what is measured is no question of a taxpayer"
    assert seen["outcomes"][0]["label"]
    assert seen["counts"]["overdue"] == 1
    assert {each["login"] for each in seen["colleagues"]} == {
        "agent01", "agent02", "supervisor01", "oversight01"
    }  # fmt: skip
    assert (await supervisor.read("/counts")) == seen["counts"]
