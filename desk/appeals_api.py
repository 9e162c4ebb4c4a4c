"""Appeals at the desk (诉求接口): the list, the case, and every verb of officers."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from appeals.access import access_appeal_for_staff, parse_number, reveal_contact
from appeals.deadlines import promised_if_extended
from appeals.errors import AppealChanged
from appeals.move_table import move_table
from appeals.tables import Appeal, Verb
from appeals.wording import verb_label
from core.clock import china_date
from desk.appeal_moves import (
    ANY_HANDS,
    MOST_DAYS,
    Asked,
    MoveForm,
    doer_of_officer,
    make_move,
)
from desk.appeal_moves import VERBS as MOVES
from desk.appeal_views import (
    ListAsked,
    actor_name,
    appeal_view,
    appeals_page,
    last_move,
)
from desk.door import answer, change, for_staff, look, page_of, read_form, tell_desk
from desk.errors import AppealNotYours, DeskFormInvalid, RoleNeeded
from desk.keys import SERVICES
from desk.roles import AGENTS, WATCHERS
from desk.sessions import Officer
from desk.staff import staff_name, staff_names


@for_staff(*WATCHERS)
async def show_appeals(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /appeals."""
    services, query = request.app[SERVICES], request.query

    asked = ListAsked(
        filter=query.get("filter", "open"),
        kind=query.get("kind") or None,
        status=query.get("status") or None,
        unit=query.get("unit") or None,
        search=query.get("search", "")[:100],
        order=query.get("order", ""),
        page=page_of(request),
    )
    today = china_date(services.clock())
    return answer(
        await look(
            request, lambda s: appeals_page(s, officer, asked, kinds=services.kinds, today=today)
        )
    )


@for_staff(*WATCHERS)
async def show_appeal(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /appeals/{number}; ``known_firm`` names the firm whose card the page has."""
    return answer(await _view(request, officer))


@for_staff(*AGENTS)
async def preview_extension(request: web.Request, _: Officer) -> web.StreamResponse:
    """GET /appeals/{number}/extension?working_days=3: the date it would promise."""
    number, days = request.match_info["number"], request.query.get("working_days", "")
    if not days.isdecimal() or not 1 <= int(days) <= MOST_DAYS:
        raise DeskFormInvalid(field="working_days")

    def read(session: Session) -> str:
        appeal = access_appeal_for_staff(session, number=number)
        return promised_if_extended(appeal, int(days))

    return answer({"new_due_label": await look(request, read)})


@for_staff(*AGENTS)
async def show_contact(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /appeals/{number}/contact: the telephone for a call-back; audited."""
    services, number = request.app[SERVICES], request.match_info["number"]

    def work(session: Session) -> str | None:
        appeal = access_appeal_for_staff(session, number=number)
        _check_yours(session, appeal, officer)
        return reveal_contact(
            session, appeal=appeal, actor=officer.actor, keys=services.keys, now=services.clock()
        )

    return answer({"contact": await change(request, work)})


@for_staff(*WATCHERS)
async def move(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /appeals/{number}/{verb}: refused with who was faster if the case has changed."""
    form, number = await read_form(request, MoveForm), request.match_info["number"]
    verb = request.match_info["verb"]
    if not _may(verb, officer):
        raise RoleNeeded
    try:
        await change(request, lambda session: _move(session, request, officer, verb, form))
    except AppealChanged as changed:
        details = changed.details
        raise await look(request, lambda s: _told_by_whom(s, details, number)) from changed
    tell_desk(request, "appeal", number=number)
    return answer(await _view(request, officer))


def _may(verb: str, officer: Officer) -> bool:
    """Tell whether the account's right is enough for the verb, whatever the case."""
    row = move_table()[Verb(verb.replace("-", "_"))]
    # An officer takes a case by accepting it; giving one to somebody is for supervisors.
    for_others = row.verb is Verb.ASSIGN and not officer.supervises
    return doer_of_officer(officer).right in row.by and not for_others


def _move(
    session: Session, request: web.Request, officer: Officer, verb: str, form: MoveForm
) -> None:
    appeal = access_appeal_for_staff(
        session, number=request.match_info["number"], version=form.version
    )
    if verb not in ANY_HANDS and officer.handles:
        _check_yours(session, appeal, officer)
    now = request.app[SERVICES].clock()
    make_move(verb, Asked(session, appeal, form, officer, now))


def _check_yours(session: Session, appeal: Appeal, officer: Officer) -> None:
    if not officer.supervises and appeal.assigned_to not in (None, officer.login):
        raise AppealNotYours(owner=staff_name(session, appeal.assigned_to))


def _told_by_whom(session: Session, details: dict[str, Any], number: str) -> AppealChanged:
    latest = last_move(session, parse_number(number))
    if latest is None:
        return AppealChanged(**details)
    return AppealChanged(
        **details,
        changed_by=actor_name(latest.actor, staff_names(session)),
        changed_what=verb_label(latest.verb),
    )


async def _view(request: web.Request, officer: Officer) -> dict[str, Any]:
    number, known = request.match_info["number"], request.query.get("known_firm", "")
    services = request.app[SERVICES]
    return await change(
        request,
        lambda session: appeal_view(
            session,
            officer,
            number,
            kinds=services.kinds,
            now=services.clock(),
            known_firm=int(known) if known.isdecimal() else None,
        ),
    )


VERBS = "|".join(MOVES)
