"""Appeals at the desk (诉求接口): the list, the case, and every verb of officers."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from appeals.access import access_appeal_for_staff, parse_number, reveal_contact
from appeals.errors import AppealChanged
from appeals.moves import (
    accept_appeal,
    answer_appeal,
    ask_for_more,
    assign_appeal,
    reassign_appeal,
    remind_appeal,
)
from appeals.tables import Appeal, Verb
from appeals.wording import verb_label
from core.clock import china_date
from core.errors import InvalidInput
from desk.appeal_views import (
    actor_name,
    appeal_view,
    appeals_page,
    last_move,
    verb_name,
)
from desk.door import Form, answer, change, for_staff, look, page_of, read_form, tell_desk
from desk.errors import AppealNotYours, RoleNeeded
from desk.keys import SERVICES
from desk.sessions import Officer
from desk.staff import colleagues, staff_name, staff_names

AGENTS = ("agent", "supervisor")
_SUPERVISORS = ("assign", "remind")


class MoveForm(Form):
    """What a verb needs: the version on screen, words, and to whom."""

    version: int
    note: str = Field(default="", max_length=3000)
    assignee: str | None = Field(default=None, max_length=60)


@for_staff(*AGENTS)
async def show_appeals(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /appeals."""
    services, query = request.app[SERVICES], request.query

    def read(session: Session) -> dict[str, Any]:
        return appeals_page(
            session,
            officer,
            filter=query.get("filter", "open"),
            kind=query.get("kind") or None,
            search=query.get("search", "")[:100],
            page=page_of(request),
            kinds=services.kinds,
            today=china_date(services.clock()),
        )

    return answer(await look(request, read))


@for_staff(*AGENTS)
async def show_appeal(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /appeals/{number}; ``known_firm`` names the firm whose card the page has."""
    return answer(await _view(request, officer))


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


@for_staff(*AGENTS)
async def move(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /appeals/{number}/{verb}: refused with who was faster if the case has changed."""
    form, number = await read_form(request, MoveForm), request.match_info["number"]
    verb = request.match_info["verb"]
    if verb in _SUPERVISORS and not officer.supervises:
        raise RoleNeeded
    try:
        await change(request, lambda session: _move(session, request, officer, verb, form))
    except AppealChanged as changed:
        details = changed.details
        raise await look(request, lambda s: _told_by_whom(s, details, number)) from changed
    tell_desk(request, "appeal", number=number)
    return answer(await _view(request, officer))


def _move(
    session: Session, request: web.Request, officer: Officer, verb: str, form: MoveForm
) -> None:
    appeal = access_appeal_for_staff(
        session, number=request.match_info["number"], version=form.version
    )
    _check_yours(session, appeal, officer)
    now, actor, note = request.app[SERVICES].clock(), officer.actor, form.note or None
    match verb:
        case "accept":
            to = _colleague(session, form.assignee if officer.supervises else None, officer)
            accept_appeal(session, appeal=appeal, actor=actor, now=now, note=note)
            assign_appeal(session, appeal=appeal, to=to, actor=actor, now=now)
        case "assign":
            to = _colleague(session, form.assignee, officer)
            assign_appeal(session, appeal=appeal, to=to, actor=actor, now=now, note=note)
        case "reassign":
            to = _colleague(session, form.assignee, officer)
            if to == appeal.assigned_to:
                raise InvalidInput(field="assignee", reason="请选择另一位承办人")
            note = _required(form.note)
            reassign_appeal(session, appeal=appeal, to=to, actor=actor, now=now, note=note)
        case "ask-for-more":
            text = _required(form.note)
            ask_for_more(session, appeal=appeal, text=text, actor=actor, now=now)
        case "answer":
            text = _required(form.note)
            answer_appeal(session, appeal=appeal, text=text, actor=actor, now=now)
        case "remind":
            note = _required(form.note)
            remind_appeal(session, appeal=appeal, note=note, actor=actor, now=now)


def _check_yours(session: Session, appeal: Appeal, officer: Officer) -> None:
    if not officer.supervises and appeal.assigned_to not in (None, officer.login):
        raise AppealNotYours(owner=staff_name(session, appeal.assigned_to))


def _colleague(session: Session, login: str | None, officer: Officer) -> str:
    login = login or officer.login
    if login not in {each["login"] for each in colleagues(session)}:
        raise InvalidInput(field="assignee", reason="这位同事不能承办诉求，请另选")
    return login


def _required(text: str) -> str:
    if not text:
        raise InvalidInput(field="note", reason="请填写内容")
    return text


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


VERBS = "|".join(
    verb_name(verb)
    for verb in (
        Verb.ACCEPT,
        Verb.ASSIGN,
        Verb.REASSIGN,
        Verb.ASK_FOR_MORE,
        Verb.ANSWER,
        Verb.REMIND,
    )
)
