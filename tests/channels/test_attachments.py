"""Attachments over HTTP: by number and check code, in the talk, and who is refused."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from aiohttp import FormData
from PIL import Image
from web_door import API, Door, check_against_spec

from appeals.access import WRONG_CODES_ALLOWED, access_appeal_for_staff, list_appeals_for
from appeals.attachments import MOST_FILES
from appeals.filing import file_appeal
from appeals.kinds import load_kinds
from appeals.moves import withdraw_appeal
from appeals.tables import AppealAttachment
from core.audit import visitor_actor
from core.database import reading, transaction
from tests.appeals.attachment_files import SECRETS, jpeg, pdf, png

TALKS, CASES = "/conversation/attachments", "/appeals/attachments"


def form(content: bytes | Any, name: str = "截图.png", **fields: str) -> FormData:
    """A form as the page sends it: the fields first, the file last."""
    made = FormData(quote_fields=False)  # browsers send names in UTF-8
    for field, value in fields.items():
        made.add_field(field, value)
    made.add_field("file", content, filename=name, content_type="application/octet-stream")
    return made


async def fetched(door: Door, method: str, path: str, **more: Any) -> tuple[Any, bytes]:
    """Get a file; the answer's head and body."""
    headers = {"X-RunMiao-Conversation": door.token}
    async with door.client.request(method, API + path, headers=headers, **more) as response:
        return response, await response.read()


@pytest.fixture
async def talk(door: Door) -> Door:
    """A visitor who has opened the page."""
    await door.open()
    return door


@pytest.fixture
def file(services: Any) -> Callable[..., dict[str, str]]:
    """File an appeal; number and check code."""

    def one(identity_key: str = "web:somebody") -> dict[str, str]:
        with transaction(services.sessions) as session:
            filed = file_appeal(
                session, identity_key=identity_key, conversation_id=None, enterprise_id=None,
                kind="system_fault", subject="打不开", detail="电子税务局打不开", contact=None,
                evidence=[], keys=services.keys, now=services.clock(), kinds=load_kinds(),
            )  # fmt: skip
            return {"number": filed.appeal.number, "check_code": filed.check_code}

    return one


def identity_of(door: Door) -> str:
    with reading(door.services.sessions) as session:
        return door.conversation(session).identity_key


def stored(door: Door) -> list[AppealAttachment]:
    with reading(door.services.sessions) as session:
        return list(session.query(AppealAttachment).order_by(AppealAttachment.id))


async def test_a_picture_waits_in_the_talk_and_goes_along_with_the_appeal(talk: Door, file):
    status, added = await talk.call("POST", TALKS, data=form(jpeg(), "照片13800138000.jpg"))
    _, waiting = await talk.call("GET", TALKS)
    filed = file(identity_of(talk))
    _, after = await talk.call("GET", TALKS)
    _, view = await talk.call("POST", "/appeals/status", filed)

    assert status == 201 and added["attachment"]["name"] == "照片138_8000.jpg"
    assert waiting["attachments"] == [added["attachment"]]
    assert after["attachments"] == [] and view["attachments"] == [added["attachment"]]


async def test_what_is_handed_out_is_clean_and_no_browser_runs_it(door: Door, file):
    key = file()
    _, added = await door.call("POST", CASES, data=form(jpeg(6), **key))
    path = f"{CASES}/{added['attachment']['id']}"
    response, content = await fetched(door, "POST", path, json=key)

    assert response.status == 200 and response.headers["Content-Type"] == "image/jpeg"
    assert response.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert not [secret for secret in SECRETS if secret in content]
    assert Image.open(BytesIO(content)).size == (40, 60)
    assert len(content) == added["attachment"]["size"]


async def test_a_pdf_is_handed_out_as_one_whatever_it_said_it_was(door: Door, file):
    key = file()
    _, added = await door.call("POST", CASES, data=form(pdf(), "申报表.pdf", **key))
    response, content = await fetched(
        door, "POST", f"{CASES}/{added['attachment']['id']}", json=key
    )

    assert added["attachment"]["kind"] == "pdf"
    assert response.headers["Content-Type"] == "application/pdf" and content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"<html><script>alert(1)</script>", "a.jpg", "page"),
        (b"", "a.jpg", "empty"),
        (png()[:100], "a.png", "broken_picture"),
        (pdf(script="app.alert(1)"), "a.pdf", "script"),
        (png(), "a.pdf", "mismatch"),
    ],
)
async def test_what_is_not_what_it_says_is_refused_in_words(talk: Door, content, name, why):
    status, data = await talk.call("POST", TALKS, data=form(content, name))

    assert (status, data["error"]["code"]) == (422, "attachment_refused")
    assert data["error"]["details"]["why"] == why and "上传" in data["error"]["message"]
    assert stored(talk) == []


async def test_fifty_megabytes_are_refused_before_they_are_sent(talk: Door):
    status, data = await talk.call("POST", TALKS, data=form(BytesIO(bytes(50 << 20)), "a.jpg"))

    assert (status, data["error"]["code"]) == (413, "attachment_too_large")
    assert stored(talk) == []


async def test_of_fifty_megabytes_without_a_length_only_the_first_ten_are_read(talk: Door):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield (
            b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
            b"\xff\xd8\xff"
        )
        while sent < 50 << 20:
            sent += 1 << 18
            yield bytes(1 << 18)
            await asyncio.sleep(0)

    headers = {
        "Content-Type": "multipart/form-data; boundary=x",
        "X-RunMiao-Conversation": talk.token,
    }
    try:
        async with talk.client.post(API + TALKS, data=endless(), headers=headers) as response:
            data = await response.json()
            check_against_spec("POST", API + TALKS, response.status, data)
            assert (response.status, data["error"]["code"]) == (413, "attachment_too_large")
    except ConnectionError:
        assert sent < 50 << 20, "the door hung up while the rest was still coming"
    assert stored(talk) == []


async def test_another_visitor_sees_and_removes_nothing(talk: Door, file):
    _, added = await talk.call("POST", TALKS, data=form(png()))
    mine, path = talk.token, f"{TALKS}/{added['attachment']['id']}"
    other = Door(talk.client, talk.services)
    await other.open()

    _, theirs = await other.call("GET", TALKS)
    seen, _ = await other.call("GET", path)
    removed, _ = await other.call("DELETE", path)
    nobody, _ = await Door(talk.client, talk.services).call("GET", path)
    response, _ = await fetched(talk, "GET", path)

    assert theirs["attachments"] == [] and (seen, removed, nobody) == (404, 404, 401)
    assert talk.token == mine and response.status == 200
    assert (await talk.call("DELETE", path))[0] == 200 and stored(talk) == []


async def test_a_file_of_one_appeal_is_not_shown_for_the_code_of_another(door: Door, file):
    mine, theirs = file("web:one"), file("web:two")
    _, added = await door.call("POST", CASES, data=form(png(), **mine))

    status, data = await door.call("POST", f"{CASES}/{added['attachment']['id']}", theirs)

    assert (status, data["error"]["code"]) == (404, "attachment_not_found")


async def test_five_wrong_codes_lock_the_number_for_files_too(door: Door, file):
    key = file()
    wrong = {**key, "check_code": "WRONG2"}
    for _ in range(WRONG_CODES_ALLOWED):
        status, data = await door.call("POST", CASES, data=form(png(), **wrong))
        assert (status, data["error"]["code"]) == (404, "check_code_wrong")

    status, data = await door.call("POST", CASES, data=form(png(), **key))
    assert (status, data["error"]["code"]) == (429, "check_code_locked")
    status, data = await door.call("POST", f"{CASES}/1", key)
    assert (status, data["error"]["code"]) == (429, "check_code_locked")
    door.services.clock.at += timedelta(minutes=31)
    assert (await door.call("POST", CASES, data=form(png(), **key)))[0] == 201


async def test_a_file_before_its_code_is_never_read(door: Door, file):
    key, made = file(), form(png())
    for name, value in key.items():
        made.add_field(name, value)

    status, data = await door.call("POST", CASES, data=made)

    assert (status, data["error"]["code"]) == (422, "field_invalid") and stored(door) == []


async def test_a_withdrawn_appeal_takes_none(door: Door, file):
    key = file()
    with transaction(door.services.sessions) as session:
        appeal = access_appeal_for_staff(session, number=key["number"])
        actor = visitor_actor(appeal.identity_key)
        withdraw_appeal(session, appeal=appeal, actor=actor, now=door.services.clock())

    status, data = await door.call("POST", CASES, data=form(png(), **key))

    assert (status, data["error"]["code"]) == (409, "appeal_move_refused")
    assert "已撤回" in data["error"]["message"] and "补充附件" in data["error"]["message"]


async def test_nine_wait_and_the_tenth_is_refused(talk: Door):
    for size in range(MOST_FILES):
        status, _ = await talk.call("POST", TALKS, data=form(png(size=(20 + size, 20))))
        assert status == 201
    status, data = await talk.call("POST", TALKS, data=form(png(size=(50, 50))))

    assert (status, data["error"]["code"]) == (409, "too_many_attachments")


async def test_too_many_uploads_in_a_minute_are_put_off(talk: Door):
    for _ in range(20):
        await talk.call("POST", TALKS, data=form(b"x"))
    status, data = await talk.call("POST", TALKS, data=form(b"x"))

    assert (status, data["error"]["code"]) == (429, "rate_limited")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "application/json"}, b"{}"),
        ({"Content-Type": "multipart/form-data"}, b"x"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"no boundary in here"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"--x--\r\n"),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ncut off',
        ),
        (
            {"Content-Type": "multipart/form-data; boundary=x"},
            b'--x\r\nContent-Disposition: form-data; name="note"\r\n\r\n\xff\xfe\r\n--x--\r\n',
        ),
    ],
)
async def test_broken_forms_are_refused_in_words(talk: Door, headers, body):
    status, data = await talk.call("POST", TALKS, data=body, headers=headers)

    assert status in (400, 422) and data["error"]["message"]
    assert stored(talk) == []


async def test_who_goes_away_in_the_middle_leaves_nothing(talk: Door):
    port = talk.client.port
    head = (
        f"POST {API}{TALKS} HTTP/1.1\r\nHost: x\r\nX-RunMiao-Conversation: {talk.token}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 90000\r\n\r\n"
    )
    with closing(socket.create_connection(("127.0.0.1", port))) as line:
        line.sendall(head.encode() + b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n')
        line.sendall(png())
    await asyncio.sleep(0.3)

    assert stored(talk) == []
    assert (await talk.call("POST", TALKS, data=form(png())))[0] == 201


async def test_what_was_filed_is_in_what_is_handed_out_of_my_data(talk: Door, file):
    await talk.call("POST", TALKS, data=form(png()))
    file(identity_of(talk))
    _, told = await talk.call("GET", "/conversation/my-data/export")

    [appeal] = told["appeals"]
    assert [each["name"] for each in appeal["attachments"]] == ["截图.jpg"]
    with reading(talk.services.sessions) as session:
        assert list_appeals_for(session, identity_keys=[identity_of(talk)])
