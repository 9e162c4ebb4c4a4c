"""Releases at the desk: who may do what, what the page is told, and a single publication's gate."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.gate_questions import Question
from app.library_gate import LibraryGate
from core.audit import AuditLine
from core.database import reading, transaction
from knowledge_base.library import Library
from knowledge_base.release_measuring import note_verdict
from knowledge_base.release_rows import get_release
from knowledge_base.store import current_revision
from tests.desk.reviewing import approve_all, desk_edit, move, reviewers
from tests.knowledge_base.release_room import FAILED, PASSED

ENTRY = "vat-small-scale-threshold"
RELEASES = "/library/releases"
VERDICT = {"tolerance": 0.01, "left_out": [], "better": 0}
CAME = {"outcome": "answered", "entries": [ENTRY], "act": None}


def said(verdict: dict[str, Any]) -> dict[str, Any]:
    """A verdict as the gate writes it."""
    worse = [{**each, "before": CAME, "after": CAME} for each in verdict["worse"]]
    return {**VERDICT, **verdict, "worse": worse}


def measured(bench: Any, release: int, verdict: dict[str, Any]) -> None:
    with transaction(bench.sessions) as session:
        note_verdict(
            session,
            release,
            run=get_release(session, release).run,
            revision=current_revision(session),
            verdict=said(verdict),
            fault=None,
            now=bench.now,
        )


@pytest.fixture
async def desk(sign_in):
    """Three at the desk, and an edit of an entry that waits to be published."""
    made = await reviewers(sign_in)
    await desk_edit(made, ENTRY, question="小规模免税线是多少？")
    await approve_all(made, ENTRY)
    return made


async def test_what_waits_is_gathered_measured_and_published_by_an_editor(bench, desk):
    editor = desk["editor01"]
    before = await editor.read(RELEASES)
    opened = await editor.do(RELEASES, {"note": "九月"})
    early = await editor.refused(f"{RELEASES}/{opened['id']}/publish", {})
    measured(bench, opened["id"], PASSED)

    told = await editor.do(f"{RELEASES}/{opened['id']}/publish", {})

    assert [(each["id"], each["before"], each["version"]) for each in before["waiting"]] == [
        (ENTRY, 1, 2)
    ]
    assert before["candidate"] is None and before["may_open"] is True
    assert (opened["state_label"], opened["opened_by"]) == ("检验中", "示例编辑")
    assert early["status"] == 409 and "检验还没有做完" in early["message"]
    assert (told["number"], told["state_label"], told["passed"]) == (1, "已发布", True)
    (entry,) = told["entries"]
    assert (entry["change_label"], entry["question"]) == ("换新版本", "小规模免税线是多少？")
    page = await editor.read(RELEASES)
    assert (page["waiting"], page["candidate"], page["total"]) == ([], None, 1)
    assert (await editor.read(f"/library/{ENTRY}"))["published_version"] == 2


async def test_a_failed_gate_is_overruled_by_a_supervisor_with_a_reason_alone(bench, desk):
    editor, supervisor = desk["editor01"], desk["supervisor01"]
    release = (await editor.do(RELEASES, {}))["id"]
    measured(bench, release, FAILED)
    path = f"{RELEASES}/{release}"

    failed = await editor.refused(f"{path}/publish", {})
    by_editor = await editor.refused(f"{path}/override", {"reason": "急"})
    bare = await supervisor.refused(f"{path}/override", {"reason": " "})
    view = await supervisor.read(path)
    told = await supervisor.do(f"{path}/override", {"reason": "题已过时"})

    assert (failed["status"], failed["code"]) == (422, "release_gate_failed")
    assert "旗子要报吗" in failed["message"] and "旗子多高" not in failed["message"]
    assert by_editor["status"] == 403
    assert bare["status"] == 422
    assert (view["may"]["override"], view["may"]["publish"]) == (True, False)
    assert (told["override"], told["reason"], told["decided_by"]) == (True, "题已过时", "示例班长")


async def test_who_gathers_second_is_told_who_was_first(desk):
    await desk["editor01"].do(RELEASES, {})

    error = await desk["editor02"].refused(RELEASES, {})

    assert (error["status"], error["code"]) == (409, "release_open")
    assert "由示例编辑汇集" in error["message"]


async def test_a_release_is_taken_back_and_both_say_so(bench, desk):
    editor, supervisor = desk["editor01"], desk["supervisor01"]
    release = (await editor.do(RELEASES, {}))["id"]
    measured(bench, release, PASSED)
    await editor.do(f"{RELEASES}/{release}/publish", {})
    bench.later(minutes=5)

    back = await supervisor.do(f"{RELEASES}/{release}/roll-back", {"reason": "口径未定"})
    again = await editor.refused(f"{RELEASES}/{release}/roll-back", {"reason": "再来"})

    assert (back["number"], back["kind_label"], back["rolls_back"]) == (2, "回退", 1)
    assert back["entries"][0]["change_label"] == "恢复原文"
    assert again["status"] == 409
    first = await editor.read(f"{RELEASES}/{release}")
    assert (first["rolled_back_by"], first["may"]["roll_back"]) == (2, False)
    view = await editor.read(f"/library/{ENTRY}")
    assert (view["published_version"], view["question"]) != (2, "小规模免税线是多少？")


async def test_agents_and_administrators_see_no_releases(sign_in):
    for login in ("agent01", "admin01"):
        page = await sign_in(login)
        assert (await page.refused(RELEASES, {}))["status"] == 403


async def test_a_discarded_candidate_leaves_its_entries_waiting(desk):
    editor = desk["editor01"]
    release = (await editor.do(RELEASES, {}))["id"]

    await editor.do(f"{RELEASES}/{release}/discard", {"reason": "再改改"})

    page = await editor.read(RELEASES)
    assert [each["id"] for each in page["waiting"]] == [ENTRY]
    assert [(row["state_label"], row["reason"]) for row in page["rows"]] == [("已放弃", "再改改")]


async def test_one_entry_asks_the_gate_and_is_a_release_of_its_own(bench, desk):
    await move(desk["editor01"], ENTRY, "publish")

    page = await desk["editor01"].read(RELEASES)
    (row,) = page["rows"]
    assert (row["number"], row["entry_count"], row["passed"]) == (1, 1, True)
    with reading(bench.sessions) as session:
        deeds = list(session.scalars(select(AuditLine.deed).order_by(AuditLine.id)))
    assert deeds[-2:] == ["knowledge_base.entry.published", "knowledge_base.release.published"]


async def test_one_entry_that_makes_questions_worse_is_not_published_and_they_are_named(
    bench, sign_in
):
    desk, other = await reviewers(sign_in), "vat-additional-deduction"
    text = "彩旗挂歪了月亮会不会掉下来"
    questions = [Question(text=text, outcome="refused", because="near_miss")]
    bench.gate = LibraryGate(Library(bench.sessions), bench.sessions, lambda: questions)
    await desk_edit(desk, other, similar=[text, *(f"{text}第{n}次" for n in range(6))])
    await approve_all(desk, other)

    error = await desk["editor01"].refused(f"/library/{other}/publish", {"version": 2})

    assert (error["status"], error["code"]) == (422, "release_gate_failed")
    assert text in error["message"]
    assert (await desk["editor01"].read(f"/library/{other}"))["published_version"] == 1
