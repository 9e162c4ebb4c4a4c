"""Editors see the register, end a document with a reason, and see what ends soon."""

from __future__ import annotations

from datetime import timedelta

from answers.engine import Engine
from answers.frame import Query
from core.clock import china_date
from knowledge_base.library import Library
from tests.desk.bench import Bench

DOCUMENT = "mof-sta-2026-10"
QUESTION = "小规模纳税人每月或每季卖多少钱可以免增值税"
END = {"state": "suspended", "reason": "看到停止执行的公告"}


async def test_the_register_is_listed_by_state_topic_and_search(bench: Bench, sign_in) -> None:
    agent = await sign_in("agent01")

    page = await agent.read("/documents")
    found = await agent.read("/documents?search=2026年第10号&topic=vat&state=in_force")

    assert page["total"] > 200
    assert len(page["rows"]) == page["per_page"] == 20
    assert {"code": "vat", "label": "增值税"} in page["topics"]
    assert sum(each["count"] for each in page["states"]) == page["total"]
    assert [each["id"] for each in found["rows"]] == [DOCUMENT]
    assert found["rows"][0]["state_label"] == "全文有效"
    assert found["rows"][0]["entries"] > 10


async def test_replacement_is_shown_from_both_sides(bench: Bench, sign_in) -> None:
    editor = await sign_in("editor01")

    old = await editor.read("/documents/sta-2018-6")
    new = await editor.read("/documents/sta-2026-2")

    assert [each["id"] for each in old["replaced_by"]] == ["sta-2026-2"]
    assert [each["id"] for each in new["replaces"]] == ["sta-2018-6"]


async def test_ending_a_document_silences_at_once_and_says_who_was_told(
    bench: Bench, sign_in
) -> None:
    talk_id, _ = bench.talk()
    turn = bench.ask(talk_id, QUESTION)
    editor = await sign_in("editor01")
    listed = await editor.read(f"/documents/{DOCUMENT}")

    ended = await editor.do(f"/documents/{DOCUMENT}/end", END)

    assert listed["ending"] is None
    assert (ended["state_label"], ended["ending"]["by"]) == ("停止执行", "示例编辑")
    assert ended["last_day"] == (china_date(bench.now) - timedelta(days=1)).isoformat()
    assert ended["relied_on"] == listed["relied_on"]
    assert ended["relied_on"]["entries"] > 10
    assert ended["relied_on"]["figures"] > 3
    answers = await editor.read(f"/documents/{DOCUMENT}/answers")
    assert [(each["turn_id"], each["conversation_id"]) for each in answers["rows"]] == [
        (turn, talk_id)
    ]
    entries = await editor.read(f"/documents/{DOCUMENT}/entries?page=2")
    assert entries["total"] == ended["relied_on"]["entries"]
    assert entries["rows"][0]["claims"]
    figures = await editor.read(f"/documents/{DOCUMENT}/figures")
    assert "10万元" in {v["value"] for each in figures["rows"] for v in each["values"]}
    assert told_now(bench).outcome == "refused_uncertain"


def told_now(bench: Bench):
    library = Library(bench.sessions)
    library.refresh()
    return Engine(library).answer(Query(QUESTION, china_date(bench.now)))


async def test_another_editor_brings_it_back(bench: Bench, sign_in) -> None:
    first, second = await sign_in("editor01"), await sign_in("editor02")
    await first.do(f"/documents/{DOCUMENT}/end", END)

    own = await first.post(f"/documents/{DOCUMENT}/restore", {"reason": "弄错了"})
    twice = await second.post(f"/documents/{DOCUMENT}/end", END)
    back = await second.do(f"/documents/{DOCUMENT}/restore", {"reason": "公告没有停止执行它"})

    assert own.status == 403
    assert "另一位编辑" in (await own.json())["error"]["message"]
    assert twice.status == 409
    assert (back["state"], back["ending"]) == ("in_force", None)
    assert told_now(bench).outcome == "answered"


async def test_only_editors_end_documents_and_only_with_a_reason(bench: Bench, sign_in) -> None:
    supervisor, editor = await sign_in("supervisor01"), await sign_in("editor01")

    assert (await supervisor.post(f"/documents/{DOCUMENT}/end", END)).status == 403
    assert (await editor.post(f"/documents/{DOCUMENT}/end", END | {"reason": " "})).status == 422
    assert (await editor.post("/documents/no-such/end", END)).status == 404
    odd = await editor.post(f"/documents/{DOCUMENT}/end", END | {"replaced_by": DOCUMENT})
    assert odd.status == 400


async def test_what_ends_soon_is_listed_with_counts(bench: Bench, sign_in) -> None:
    agent = await sign_in("agent01")

    far = await agent.read("/library/expiring?within=480&kind=claim")
    near = await agent.read("/library/expiring")

    assert far["total"] > 50
    assert far["rows"][0]["days_left"] <= far["rows"][-1]["days_left"]
    assert {each["kind"] for each in far["rows"]} == {"claim"}
    assert "2027-12-31" in {each["day"] for each in far["days"]}
    assert "{{" not in far["rows"][0]["title"]
    assert near["within"] == 90
    assert near["counts"]["7"] <= near["counts"]["30"] <= near["counts"]["90"]
    assert near["warnings"] == {"new": 0, "latest": []}
