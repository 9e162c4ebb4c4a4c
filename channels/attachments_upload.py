"""A file that a taxpayer sends (上传附件): read in pieces, no further than may be taken."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from appeals.attachments import OpenedFile
from appeals.attachments_cleaning import MEGABYTE, MOST_BYTES, CleanFile, clean_file
from appeals.errors import AttachmentTooLarge
from channels.keys import SERVICES
from channels.web_requests import FieldInvalid

#: One file at a time is unfolded in a process: each may need a lot of memory.
IN_TURN = web.AppKey("attachments_in_turn", asyncio.Semaphore)
_MOST_PARTS = 5
_MOST_FIELD = 200
_CHUNK = 1 << 16


@dataclass(frozen=True)
class Upload:
    """The fields that came before the file, and the file, still unread."""

    fields: dict[str, str]
    part: BodyPartReader


async def open_upload(request: web.Request) -> Upload:
    """Read a multipart form up to its ``file``: whoever may not send it is refused before.

    Raises:
        FieldInvalid: It is no such form, or broken, or the file is not its last field.
        AttachmentTooLarge: It says itself that it is larger than may be.
    """
    if request.content_type != "multipart/form-data":
        raise FieldInvalid(field="file")
    if (request.content_length or 0) > MOST_BYTES + MEGABYTE:
        raise _too_large()
    fields: dict[str, str] = {}
    try:
        reader = await request.multipart()
        for _ in range(_MOST_PARTS):
            part = await reader.next()
            if not isinstance(part, BodyPartReader):
                break
            if part.name == "file":
                return Upload(fields, part)
            fields[str(part.name)] = (await _read(part, _MOST_FIELD)).decode()
    except (ValueError, AssertionError) as error:
        raise FieldInvalid(field="file") from error
    raise FieldInvalid(field="file")


async def cleaned(request: web.Request, upload: Upload) -> CleanFile:
    """Read the file, and make it harmless off the event loop.

    Raises:
        AttachmentTooLarge: It is larger than may be; the rest of it is never read.
        AttachmentRefused: It is not what can be taken.
        FieldInvalid: The form is broken.
    """
    try:
        content = await _read(upload.part, MOST_BYTES)
    except (ValueError, AssertionError) as error:
        raise FieldInvalid(field="file") from error
    async with request.app[IN_TURN]:
        return await asyncio.get_running_loop().run_in_executor(
            request.app[SERVICES].executor, clean_file, content, upload.part.filename or ""
        )


def file_response(file: OpenedFile) -> web.Response:
    """Hand a file out so that no browser runs, guesses or keeps it."""
    return web.Response(body=file.content, headers=file.headers)


async def _read(part: BodyPartReader, most_bytes: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK):
        content += chunk
        if len(content) > most_bytes:
            raise _too_large()
    return bytes(content)


def _too_large() -> AttachmentTooLarge:
    return AttachmentTooLarge(most=MOST_BYTES // MEGABYTE)
