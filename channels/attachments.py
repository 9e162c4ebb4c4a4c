"""Attachments of taxpayers (附件接口): by number and check code, or in the talk before filing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web
from pydantic import ValidationError
from sqlalchemy.orm import Session

from appeals.access import access_appeal_for_staff
from appeals.attachments import OpenedFile, attach_file, check_room, open_file, open_own_file
from appeals.attachments_pending import (
    check_room_to_wait,
    drop_pending,
    keep_pending,
    list_pending,
)
from appeals.errors import AttachmentNotFound
from appeals.public import public_file
from appeals.tables import Appeal, AppealAttachment, Verb
from channels.appeal_page import LookForm, open_by_code
from channels.attachments_upload import cleaned, file_response, open_upload
from channels.keys import SERVICES
from channels.web_requests import (
    LIMITS,
    FieldInvalid,
    address_of,
    change,
    json_response,
    look,
    read_form,
    seconds,
    token_of,
)
from consultations.talk import access_conversation
from core.audit import visitor_actor


async def add_by_code(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/attachments: number and check code first, the file last."""
    _take_upload(request)
    services, upload = request.app[SERVICES], await open_upload(request)
    number = (await open_by_code(request, _look_form(upload.fields))).number
    request.app[LIMITS].uploads.take(number, now=seconds())
    await look(request, lambda session: _check_room(session, number))
    file = await cleaned(request, upload)

    def work(session: Session) -> dict[str, Any]:
        appeal = access_appeal_for_staff(session, number=number)
        added = attach_file(
            session,
            appeal=appeal,
            file=file,
            actor=_filer(appeal),
            keys=services.keys,
            now=services.clock(),
        )
        return _view(added)

    added = await change(request, work)
    services.hub.tell("desk", "appeal", number=number)
    return json_response({"attachment": added}, status=201)


async def show_by_code(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/attachments/{id}: the file itself, for number and check code."""
    services, file_id = request.app[SERVICES], _id_of(request)
    number = (await open_by_code(request, await read_form(request, LookForm))).number

    def read(session: Session) -> OpenedFile:
        appeal = access_appeal_for_staff(session, number=number)
        return open_file(session, appeal=appeal, file_id=file_id, keys=services.keys)

    return file_response(await look(request, read))


async def add_to_talk(request: web.Request) -> web.Response:
    """POST /api/v1/conversation/attachments: for the next appeal that is filed here."""
    _take_upload(request)
    services, token = request.app[SERVICES], token_of(request)
    identity_key = await look(request, lambda s: access_conversation(s, token).identity_key)
    request.app[LIMITS].uploads.take(identity_key, now=seconds())
    now = services.clock()
    await look(request, lambda s: check_room_to_wait(s, identity_key=identity_key, now=now))
    file = await cleaned(request, await open_upload(request))

    def work(session: Session) -> dict[str, Any]:
        access_conversation(session, token)  # it may have been deleted in the meantime
        kept = keep_pending(
            session,
            identity_key=identity_key,
            file=file,
            keys=services.keys,
            now=services.clock(),
        )
        return _view(kept)

    return json_response({"attachment": await change(request, work)}, status=201)


async def list_of_talk(request: web.Request) -> web.Response:
    """GET /api/v1/conversation/attachments: what will go along with the next appeal."""
    services, token = request.app[SERVICES], token_of(request)

    def read(session: Session) -> list[dict[str, Any]]:
        identity_key = access_conversation(session, token).identity_key
        waiting = list_pending(session, identity_key=identity_key, now=services.clock())
        return [_view(each) for each in waiting]

    return json_response({"attachments": await look(request, read)})


async def show_of_talk(request: web.Request) -> web.Response:
    """GET /api/v1/conversation/attachments/{id}: a file of the visitor's own, filed or not."""
    services, token, file_id = request.app[SERVICES], token_of(request), _id_of(request)
    request.app[LIMITS].actions.take(token or "", now=seconds())

    def read(session: Session) -> OpenedFile:
        identity_key = access_conversation(session, token).identity_key
        return open_own_file(
            session, identity_key=identity_key, file_id=file_id, keys=services.keys
        )

    return file_response(await look(request, read))


async def drop_of_talk(request: web.Request) -> web.Response:
    """DELETE /api/v1/conversation/attachments/{id}: it does not go along after all."""
    token, file_id = token_of(request), _id_of(request)
    request.app[LIMITS].actions.take(token or "", now=seconds())

    def work(session: Session) -> None:
        identity_key = access_conversation(session, token).identity_key
        drop_pending(session, identity_key=identity_key, file_id=file_id)

    await change(request, work)
    return json_response({"deleted": True})


def _take_upload(request: web.Request) -> None:
    request.app[LIMITS].uploads_by_address.take(address_of(request), now=seconds())


def _look_form(fields: dict[str, str]) -> LookForm:
    try:
        return LookForm.model_validate(fields)
    except ValidationError as error:
        raise FieldInvalid(field=str(error.errors()[0]["loc"][0])) from error


def _check_room(session: Session, number: str) -> None:
    appeal = access_appeal_for_staff(session, number=number)
    check_room(session, appeal=appeal, verb=Verb.ATTACH, actor=_filer(appeal))


def _filer(appeal: Appeal) -> str:
    return visitor_actor(appeal.identity_key)


def _id_of(request: web.Request) -> int:
    given = request.match_info["id"]
    if not (given.isascii() and given.isdecimal() and len(given) <= 9):
        raise AttachmentNotFound
    return int(given)


def _view(file: AppealAttachment) -> dict[str, Any]:
    return {**asdict(public_file(file)), "at": file.at.isoformat()}
