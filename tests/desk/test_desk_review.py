"""The life cycle of an entry at the desk: review, plans, versions, and what the page is told."""

from __future__ import annotations

from datetime import timedelta

import yaml

from core.database import transaction
from core.due_work import claim_work
from desk.library_moves import check_at
from knowledge_base.files import LibraryFiles
from knowledge_base.loading import load_files
from knowledge_base.schedule import EXPIRE, PUBLISH, expire_due, publish_due
from knowledge_base.schema import Document
from knowledge_base.tables import LibraryDocument
from tests.desk.reviewing import (
    REVIEWERS,
    approve,
    approve_all,
    desk_edit,
    edited,
    move,
    publish_reviewed,
    reviewers,
)

ENTRY = "vat-small-scale-threshold"
PATH = f"/library/{ENTRY}"


async def test_the_page_is_told_who_approved_who_still_may_and_what_is_missing(bench, sign_in):
    desk = await reviewers(sign_in)
    await desk_edit(desk, ENTRY, question="小规模免税线是多少？")
    await move(desk["editor01"], ENTRY, "submit", note="改了问法")

    own = (await desk["editor01"].read(PATH))["review"]
    before = await desk["supervisor01"].read(PATH)
    await approve(desk["supervisor01"], ENTRY)
    after = await desk["supervisor01"].read(PATH)

    review = before["review"]
    assert (review["note"], review["writers"]) == ("改了问法", ["示例编辑"])
    assert (review["needed"], review["missing"], review["approvals"]) == (2, 2, [])
    assert {each["login"] for each in review["may_approve"]} == {*REVIEWERS, "oversight01"}
    assert (own["i_may_approve"], review["i_may_approve"]) == (False, True)
    assert "小规模免税线是多少？" in review["text"] and "{{" not in review["text"]
    assert before["state_label"] == "已发布，新版本审核中"
    (yes,) = after["review"]["approvals"]
    assert (yes["by"], yes["holds"], after["review"]["missing"]) == ("示例班长", True, 1)
    assert {each["login"] for each in after["review"]["may_approve"]} == {"editor02", "oversight01"}
    publish = next(each for each in after["moves"] if each["verb"] == "publish")
    assert publish["why"] == "要由编辑操作。"
    publish = next(
        each for each in (await desk["editor01"].read(PATH))["moves"] if each["verb"] == "publish"
    )
    assert (publish["allowed"], publish["version"]) == (False, 2)
    assert "还缺 1 人同意" in publish["why"]


async def test_what_waits_for_my_review_is_listed_and_counted(bench, sign_in):
    desk = await reviewers(sign_in)
    await desk_edit(desk, ENTRY, question="小规模免税线是多少？")
    await move(desk["editor01"], ENTRY, "submit")

    mine = {login: await page.read("/library?mine=1") for login, page in desk.items()}
    await approve(desk["editor02"], ENTRY)
    after = await desk["editor02"].read("/library?mine=1")

    assert mine["editor01"]["rows"] == []
    assert [row["id"] for row in mine["editor02"]["rows"]] == [ENTRY]
    assert mine["supervisor01"]["to_review"] == 1
    assert (after["rows"], after["to_review"]) == ([], 0)


async def test_the_writer_the_same_person_twice_and_an_old_text_are_refused(bench, sign_in):
    desk = await reviewers(sign_in)
    await desk_edit(desk, ENTRY, question="小规模免税线是多少？")
    view = await move(desk["editor01"], ENTRY, "submit")
    seen = {"version": 2, "rendering": view["review"]["rendering"]}

    own = await desk["editor01"].refused(f"{PATH}/approve", seen)
    old = await desk["editor02"].refused(f"{PATH}/approve", seen | {"rendering": "0" * 64})
    await desk["editor02"].do(f"{PATH}/approve", seen)
    twice = await desk["editor02"].refused(f"{PATH}/approve", seen)
    early = await desk["editor01"].refused(f"{PATH}/publish", {"version": 2})

    assert "自己写的版本要由别人审核" in own["message"]
    assert (old["status"], old["code"]) == (409, "rendering_changed")
    assert "已经同意过" in twice["message"]
    assert "还缺 1 人同意" in early["message"]


async def test_an_approval_that_no_longer_counts_is_shown_with_what_it_read(bench, sign_in):
    desk = await reviewers(sign_in)
    await desk_edit(desk, ENTRY, question="小规模免税线是多少？")
    await approve_all(desk, ENTRY)
    with transaction(bench.sessions) as session:
        row = session.get_one(LibraryDocument, "mof-sta-2026-10")
        document = Document.model_validate(row.body | {"state": "suspended"})
        files = LibraryFiles(documents={document.id: document})
        load_files(session, files, editor="files", now=bench.now)

    view = await desk["editor01"].read(PATH)
    error = await desk["editor01"].refused(f"{PATH}/publish", {"version": 2})

    assert view["review"]["missing"] == 2
    for each in view["review"]["approvals"]:
        assert not each["holds"] and "不再算数" in each["why"]
        assert each["approved_text"] != view["review"]["text"]
        assert "已停止执行" in view["review"]["text"]
    assert "先前的同意不再算数" in error["message"]


async def test_a_return_and_a_new_entry_find_their_way(bench, sign_in):
    desk = await reviewers(sign_in)
    template = yaml.safe_load((await desk["editor01"].read(PATH))["yaml"])
    text = edited(yaml.safe_dump(template, allow_unicode=True), id="vat-new-entry",
                  question="新条目的问题？")  # fmt: skip

    made = await desk["editor01"].post("/library", {"yaml": text})
    taken = await desk["editor02"].refused("/library", {"yaml": text})
    broken = await desk["editor02"].refused("/library", {"yaml": "id: vat-new-entry"})
    await move(desk["editor01"], "vat-new-entry", "submit")
    returned = await move(desk["editor02"], "vat-new-entry", "return", reason="请补依据")
    listed = await desk["editor01"].read("/library?state=draft")

    assert made.status == 201
    assert (taken["status"], taken["code"]) == (409, "entry_exists")
    assert "vat-new-entry" in taken["message"]
    assert (broken["status"], broken["code"]) == (422, "broken_entry")
    assert broken["details"]["findings"]
    (version,) = returned["versions"]
    assert (version["state_label"], returned["state"]) == ("已退回", "draft")
    assert version["returned"]["by"] == "示例编辑二"
    assert version["returned"]["reason"] == "请补依据"
    assert [row["id"] for row in listed["rows"]] == ["vat-new-entry"]


async def test_errors_of_the_check_are_told_at_publication(bench, sign_in):
    desk = await reviewers(sign_in)
    view = await desk_edit(desk, ENTRY, question="小规模免税线是多少？")
    await approve_all(desk, ENTRY)
    document = yaml.safe_load(view["yaml"])["claims"][0]["basis"][0]["document"]
    with transaction(bench.sessions) as session:
        session.delete(session.get_one(LibraryDocument, document))
    for login in REVIEWERS:
        await approve(desk[login], ENTRY)

    error = await desk["editor01"].refused(f"{PATH}/publish", {"version": 2})

    assert (error["status"], error["code"]) == (422, "entry_has_faults")
    assert document in error["message"] and "重新送审" in error["message"]
    assert any(each["level"] == "error" for each in error["details"]["findings"])


async def test_a_publication_is_planned_shown_called_off_and_carried_out(bench, sign_in):
    desk = await reviewers(sign_in)
    editor = desk["editor01"]
    await desk_edit(desk, ENTRY, question="小规模免税线是多少？")
    await approve_all(desk, ENTRY)
    past = {"version": 2, "publish_at": "2026-09-17T01:00"}

    refused = await editor.refused(f"{PATH}/publish", past)
    planned = await move(editor, ENTRY, "publish", publish_at="2026-09-20T09:00")
    (row,) = (await editor.read(f"/library?search={ENTRY}"))["rows"]
    called_off = await move(editor, ENTRY, "cancel_schedule")
    await move(editor, ENTRY, "publish", publish_at="2026-09-20T09:00+08:00")
    bench.later(days=4)
    with transaction(bench.sessions) as session:
        lease = timedelta(minutes=1)
        (work,) = claim_work(session, kinds=[PUBLISH], now=bench.now, lease=lease)
        publish_due(session, work.payload, now=bench.now, check=check_at(bench.now))
    view = await (await sign_in("editor01")).read(PATH)

    assert (refused["status"], refused["details"]["field"]) == (400, "publish_at")
    assert planned["schedule"]["publish"] == {
        "version": 2, "at": "2026-09-20T01:00:00+00:00", "by": "示例编辑",
    }  # fmt: skip
    assert row["publish_at"] == "2026-09-20T01:00:00+00:00"
    assert called_off["schedule"]["publish"] is None
    assert view["question"] == "小规模免税线是多少？"
    assert (view["published_version"], view["schedule"]["publish"]) == (2, None)


async def test_an_end_of_answers_is_set_shown_and_carried_out(bench, sign_in):
    editor = await sign_in("editor01")
    unreadable = await editor.refused(f"{PATH}/expire", {"version": 1, "expires_on": "明天"})

    view = await move(editor, ENTRY, "expire", expires_on="2026-10-01", reason="公告到期")
    (row,) = (await editor.read(f"/library?search={ENTRY}"))["rows"]
    bench.later(days=20)
    with transaction(bench.sessions) as session:
        lease = timedelta(minutes=1)
        (work,) = claim_work(session, kinds=[EXPIRE], now=bench.now, lease=lease)
        expire_due(session, work.payload, now=bench.now)
    after = await (await sign_in("editor01")).read(PATH)

    assert unreadable["code"] == "desk_form_invalid"
    assert view["schedule"]["expires_on"] == row["expires_on"] == "2026-10-01"
    assert (after["state_label"], after["schedule"]["expires_on"]) == ("已暂停", None)
    assert "2026-10-01" in after["moved"]["reason"]
    assert after["moved"]["label"] == "到期停答"


async def test_versions_are_compared_and_an_earlier_one_comes_back(bench, sign_in):
    desk = await reviewers(sign_in)
    view = await desk["editor01"].read(PATH)
    claims = yaml.safe_load(view["yaml"])["claims"]
    claims[0]["text"] = "2023年至2025年，小规模纳税人一律要缴增值税。"
    await desk_edit(desk, ENTRY, claims=claims, similar=["又一种问法", *yaml.safe_load(
        view["yaml"])["similar"]])  # fmt: skip
    await publish_reviewed(desk, ENTRY)

    diff = await desk["editor02"].read(f"{PATH}/diff?from=1&to=2")
    nothing = await desk["editor02"].get(f"{PATH}/diff?from=1")
    old = await desk["editor02"].read(f"{PATH}/rendering?version=1")
    back = await move(desk["editor02"], ENTRY, "roll_back", to=1, reason="第二版写错了")

    substance = [each for each in diff["changes"] if each["substance"]]
    assert diff["substance"] and diff["changes"][0] in substance
    (claim,) = substance
    assert (claim["label"], claim["item"], claim["aspect_label"]) == ("结论", "old", "内容")
    assert "10万元" in claim["before"] and "一律要缴" in claim["after"]
    assert {(each["field"], each["kind"]) for each in diff["changes"]} >= {("similar", "added")}
    assert nothing.status == 400
    assert old["yaml"] == view["yaml"] and "10万元" in old["text"]
    assert (back["published_version"], back["versions"][0]["rolls_back"]) == (3, 1)
    assert "第二版写错了" in back["moved"]["reason"] and back["is_answered"]


async def test_a_supervisor_approves_returns_and_suspends_but_edits_nothing(bench, sign_in):
    supervisor = await sign_in("supervisor01")
    view = await supervisor.read(PATH)

    allowed = {each["verb"] for each in view["moves"] if each["allowed"]}
    retire = await supervisor.refused(f"{PATH}/retire", {"version": 1, "reason": "不要了"})
    suspended = await move(supervisor, ENTRY, "suspend", reason="群众反映答错")

    assert allowed == {"suspend"}
    assert retire["code"] == "role_needed"
    assert suspended["moved"]["by"] == "示例班长"


async def test_a_preview_shows_the_version_that_is_asked_for(bench, sign_in):
    desk = await reviewers(sign_in)
    await desk_edit(desk, ENTRY, question="小规模免税线是多少？")

    titles = [
        (await desk["editor01"].read(f"{PATH}/preview?period=2026年三季度{more}"))["title"]
        for more in ("", "&version=1")
    ]

    assert titles[0] == "小规模免税线是多少？" != titles[1]
