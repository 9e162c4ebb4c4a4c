"""Attachments at the desk: who opens and adds them, what the filer sees, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import FormData
from sqlalchemy import select

from appeals.access import access_appeal_for_staff, list_appeals_for
from appeals.attachments import attach_file
from appeals.tables import Appeal, AppealAttachment
from core.audit import AuditLine, visitor_actor
from core.database import reading, transaction
from tests.appeals.attachment_files import SECRETS, clean, jpeg, pdf, png
from tests.desk.bench import API, Bench, Page


def form(content: bytes, name: str = "系统截图.png", **fields: str) -> FormData:
    made = FormData(quote_fields=False)
    for field, value in fields.items():
        made.add_field(field, value)
    made.add_field("file", content, filename=name)
    return made


async def send(page: Page, number: str, data: FormData, csrf: str | None = None) -> tuple[int, Any]:
    headers = {"X-CSRF-Token": page.csrf if csrf is None else csrf}
    path = f"{API}/appeals/{number}/attachments"
    async with page.client.post(path, data=data, headers=headers) as response:
        return response.status, await response.json()


def brought_by_the_filer(bench: Bench, number: str) -> int:
    with transaction(bench.sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        return attach_file(
            session,
            appeal=appeal,
            file=clean("照片.jpg", jpeg()),
            actor=visitor_actor(appeal.identity_key),
            keys=bench.keys,
            now=bench.clock(),
        ).id


def public_names(bench: Bench, number: str) -> list[str]:
    with reading(bench.sessions) as session:
        appeal = access_appeal_for_staff(session, number=number)
        views = list_appeals_for(session, identity_keys=[appeal.identity_key])
        return [each.name for view in views for each in view.attachments if view.number == number]


async def test_staff_open_what_the_filer_brought_and_that_is_audited(bench, sign_in):
    number = bench.appeal()
    file_id = brought_by_the_filer(bench, number)
    agent = await sign_in("agent01")

    [row] = (await agent.read(f"/appeals/{number}"))["attachments"]
    response = await agent.get(f"/appeals/{number}/attachments/{file_id}")
    content = await response.read()

    assert (row["id"], row["name"], row["by"], row["is_internal"]) == (
        file_id, "照片.jpg", "filer", False
    )  # fmt: skip
    assert response.headers["Content-Type"] == "image/jpeg" and len(content) == row["size"]
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert not [secret for secret in SECRETS if secret in content]
    with reading(bench.sessions) as session:
        seen = select(AuditLine).where(AuditLine.deed == "appeals.attachment.seen")
        [line] = session.scalars(seen).all()
    assert (line.actor, line.subject) == ("staff:agent01", f"appeal:{number}")
    assert line.data == {"attachment": file_id}


async def test_an_officer_adds_one_for_staff_and_one_for_the_filer(bench, sign_in):
    number, agent = bench.appeal(), await sign_in("agent01")
    await agent.do(f"/appeals/{number}/accept", {"version": 1})

    kept = await send(agent, number, form(png(), "内部核查.png"))
    shown = await send(agent, number, form(pdf(), "退税须知.pdf", internal="0"))
    view = await agent.read(f"/appeals/{number}")

    assert (kept[0], kept[1]["attachment"]["is_internal"]) == (201, True)
    assert (shown[0], shown[1]["attachment"]["kind"]) == (201, "pdf")
    assert [(each["by"], each["is_internal"]) for each in view["attachments"]] == [
        ("bureau", True), ("bureau", False)
    ]  # fmt: skip
    assert public_names(bench, number) == ["退税须知.pdf"]
    assert view["chain"]["holds"]
    assert not {each["verb"] for each in view["actions"]} & {"attach", "enclose", "keep-file"}


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"<html></html>", "a.jpg", 422, "attachment_refused"),
        (png()[:90], "a.png", 422, "attachment_refused"),
        (b"", "a.png", 422, "desk_form_invalid"),
        (bytes(11 << 20), "a.jpg", 413, "upload_too_large"),
    ],
)
async def test_what_cannot_be_taken_is_refused_in_words(
    bench, sign_in, content, name, status, code
):
    number, agent = bench.appeal(), await sign_in("agent01")

    given, body = await send(agent, number, form(content, name))

    assert (given, body["error"]["code"]) == (status, code) and body["error"]["message"]
    with reading(bench.sessions) as session:
        assert session.scalars(select(AppealAttachment)).all() == []


async def test_nobody_else_opens_or_adds_one(bench, sign_in, open_page):
    number = bench.appeal()
    path = f"/appeals/{number}/attachments/{brought_by_the_filer(bench, number)}"
    agent, editor, nobody = await sign_in("agent01"), await sign_in("editor01"), open_page()

    assert (await editor.get(path)).status == 403
    assert (await nobody.get(path)).status == 401
    assert (await agent.get(f"/appeals/{number}/attachments/999")).status == 404
    other = bench.appeal(detail="另一件事")
    assert (await agent.get(path.replace(number, other))).status == 404
    assert (await send(editor, number, form(png())))[0] == 403
    assert (await send(agent, number, form(png()), csrf="forged"))[0] == 403


async def test_a_colleagues_case_takes_nothing_for_its_filer_and_a_closed_one_nothing(
    bench, sign_in
):
    number = bench.appeal()
    agent, colleague = await sign_in("agent01"), await sign_in("agent02")
    await agent.do(f"/appeals/{number}/accept", {"version": 1})

    status, body = await send(colleague, number, form(png(), internal="0"))
    kept, _ = await send(colleague, number, form(png()))
    assert (status, body["error"]["code"], kept) == (403, "appeal_held_by_colleague", 201)

    refused = bench.appeal(detail="另一件事")
    await agent.do(f"/appeals/{refused}/refuse", {"version": 1, "note": "不归税务管"})
    status, body = await send(agent, refused, form(png()))
    assert (status, body["error"]["code"]) == (409, "appeal_move_refused")
    with reading(bench.sessions) as session:
        assert session.scalars(select(Appeal.number)).all()
