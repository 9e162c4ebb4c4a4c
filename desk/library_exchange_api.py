"""The library brought and taken along at the desk (条目导入导出接口)."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from aiohttp import web
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.clock import china_date
from core.database import in_transaction, reading
from core.errors import InvalidInput, ServiceError
from core.messages import sentence_for
from desk.door import for_staff, tell_desk
from desk.errors import DeskDatabaseGone, Unexpected
from desk.keys import SERVICES
from desk.sessions import Officer
from desk.uploads import Upload, read_upload
from knowledge_base.exchange.archive import MOST_BYTES
from knowledge_base.exchange.columns import words
from knowledge_base.exchange.exchange import FORMATS, read_file, write_file
from knowledge_base.exchange.faults import ExchangeRefused
from knowledge_base.exchange.taking_along import WHICH, library_of
from knowledge_base.exchange.taking_over import TakenOver, registered_documents, take_over

logger = logging.getLogger(__name__)

#: One import or export at a time in a process: each may need a lot of memory.
IN_TURN = web.AppKey("library_exchange_in_turn", asyncio.Semaphore)
#: So many faults and changes are told; the counts tell of the rest.
MOST_TOLD = 500
_ENDINGS = {"xlsx": ".xlsx", "csv": ".csv.zip", "yaml": ".yaml.zip"}
_CHUNK = 1 << 18
Tell = Callable[[str, int, int], None]


@for_staff("editor")
async def import_library(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/import: JSON lines, progress first, the result or the error last."""
    upload = await read_upload(request, most_bytes=MOST_BYTES)
    dry_run = upload.fields.get("dry_run", "true") != "false"
    lines: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def tell(step: str, done: int, total: int) -> None:
        line = {"step": step, "label": words()["steps"][step], "done": done, "total": total}
        loop.call_soon_threadsafe(lines.put_nowait, line)

    async def work() -> None:
        async with request.app[IN_TURN]:
            lines.put_nowait(await _import(request, upload, officer, dry_run=dry_run, tell=tell))
        lines.put_nowait(None)

    working = asyncio.create_task(work())
    response = web.StreamResponse(
        headers={"Content-Type": "application/x-ndjson", "Cache-Control": "no-store"}
    )
    await response.prepare(request)
    while (line := await lines.get()) is not None:
        # Whoever goes away has still brought the file: it is taken over to the end.
        with suppress(ConnectionError):
            await response.write(_line(line))
    await working
    with suppress(ConnectionError):
        await response.write_eof()
    return response


def _line(data: dict[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode() + b"\n"


async def _import(
    request: web.Request, upload: Upload, officer: Officer, *, dry_run: bool, tell: Tell
) -> dict[str, Any]:
    """Take the file over off the event loop; returns the last line of the answer."""
    services = request.app[SERVICES]

    def take(session: Session, brought: Any) -> TakenOver:
        return take_over(
            session,
            brought,
            source=hashlib.sha256(upload.content).hexdigest(),
            editor=officer.login,
            now=services.clock(),
            progress=tell,
            dry_run=dry_run,
        )

    def work() -> TakenOver:
        with reading(services.sessions) as session:
            registered = registered_documents(session)
        brought = read_file(upload.content, upload.name, registered=registered, progress=tell)
        if dry_run:
            with reading(services.sessions) as session:
                return take(session, brought)
        return in_transaction(services.sessions, lambda session: take(session, brought))

    try:
        done = await asyncio.get_running_loop().run_in_executor(services.executor, work)
    except ServiceError as error:
        return _told(error)
    except DBAPIError:
        logger.exception("the database failed")
        return _told(DeskDatabaseGone())
    except Exception:
        logger.exception("unexpected error in an import")
        return _told(Unexpected())
    if not dry_run:
        tell_desk(request, "library")
    return {"result": {"dry_run": dry_run, **done.to_json(MOST_TOLD)}}


def _told(error: ServiceError) -> dict[str, Any]:
    details = error.details
    if isinstance(error, ExchangeRefused):
        faults = [each.to_json() for each in error.faults[:MOST_TOLD]]
        details = {"count": len(error.faults), "faults": faults}
    return {
        "error": {
            "status": error.status,
            "code": error.code,
            "message": sentence_for(error),
            "details": details,
        }
    }


@for_staff("editor", "supervisor")
async def export_library(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/export?format=xlsx|csv|yaml&which=published|latest."""
    format = request.query.get("format", "xlsx")
    which = request.query.get("which", WHICH[0])
    if format not in FORMATS:
        raise InvalidInput(field="format", reason=f"格式只能是 {'、'.join(FORMATS)}")
    if which not in WHICH:
        raise InvalidInput(field="which", reason=f"范围只能是 {'、'.join(WHICH)}")
    services = request.app[SERVICES]

    def work() -> bytes:
        with reading(services.sessions) as session:
            entries, documents = library_of(session, which=which)
        return write_file(entries, documents, format=format)

    day = china_date(services.clock()).isoformat()
    return await _send(request, work, f"{words()['file_names'][which]}-{day}{_ENDINGS[format]}")


@for_staff("editor", "supervisor")
async def show_template(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/template: an empty workbook with help and choices."""
    name = f"{words()['file_names']['template']}.xlsx"
    return await _send(request, lambda: write_file([], [], format="xlsx"), name)


async def _send(request: web.Request, work: Callable[[], bytes], name: str) -> web.StreamResponse:
    """Make a file off the event loop and send it in pieces."""
    async with request.app[IN_TURN]:
        content = await asyncio.get_running_loop().run_in_executor(
            request.app[SERVICES].executor, work
        )
    response = web.StreamResponse(
        headers={
            "Content-Type": "application/octet-stream",
            "Content-Length": str(len(content)),
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
    )
    await response.prepare(request)
    for start in range(0, len(content), _CHUNK):
        await response.write(content[start : start + _CHUNK])
    await response.write_eof()
    return response
