"""A file that an officer sends (上传文件): its bytes within a limit, and the fields beside it."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiohttp import BodyPartReader, web

from core.errors import InvalidInput
from desk.errors import DeskFormInvalid

_MOST_FIELD = 1000
_MOST_PARTS = 10


class UploadTooLarge(InvalidInput):
    """The file is larger than can be taken (文件太大)."""

    code = "upload_too_large"
    status = 413


@dataclass
class Upload:
    """One file with its name, and the other fields of the form."""

    name: str = ""
    content: bytes = b""
    fields: dict[str, str] = field(default_factory=dict)


async def read_upload(request: web.Request, *, most_bytes: int) -> Upload:
    """Read a multipart form with one ``file``.

    Raises:
        DeskFormInvalid: It is no such form, or broken.
        UploadTooLarge: The file is larger than ``most_bytes``.
    """
    if request.content_type != "multipart/form-data":
        raise DeskFormInvalid(field="file")
    upload = Upload()
    try:
        reader = await request.multipart()
        for _ in range(_MOST_PARTS):
            part = await reader.next()
            if part is None:
                break
            if not isinstance(part, BodyPartReader):
                raise DeskFormInvalid(field="file")
            if part.name == "file":
                upload.name = (part.filename or "")[:200]
                upload.content = await _read(part, most_bytes)
            else:
                content = await _read(part, _MOST_FIELD)
                upload.fields[str(part.name)] = content.decode("utf-8")
    except ValueError as error:
        raise DeskFormInvalid(field="file") from error
    if not upload.name or not upload.content:
        raise DeskFormInvalid(field="file")
    return upload


async def _read(part: BodyPartReader, most_bytes: int) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(1 << 16):
        content += chunk
        if len(content) > most_bytes:
            raise UploadTooLarge(most=most_bytes // (1024 * 1024))
    return bytes(content)
