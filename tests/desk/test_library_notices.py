"""Bringing official notices at the desk: what is shown, accepted, discarded, and by whom."""

from __future__ import annotations

from typing import Any

from aiohttp import FormData
from sqlalchemy import func, select

from core.database import reading
from knowledge_base.notice_tables import NoticeProposal
from knowledge_base.store import published_entries
from knowledge_base.tables import LibraryEntry, LibraryVersion
from tests.desk.bench import API, Page

NOTICE = """\
国家税务总局关于门店彩旗报备有关事项的公告
国家税务总局公告2026年第99号
一、月销售额未超过12万元的小规模纳税人，免征彩旗税。
二、纳税人应当在挂旗之日起15日内办理彩旗报备。
三、本公告自2026年10月1日起施行。《彩旗办法》（财税〔2016〕12号）第三条同时废止。
国家税务总局
2026年9月1日
"""
TEXT = "关于彩旗的通知\n一、纳税人应当报备彩旗。"


async def send(page: Page, content: bytes, name: str = "公告.txt") -> tuple[int, dict[str, Any]]:
    data = FormData(quote_fields=False)
    data.add_field("file", content, filename=name)
    response = await page.client.post(
        f"{API}/library/notices", data=data, headers={"X-CSRF-Token": page.csrf}
    )
    return response.status, await response.json()


async def bring(page: Page, text: str = NOTICE) -> dict[str, Any]:
    status, told = await send(page, text.encode())
    assert status == 201, told
    return told


def rows(bench: Any, table: Any) -> int:
    with reading(bench.sessions) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


async def test_a_notice_is_read_and_shown_with_everything_that_was_found(bench, sign_in):
    editor = await sign_in("editor01")

    told = await bring(editor)

    assert (told["state"], told["state_label"], told["again"]) == ("open", "待处理", False)
    assert (told["kind"], told["file_name"], told["proposed_by"]) == ("txt", "公告.txt", "示例编辑")
    assert told["document"] == {
        "id": "sta-2026-99",
        "number": "国家税务总局公告2026年第99号",
        "title": "关于门店彩旗报备有关事项的公告",
        "issuers": ["国家税务总局"],
        "issued_on": "2026-09-01",
        "in_force_from": "2026-10-01",
        "ended_on": None,
        "url": None,
    }
    assert (told["known_as"], told["made"], told["reason"]) == (None, None, None)
    assert {"code": "vat", "label": "增值税"} in told["topics"]
    assert [each["path"] for each in told["clauses"]] == ["", "第一条", "第二条", "第三条"]
    amount = next(each for each in told["figures"] if each["kind"] == "amount")
    assert (amount["kind_label"], amount["text"], amount["clause"]) == ("金额", "12万元", "第一条")
    [cited] = told["citations"]
    assert (cited["number"], cited["effect_label"], cited["part"]) == (
        "财税〔2016〕12号", "废止或停止执行", "第三条",
    )  # fmt: skip
    first = told["skeletons"][0]
    assert (first["key"], first["id"], first["clause"]) == ("1", "sta-2026-99-1", "第一条")
    assert "document: sta-2026-99" in first["yaml"] and "certainty: unverified" in first["yaml"]
    assert await editor.read(f"/library/notices/{told['id']}") == told


async def test_the_same_file_is_known_again(bench, sign_in):
    editor, other = await sign_in("editor01"), await sign_in("editor02")
    first = await bring(editor)

    status, told = await send(other, NOTICE.encode(), "另一个名字.txt")

    assert (status, told["id"], told["again"]) == (200, first["id"], True)
    assert told["proposed_by"] == "示例编辑"
    assert rows(bench, NoticeProposal) == 1


async def test_accepting_makes_drafts_to_be_edited_and_publishes_nothing(bench, sign_in):
    editor = await sign_in("editor01")
    notice = await bring(editor)
    with reading(bench.sessions) as session:
        answered = published_entries(session)

    form = {"document": None, "skeletons": [{"key": "1"}, {"key": "2", "id": "flag-reporting"}]}
    told = await editor.do(f"/library/notices/{notice['id']}/accept", form)

    assert (told["state"], told["decided_by"]) == ("accepted", "示例编辑")
    assert told["made"] == {
        "document": "sta-2026-99",
        "registered": True,
        "entries": ["sta-2026-99-1", "flag-reporting"],
    }
    entry = await editor.read("/library/flag-reporting")
    assert (entry["state"], entry["version"], entry["published_version"]) == ("draft", 1, None)
    assert "（待改写）国家税务总局公告2026年第99号第二条" in entry["yaml"]
    errors = [each for each in entry["findings"] if each["level"] == "error"]
    assert errors and all(each["in_draft"] and "还没有改写" in each["message"] for each in errors)
    document = await editor.read("/documents/sta-2026-99")
    assert document["number"] == "国家税务总局公告2026年第99号"
    with reading(bench.sessions) as session:
        assert published_entries(session) == answered


async def test_a_draft_is_taken_along_by_the_export(bench, sign_in):
    editor = await sign_in("editor01")
    notice = await bring(editor)
    await editor.do(f"/library/notices/{notice['id']}/accept", {"skeletons": [{"key": "1"}]})

    response = await editor.get("/library/export?format=yaml&which=latest")

    content = await response.read()
    assert b"sta-2026-99-1.yml" in content and b"documents/sta-2026-99.yml" in content


async def test_the_editors_document_is_registered_as_put_right(bench, sign_in):
    editor = await sign_in("editor01")
    notice = await bring(editor, TEXT)
    bare = await editor.refused(f"/library/notices/{notice['id']}/accept", {"document": None})
    document = notice["document"] | {
        "id": "flags-2026-2", "number": "彩旗〔2026〕2号", "issuers": ["彩旗办公室"],
        "in_force_from": "2026-08-01", "url": "https://example.cn/flags",
    }  # fmt: skip

    told = await editor.do(
        f"/library/notices/{notice['id']}/accept",
        {"document": document, "skeletons": [{"key": "1"}]},
    )

    assert (bare["status"], bare["code"], bare["details"]["field"]) == (
        422, "notice_incomplete", "issuers",
    )  # fmt: skip
    assert "发文单位" in bare["message"]
    assert told["document"] == document
    assert told["made"]["entries"] == ["flags-2026-2-1"]


async def test_a_document_on_register_is_shown_as_it_stands(bench, sign_in):
    editor = await sign_in("editor01")
    [some, *_] = (await editor.read("/documents?search=公告"))["rows"]
    text = f"关于彩旗的公告\n{some['number']}\n一、纳税人应当报备彩旗。"

    told = await bring(editor, text)

    assert told["known_as"] == told["document"]["id"] == some["id"]
    assert told["document"]["title"] == some["title"]
    assert some["id"] in told["notes"][0]
    assert f"document: {some['id']}" in told["skeletons"][0]["yaml"]


async def test_a_taken_id_makes_nothing_and_says_which(bench, sign_in):
    editor = await sign_in("editor01")
    notice = await bring(editor)
    before = rows(bench, LibraryVersion)

    form = {"skeletons": [{"key": "1"}, {"key": "2", "id": "vat-small-scale-threshold"}]}
    refused = await editor.refused(f"/library/notices/{notice['id']}/accept", form)

    assert (refused["status"], refused["code"]) == (409, "entry_exists")
    assert refused["details"]["entry"] == "vat-small-scale-threshold"
    assert rows(bench, LibraryVersion) == before
    with reading(bench.sessions) as session:
        assert session.get(LibraryEntry, "sta-2026-99-1") is None


async def test_who_comes_second_is_told_who_came_first(bench, sign_in):
    editor, other = await sign_in("editor01"), await sign_in("editor02")
    notice = await bring(editor)
    address = f"/library/notices/{notice['id']}"
    discarded = await other.do(f"{address}/discard", {"reason": "与税费无关"})

    late = await editor.refused(f"{address}/accept", {"skeletons": [{"key": "1"}]})

    assert (discarded["state"], discarded["reason"]) == ("discarded", "与税费无关")
    assert (late["status"], late["code"]) == (409, "notice_settled")
    assert "示例编辑二" in late["message"] and "丢弃" in late["message"]
    again = await bring(editor)
    assert again["id"] != notice["id"]


async def test_the_list_is_paged_and_by_state(bench, sign_in):
    editor = await sign_in("editor01")
    first, second = await bring(editor), await bring(editor, TEXT)
    await editor.do(f"/library/notices/{first['id']}/discard", {"reason": "重复"})

    everything = await editor.read("/library/notices")
    waiting = await editor.read("/library/notices?state=open")

    assert [row["id"] for row in everything["rows"]] == [second["id"], first["id"]]
    assert (waiting["total"], waiting["page"], waiting["per_page"]) == (1, 1, 20)
    [row] = waiting["rows"]
    assert (row["title"], row["number"], row["skeletons"]) == ("关于彩旗的通知", None, 1)


async def test_what_cannot_be_read_is_refused_with_what_to_do(bench, sign_in):
    editor = await sign_in("editor01")

    status, told = await send(editor, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600)

    assert (status, told["error"]["code"]) == (422, "notice_refused")
    assert told["error"]["details"]["why"] == "old_office"
    assert "另存为 DOCX" in told["error"]["message"]
    assert rows(bench, NoticeProposal) == 0


async def test_a_file_that_is_too_large_is_refused(bench, sign_in, monkeypatch):
    monkeypatch.setattr("desk.notices_api.MOST_BYTES", 1024)
    editor = await sign_in("editor01")

    status, told = await send(editor, b"x" * 5000)

    assert (status, told["error"]["code"]) == (413, "upload_too_large")


async def test_only_editors_bring_see_and_decide_and_only_from_our_page(bench, sign_in):
    editor = await sign_in("editor01")
    notice = await bring(editor)

    for login in ("agent01", "supervisor01", "admin01"):
        page = await sign_in(login)
        assert (await send(page, NOTICE.encode()))[0] == 403
        assert (await page.get("/library/notices")).status == 403
        assert (await page.get(f"/library/notices/{notice['id']}")).status == 403
        for verb in ("accept", "discard"):
            refused = await page.refused(
                f"/library/notices/{notice['id']}/{verb}", {"reason": "试试"}
            )
            assert refused["status"] == 403
    editor.csrf = "forged"
    assert (await send(editor, TEXT.encode()))[0] == 403


async def test_forms_that_are_wrong_and_notices_that_are_not_there_are_refused(bench, sign_in):
    editor = await sign_in("editor01")
    notice = await bring(editor)
    accept = f"/library/notices/{notice['id']}/accept"

    wrong = (
        {"document": notice["document"] | {"id": "Bad Id"}},
        {"document": notice["document"] | {"issued_on": "2026-02-30"}},
        {"document": notice["document"] | {"state": "in_force"}},
        {"skeletons": [{"key": "1", "id": "../x"}]},
        {"publish": True},
    )

    for form in wrong:
        assert (await editor.refused(accept, form))["code"] == "desk_form_invalid"
    assert (await editor.refused("/library/notices/999/accept", {}))["code"] == "notice_unknown"
    assert (await editor.get("/library/notices/999")).status == 404
    assert (await editor.read(f"/library/notices/{notice['id']}"))["state"] == "open"
