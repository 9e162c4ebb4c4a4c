"""The library and wrong answers at the desk (知识库接口)."""

from __future__ import annotations

from typing import Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import china_date
from core.errors import InvalidInput
from desk.door import Form, answer, change, for_staff, look, page_of, read_form, tell_desk
from desk.keys import SERVICES
from desk.library_check import findings_of, is_broken
from desk.library_views import entry_view, library_page, preview
from desk.sessions import Officer
from desk.staff import staff_name, staff_names
from desk.wrong_answers import report_view, reports_page, settle_report
from knowledge_base.files import BrokenEntry
from knowledge_base.store import (
    EntryChanged,
    get_entry,
    get_version,
    publish,
    retire,
    save_draft,
    suspend,
)
from knowledge_base.tables import LibraryDocument

READERS = ("editor", "supervisor", "agent")


class SaveForm(Form):
    """An edited entry, and the version the editor started from."""

    yaml: str = Field(max_length=100_000)
    version: int


class EntryMoveForm(Form):
    """The version on screen, and why."""

    version: int
    reason: str = Field(default="", max_length=500)


class SettleForm(Form):
    """The verdict on a report."""

    state: Literal["fixed", "right"]
    note: str = Field(min_length=1, max_length=1000)


@for_staff(*READERS)
async def show_library(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library."""
    query = request.query

    def read(session: Session) -> dict[str, Any]:
        return library_page(
            session,
            search=query.get("search", "")[:100],
            state=query.get("state") or None,
            topic=query.get("topic") or None,
            page=page_of(request),
        )

    return answer(await look(request, read))


@for_staff(*READERS)
async def show_entry(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/{id}."""
    return answer(await _entry(request))


@for_staff("editor")
async def save_entry(request: web.Request, officer: Officer) -> web.StreamResponse:
    """PUT /library/{id}: a new version, unless it is broken or somebody saved another."""
    form, entry_id = await read_form(request, SaveForm), request.match_info["id"]
    now = request.app[SERVICES].clock()

    def work(session: Session) -> None:
        row = get_entry(session, entry_id)
        if row.latest_version != form.version:
            raise EntryChanged(entry=entry_id, version=row.latest_version)
        documents = session.scalars(select(LibraryDocument.id)).all()
        found = findings_of(
            form.yaml, entry_id=entry_id, documents=documents, today=china_date(now)
        )
        if is_broken(found):
            raise BrokenEntry(reason=found[0]["message"], findings=found)
        save_draft(
            session,
            yaml_text=form.yaml,
            base_version=form.version,
            editor=officer.login,
            now=now,
        )

    await _change_entry(request, work)
    return answer(await _entry(request))


@for_staff("editor")
async def move_entry(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/{id}/publish, /suspend, /retire."""
    form, entry_id = await read_form(request, EntryMoveForm), request.match_info["id"]
    verb, now = request.match_info["verb"], request.app[SERVICES].clock()
    if verb != "publish" and not form.reason:
        raise InvalidInput(field="reason", reason="请写明理由")

    def work(session: Session) -> None:
        row = get_entry(session, entry_id)
        if row.latest_version != form.version:
            raise EntryChanged(entry=entry_id, version=row.latest_version)
        if verb == "publish":
            publish(session, entry_id, version=form.version, editor=officer.login, now=now)
        elif verb == "suspend":
            suspend(session, entry_id, editor=officer.login, now=now)
        else:
            retire(session, entry_id, editor=officer.login, now=now)

    await _change_entry(request, work)
    return answer(await _entry(request))


@for_staff(*READERS)
async def show_preview(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/{id}/preview?period=."""
    services, entry_id = request.app[SERVICES], request.match_info["id"]
    period = request.query.get("period", "")[:40]

    def read(session: Session) -> dict[str, Any]:
        return preview(
            session,
            entry_id,
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


@for_staff("editor")
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


async def _entry(request: web.Request) -> dict[str, Any]:
    today = china_date(request.app[SERVICES].clock())
    entry_id = request.match_info["id"]
    return await look(request, lambda session: entry_view(session, entry_id, today=today))


async def _change_entry(request: web.Request, work: Any) -> None:
    """Change an entry; who lost a race is told who won it."""
    try:
        await change(request, work)
    except EntryChanged as changed:
        entry_id = changed.details["entry"]
        raise await look(request, lambda s: _told_by_whom(s, entry_id)) from changed
    tell_desk(request, "library")


def _told_by_whom(session: Session, entry_id: str) -> EntryChanged:
    row = get_entry(session, entry_id)
    editor = get_version(session, entry_id, row.latest_version).editor
    return EntryChanged(
        entry=entry_id,
        version=row.latest_version,
        changed_by=staff_name(session, editor),
    )
