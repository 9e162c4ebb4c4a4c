"""The library and wrong answers at the desk (知识库接口)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import AuditLine
from core.clock import china_date, china_time
from core.errors import InvalidInput
from desk.door import Form, answer, change, for_staff, look, page_of, read_form, tell_desk
from desk.errors import RoleNeeded
from desk.keys import SERVICES
from desk.labels import label, say
from desk.library_check import is_broken
from desk.library_forms import NewForm, ReasonForm, SaveForm
from desk.library_moves import (
    DESK_MOVES,
    EDITORS,
    Asked,
    asks_the_gate,
    check_publishable,
    findings_in,
    may,
)
from desk.library_views import entry_view, library_page, preview
from desk.review_views import diff_view, named, rendering_view
from desk.sessions import Officer
from desk.staff import staff_names
from desk.wrong_answers import report_view, reports_page, settle_report
from knowledge_base.files import BrokenEntry, parse
from knowledge_base.schema import Entry
from knowledge_base.store import EntryChanged, EntryMoveNotAllowed, get_entry, save_draft
from knowledge_base.tables import LibraryVersion

READERS = ("editor", "supervisor", "agent")
#: The gate is asked for one publication at a time in a process.
GATE_IN_TURN: web.AppKey[asyncio.Semaphore] = web.AppKey("library_gate", asyncio.Semaphore)


class SettleForm(Form):
    """The verdict on a report."""

    state: Literal["fixed", "right"]
    note: str = Field(min_length=1, max_length=1000)


@for_staff(*READERS)
async def show_library(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library?search=&state=&topic=&mine=1&page=."""
    query = request.query

    def read(session: Session) -> dict[str, Any]:
        return library_page(
            session,
            officer,
            search=query.get("search", "")[:100],
            state=query.get("state") or None,
            topic=query.get("topic") or None,
            mine=query.get("mine") == "1",
            page=page_of(request),
        )

    return answer(await look(request, read))


@for_staff(*READERS)
async def show_entry(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/{id}."""
    return answer(await _entry(request, officer, request.match_info["id"]))


@for_staff(*EDITORS)
async def add_entry(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library: a new entry as a draft."""
    form = await read_form(request, NewForm)
    entry, _ = parse(form.yaml, Entry, "")
    entry_id = entry.id if entry else ""
    await _save(request, officer, form.yaml, entry_id, base_version=None)
    return answer(await _entry(request, officer, entry_id), status=201)


@for_staff(*EDITORS)
async def save_entry(request: web.Request, officer: Officer) -> web.StreamResponse:
    """PUT /library/{id}: a new version, unless it is broken or somebody saved another."""
    form, entry_id = await read_form(request, SaveForm), request.match_info["id"]
    await _save(request, officer, form.yaml, entry_id, base_version=form.version)
    return answer(await _entry(request, officer, entry_id))


async def _save(
    request: web.Request, officer: Officer, text: str, entry_id: str, *, base_version: int | None
) -> None:
    now = request.app[SERVICES].clock()

    def work(session: Session) -> None:
        if base_version is not None:
            _check_fresh(session, entry_id, base_version)
        found = findings_in(session, text, entry_id=entry_id, now=now)
        if is_broken(found):
            raise BrokenEntry(reason=found[0]["message"], findings=found)
        save_draft(
            session, yaml_text=text, base_version=base_version, editor=officer.login, now=now
        )

    await _change_entry(request, work)


def _check_fresh(session: Session, entry_id: str, version: int) -> None:
    row = get_entry(session, entry_id)
    if row.latest_version != version:
        raise EntryChanged(entry=entry_id, version=row.latest_version)


@for_staff()
async def move_entry(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/{id}/{verb}, see ``desk.library_moves``."""
    verb, entry_id = request.match_info["verb"].replace("-", "_"), request.match_info["id"]
    move = DESK_MOVES[verb]
    if not may(officer.roles, verb):
        raise RoleNeeded
    form = await read_form(request, move.form)
    if isinstance(form, ReasonForm) and not form.reason:
        raise InvalidInput(field="reason", reason=say("findings", "reason_needed"))
    now = request.app[SERVICES].clock()
    verdict = None
    if asks_the_gate(verb, form):
        verdict = await _asked_the_gate(request, officer, entry_id, form.version, now)

    def work(session: Session) -> None:
        move.make(Asked(session, entry_id, officer.login, now, verdict), form)

    await _change_entry(request, work)
    return answer(await _entry(request, officer, entry_id))


async def _asked_the_gate(
    request: web.Request, officer: Officer, entry_id: str, version: int, now: datetime
) -> dict[str, Any]:
    """What the gate says of one version; it takes seconds, so only one is asked at a time."""

    def check(session: Session) -> None:
        check_publishable(Asked(session, entry_id, officer.login, now), version)

    await _explained(request, look(request, check))
    services = request.app[SERVICES]
    async with request.app[GATE_IN_TURN]:
        verdict, _ = await asyncio.get_running_loop().run_in_executor(
            services.executor, lambda: services.gate.judge({entry_id: version})
        )
    return verdict


@for_staff(*READERS)
async def show_rendering(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/{id}/rendering?version=."""
    entry_id, version = request.match_info["id"], _version_in(request, "version")
    return answer(await look(request, lambda s: rendering_view(s, entry_id, version)))


@for_staff(*READERS)
async def show_diff(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/{id}/diff?from=&to=."""
    entry_id = request.match_info["id"]
    first, second = (_version_in(request, name) for name in ("from", "to"))
    if first is None or second is None:
        raise InvalidInput(field="from", reason=say("findings", "two_versions"))
    return answer(await look(request, lambda s: diff_view(s, entry_id, first, second)))


def _version_in(request: web.Request, name: str) -> int | None:
    given = request.query.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 7 else None


@for_staff(*READERS)
async def show_preview(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/{id}/preview?period=&version=."""
    services, entry_id = request.app[SERVICES], request.match_info["id"]
    period = request.query.get("period", "")[:40]

    def read(session: Session) -> dict[str, Any]:
        return preview(
            session,
            entry_id,
            version=_version_in(request, "version"),
            period=period,
            today=china_date(services.clock()),
            region=services.bureau.region,
        )

    return answer(await look(request, read))


@for_staff("editor", "supervisor")
async def show_wrong_answers(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /wrong-answers."""
    state = request.query.get("state") or None
    return answer(
        await look(request, lambda s: reports_page(s, state=state, page=page_of(request)))
    )


@for_staff(*EDITORS)
async def settle_wrong_answer(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /wrong-answers/{id}."""
    form, now = await read_form(request, SettleForm), request.app[SERVICES].clock()
    report_id = int(request.match_info["id"])

    def work(session: Session) -> dict[str, Any]:
        report = settle_report(
            session, report_id, state=form.state, note=form.note, by=officer.login, now=now
        )
        return report_view(session, report, staff_names(session))

    settled = await change(request, work)
    tell_desk(request, "counts")
    return answer(settled)


async def _entry(request: web.Request, officer: Officer, entry_id: str) -> dict[str, Any]:
    now = request.app[SERVICES].clock()
    return await look(request, lambda session: entry_view(session, entry_id, officer, now=now))


async def _change_entry(request: web.Request, work: Callable[[Session], None]) -> None:
    """Change an entry; who lost a race is told who won it."""
    await _explained(request, change(request, work))
    tell_desk(request, "library")


async def _explained(request: web.Request, doing: Awaitable[None]) -> None:
    """Wait for something; a refusal of it says who touched the entry last."""
    try:
        await doing
    except (EntryChanged, EntryMoveNotAllowed) as error:
        refused = error
        raise await look(request, lambda session: _told_by_whom(session, refused)) from error


def _told_by_whom(
    session: Session, refused: EntryChanged | EntryMoveNotAllowed
) -> EntryChanged | EntryMoveNotAllowed:
    """The same refusal with who touched the entry last, when and how."""
    entry_id, names = refused.details["entry"], staff_names(session)
    line = session.scalar(
        select(AuditLine)
        .where(
            AuditLine.subject == f"entry:{entry_id}",
            AuditLine.deed.startswith("knowledge_base.entry."),
        )
        .order_by(AuditLine.id.desc())
        .limit(1)
    )
    latest = session.scalar(
        select(LibraryVersion)
        .where(LibraryVersion.entry_id == entry_id)
        .order_by(LibraryVersion.version.desc())
        .limit(1)
    )
    told: dict[str, Any] = {}
    if line is not None and (latest is None or line.at >= latest.created_at):
        deed = label("library_deeds", line.deed.rpartition(".")[2])
        told = _touched(named(line.actor.removeprefix("staff:"), names), line.at, deed)
    elif latest is not None:
        told = _touched(named(latest.editor, names), latest.created_at, "")
    return type(refused)(**refused.details | told)


def _touched(by: str, at: datetime, deed: str) -> dict[str, str]:
    moment = f"{china_time(at):%m-%d %H:%M}"
    last = say("findings", "touched", by=by, at=moment, deed=deed) if deed else ""
    return {"changed_by": by, "changed_at": at.isoformat(), "last": last}
