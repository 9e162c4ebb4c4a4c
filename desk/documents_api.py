"""Documents, and what ends soon, at the desk (文件与到期接口)."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from core.clock import china_date
from desk.document_views import document_view, documents_page, relying_page
from desk.door import Form, answer, change, for_staff, look, page_of, read_form, tell_desk
from desk.expiry_views import expiring_page
from desk.keys import SERVICES
from desk.sessions import Officer
from knowledge_base.register import Ending, end_document, undo_ending
from knowledge_base.schema import DocumentState
from knowledge_base.store import all_documents

READERS = ("editor", "supervisor", "agent")
#: What rests on a document, as the address names it.
RELYING = "entries|figures|answers|reminders"
_FARTHEST = 800


class EndForm(Form):
    """How a document ends; without a day it has ended now."""

    state: Literal["partly_repealed", "repealed", "suspended"]
    reason: str = Field(min_length=1, max_length=500)
    ended_on: date | None = None
    clauses: tuple[str, ...] = Field(default=(), max_length=50)
    replaced_by: str | None = Field(default=None, max_length=80)


class RestoreForm(Form):
    """Why a document was not over after all."""

    reason: str = Field(min_length=1, max_length=500)


@for_staff(*READERS)
async def show_documents(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /documents?search=&state=&topic=&page=."""
    query, snapshot = request.query, request.app[SERVICES].library.snapshot

    def read(session: Session) -> dict[str, Any]:
        return documents_page(
            snapshot,
            all_documents(session),
            search=query.get("search", "")[:100],
            state=query.get("state") or None,
            topic=query.get("topic") or None,
            page=page_of(request),
        )

    return answer(await look(request, read))


@for_staff(*READERS)
async def show_document(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /documents/{id}."""
    return answer(await _document(request))


@for_staff("editor", "supervisor")
async def show_relying(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /documents/{id}/entries, /figures, /answers, /reminders."""
    found = request.match_info
    return answer(
        await look(request, lambda s: relying_page(s, found["id"], found["kind"], page_of(request)))
    )


@for_staff("editor")
async def end(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /documents/{id}/end: at once, because it only silences."""
    form, now = await read_form(request, EndForm), request.app[SERVICES].clock()
    values = form.model_dump() | {"state": DocumentState(form.state)}
    document_id = request.match_info["id"]

    def work(session: Session) -> None:
        end_document(session, document_id, Ending(**values), editor=officer.login, now=now)

    await change(request, work)
    tell_desk(request, "library")
    return answer(await _document(request))


@for_staff("editor")
async def restore(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /documents/{id}/restore: by another editor than the one who ended it."""
    form, now = await read_form(request, RestoreForm), request.app[SERVICES].clock()
    document_id = request.match_info["id"]

    def work(session: Session) -> None:
        undo_ending(session, document_id, officer=officer.login, reason=form.reason, now=now)

    await change(request, work)
    tell_desk(request, "library")
    return answer(await _document(request))


@for_staff(*READERS)
async def show_expiring(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/expiring?within=90&kind=&page=."""
    services, query = request.app[SERVICES], request.query
    given = query.get("within", "90")
    within = min(int(given), _FARTHEST) if given.isdecimal() and given.isascii() else 90

    def read(session: Session) -> dict[str, Any]:
        return expiring_page(
            session,
            today=china_date(services.clock()),
            within=within,
            kind=query.get("kind") or None,
            page=page_of(request),
        )

    return answer(await look(request, read))


async def _document(request: web.Request) -> dict[str, Any]:
    snapshot, document_id = request.app[SERVICES].library.snapshot, request.match_info["id"]
    return await look(request, lambda session: document_view(session, snapshot, document_id))
