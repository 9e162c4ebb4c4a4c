"""Attachments at the desk (附件接口): opened by staff, audited; added for the filer or staff."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from appeals.access import access_appeal_for_staff
from appeals.attachments import (
    OpenedFile,
    check_room,
    enclose_file,
    is_from_bureau,
    list_files,
    open_file_for_staff,
)
from appeals.attachments_cleaning import MOST_BYTES, clean_file
from appeals.tables import Appeal, AppealAttachment, Verb
from desk.appeal_moves import doer_of_officer
from desk.door import answer, change, for_staff, look, tell_desk
from desk.keys import SERVICES
from desk.roles import AGENTS, WATCHERS
from desk.sessions import Officer
from desk.uploads import read_upload

#: One file at a time is unfolded in a process: each may need a lot of memory.
IN_TURN = web.AppKey("desk_attachments_in_turn", asyncio.Semaphore)


@for_staff(*WATCHERS)
async def show_attachment(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /appeals/{number}/attachments/{id}: the file, only to be kept, never run; audited."""
    services, number = request.app[SERVICES], request.match_info["number"]

    def work(session: Session) -> OpenedFile:
        return open_file_for_staff(
            session,
            appeal=access_appeal_for_staff(session, number=number),
            file_id=int(request.match_info["id"]),
            actor=officer.actor,
            keys=services.keys,
            now=services.clock(),
        )

    file = await change(request, work)
    return web.Response(body=file.content, headers=file.headers)


@for_staff(*AGENTS)
async def add_attachment(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /appeals/{number}/attachments: ``file``; ``internal`` is 0 for one the filer sees."""
    services, number = request.app[SERVICES], request.match_info["number"]
    upload = await read_upload(request, most_bytes=MOST_BYTES)
    is_internal = upload.fields.get("internal", "1") != "0"
    doer = doer_of_officer(officer)

    def check(session: Session) -> None:
        verb = Verb.KEEP_FILE if is_internal else Verb.ENCLOSE
        appeal = access_appeal_for_staff(session, number=number)
        check_room(session, appeal=appeal, verb=verb, actor=doer)

    await look(request, check)
    async with request.app[IN_TURN]:
        file = await asyncio.get_running_loop().run_in_executor(
            services.executor, clean_file, upload.content, upload.name
        )

    def work(session: Session) -> dict[str, Any]:
        added = enclose_file(
            session,
            appeal=access_appeal_for_staff(session, number=number),
            file=file,
            is_internal=is_internal,
            actor=doer,
            keys=services.keys,
            now=services.clock(),
        )
        return attachment_row(added)

    added = await change(request, work)
    tell_desk(request, "appeal", number=number)
    return answer({"attachment": added}, status=201)


def attachment_rows(session: Session, appeal: Appeal) -> list[dict[str, Any]]:
    """Every file of a case, oldest first, as the page lists them."""
    return [attachment_row(each) for each in list_files(session, appeal=appeal)]


def attachment_row(file: AppealAttachment) -> dict[str, Any]:
    """One file, without its content."""
    return {
        "id": file.id,
        "name": file.name,
        "kind": file.kind.value,
        "size": file.size,
        "at": file.at.isoformat(),
        "by": "bureau" if is_from_bureau(file) else "filer",
        "is_internal": file.is_internal,
    }
