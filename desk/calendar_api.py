"""The working calendar at the desk (工作日历接口): shown, compared, put into force."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aiohttp import web
from pydantic import ConfigDict, Field
from sqlalchemy.orm import Session

from core.calendar.reading import LONGEST
from core.calendar.store import import_year, read_import
from core.due_work import file_work
from desk.calendar_views import calendar_view, comparison_view
from desk.door import Form, answer, change, for_staff, look, read_form
from desk.keys import SERVICES
from desk.sessions import Officer

EDITORS = ("editor", "supervisor")
#: A process that has not taken the calendar over yet may still count on the old one for a while.
_LOOK_AGAIN = timedelta(minutes=1)


class CompareForm(Form):
    """A year as YAML, with its lines as they are."""

    model_config = ConfigDict(str_strip_whitespace=False)

    text: str = Field(min_length=1, max_length=LONGEST)


class ImportForm(CompareForm):
    """A year as YAML, and what the calendar stood at when it was compared."""

    revision: int = Field(ge=0)


@for_staff()
async def show_calendar(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /calendar/{year}."""
    year, now = int(request.match_info["year"]), request.app[SERVICES].clock()
    may_import = bool(officer.roles.intersection(EDITORS))

    def read(session: Session) -> dict[str, Any]:
        return calendar_view(session, year, now=now, may_import=may_import)

    return answer(await look(request, read))


@for_staff(*EDITORS)
async def compare_calendar(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /calendar/compare: what would change; nothing does."""
    form, now = await read_form(request, CompareForm), request.app[SERVICES].clock()
    year = read_import(form.text, now=now)
    return answer(await change(request, lambda s: comparison_view(s, year, now=now)))


@for_staff(*EDITORS)
async def import_calendar(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /calendar: in force at once; promises are counted again within seconds."""
    form, now = await read_form(request, ImportForm), request.app[SERVICES].clock()

    def work(session: Session) -> dict[str, Any]:
        row = import_year(
            session, form.text, officer=officer.login, revision=form.revision, now=now
        )
        for key, due_at in ((f"{row.id}", now), (f"{row.id}:again", now + _LOOK_AGAIN)):
            file_work(
                session,
                kind="appeals.recount",
                key=f"calendar:{key}",
                due_at=due_at,
                payload={"firm_too": True},
            )
        return calendar_view(session, row.year, now=now, may_import=True)

    return answer(await change(request, work), status=201)
