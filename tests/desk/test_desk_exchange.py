"""Bringing and taking the library along at the desk: files, progress, faults, rights."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from aiohttp import FormData
from openpyxl import load_workbook
from sqlalchemy import func, select

from core.database import reading
from knowledge_base.store import current_revision, published_entries
from knowledge_base.tables import LibraryEntry, LibraryVersion
from tests.desk.bench import API, Page

ENTRY = "vat-small-scale-threshold"


def form(content: bytes, name: str = "条目.xlsx", **fields: str) -> FormData:
    data = FormData()
    for field, value in fields.items():
        data.add_field(field, value)
    data.add_field("file", content, filename=name)
    return data


async def bring(page: Page, content: bytes, **fields: str) -> list[dict[str, Any]]:
    """Send a file; returns the lines of the answer."""
    response = await page.client.post(
        f"{API}/library/import", data=form(content, **fields), headers={"X-CSRF-Token": page.csrf}
    )
    assert response.status == 200, await response.text()
    assert response.content_type == "application/x-ndjson"
    return [json.loads(line) for line in (await response.text()).splitlines()]


async def take_along(page: Page, query: str) -> bytes:
    response = await page.get(f"/library/{query}")
    assert response.status == 200, await response.text()
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    return await response.read()


def edited(content: bytes, question: str) -> bytes:
    book = load_workbook(io.BytesIO(content))
    for row in book["条目"].iter_rows(min_row=2):
        if row[0].value == ENTRY:
            row[1].value = question
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def versions(bench: Any) -> int:
    with reading(bench.sessions) as session:
        return session.scalar(select(func.count(LibraryVersion.id))) or 0


async def test_an_edited_workbook_is_tried_out_and_then_becomes_a_draft(bench, sign_in):
    editor = await sign_in("editor01")
    content = edited(await take_along(editor, "export?format=xlsx"), "改过的问题要怎么问呢？")
    before = versions(bench)

    *progress, tried = await bring(editor, content, dry_run="true")
    unchanged = versions(bench)
    *_, done = await bring(editor, content, dry_run="false")

    assert {"read", "check", "save"} <= {line["step"] for line in progress}
    assert all(line["label"] and line["done"] <= line["total"] for line in progress)
    result = tried["result"]
    assert (result["dry_run"], unchanged) == (True, before)
    [change] = result["entries"]["changed"]
    assert (change["id"], change["version"], change["fields"]) == (ENTRY, 2, ["标准问题"])
    assert done["result"]["entries"] == result["entries"]
    view = await editor.read(f"/library/{ENTRY}")
    assert (view["version"], view["published_version"]) == (2, 1)
    assert view["question"] == "改过的问题要怎么问呢？"
    assert view["versions"][0]["editor"] == "示例编辑"


async def test_nothing_is_published_by_an_import(bench, sign_in):
    editor = await sign_in("editor01")
    content = edited(await take_along(editor, "export?format=xlsx"), "改过的问题要怎么问呢？")
    with reading(bench.sessions) as session:
        seen = current_revision(session)

    await bring(editor, content, dry_run="false")

    with reading(bench.sessions) as session:
        assert current_revision(session) == seen
        assert {version for _, version in published_entries(session)} == {1}


async def test_faults_are_told_with_sheet_row_and_column_and_nothing_comes_in(bench, sign_in):
    editor = await sign_in("editor01")
    book = load_workbook(io.BytesIO(await take_along(editor, "template")))
    book["条目"].append(["kites", "风筝要报备吗", "service", None, None, None, "2026-13-01"])
    target = io.BytesIO()
    book.save(target)

    *_, last = await bring(editor, target.getvalue(), dry_run="false")

    error = last["error"]
    assert (error["status"], error["code"]) == (422, "exchange_refused")
    assert error["details"]["count"] == len(error["details"]["faults"]) >= 4
    fault = next(each for each in error["details"]["faults"] if each["code"] == "no_such_day")
    assert (fault["place"], fault["row"], fault["column"]) == ("条目", 2, "核对日期")
    with reading(bench.sessions) as session:
        assert session.get(LibraryEntry, "kites") is None


async def test_what_is_no_file_of_ours_is_refused_with_a_sentence(bench, sign_in):
    editor = await sign_in("editor01")

    *_, last = await bring(editor, b"hello", dry_run="true")

    assert last["error"]["details"]["faults"][0]["code"] == "wrong_file"


async def test_a_body_that_is_no_form_with_a_file_is_refused(bench, sign_in):
    editor = await sign_in("editor01")

    as_json = await editor.refused("/library/import", {"file": "x"})
    response = await editor.client.post(
        f"{API}/library/import",
        data=form(b"", dry_run="true"),
        headers={"X-CSRF-Token": editor.csrf},
    )

    assert as_json["code"] == "desk_form_invalid"
    assert response.status == 400 or response.status == 422


async def test_a_file_that_is_too_large_is_refused(bench, sign_in, monkeypatch):
    monkeypatch.setattr("desk.library_exchange_api.MOST_BYTES", 1024)
    editor = await sign_in("editor01")

    response = await editor.client.post(
        f"{API}/library/import",
        data=form(b"PK" + b"x" * 5000),
        headers={"X-CSRF-Token": editor.csrf},
    )

    assert response.status == 413
    assert (await response.json())["error"]["code"] == "upload_too_large"


async def test_only_editors_bring_and_only_with_the_pages_token(bench, sign_in):
    agent, supervisor = await sign_in("agent01"), await sign_in("supervisor01")
    editor = await sign_in("editor01")

    for page in (agent, supervisor):
        response = await page.client.post(
            f"{API}/library/import", data=form(b"PK"), headers={"X-CSRF-Token": page.csrf}
        )
        assert response.status == 403
    forged = await editor.client.post(f"{API}/library/import", data=form(b"PK"))
    assert forged.status == 403
    assert (await agent.get("/library/export")).status == 403
    assert (await supervisor.get("/library/export?format=csv")).status == 200


async def test_every_format_is_exported_and_a_wrong_one_is_explained(bench, sign_in):
    editor = await sign_in("editor01")

    csv = await take_along(editor, "export?format=csv&which=latest")
    yaml = await take_along(editor, "export?format=yaml")

    with zipfile.ZipFile(io.BytesIO(csv)) as archive:
        assert "条目.csv" in archive.namelist() and "说明.csv" in archive.namelist()
    with zipfile.ZipFile(io.BytesIO(yaml)) as archive:
        assert f"entries/vat/{ENTRY}.yml" in archive.namelist()
    for query in ("format=pdf", "which=all"):
        response = await editor.get(f"/library/export?{query}")
        assert response.status == 400
