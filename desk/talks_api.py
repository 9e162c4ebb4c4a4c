"""The inbox and the talks (来件与对话接口)."""

from __future__ import annotations

from typing import Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from consultations.hand_over import TalkTaken, accept_talk, hand_back
from desk.door import Form, answer, change, for_staff, look, page_of, read_form, tell_talk
from desk.errors import TalkUnknown
from desk.inbox import FILTERS, InboxQuery, list_inbox
from desk.keys import SERVICES
from desk.sessions import Officer
from desk.staff import staff_name, staff_names
from desk.suggestions import Action, record_action, suggestions_for
from desk.talks import (
    SentAs,
    add_note,
    get_talk,
    message_view,
    messages_view,
    note_view,
    send_reply,
    talk_view,
)

AGENTS = ("agent", "supervisor")


class ReplyForm(Form):
    """What an agent says, and which suggestion it comes from."""

    text: str = Field(max_length=20_000)
    client_message_id: str = Field(min_length=8, max_length=80)
    suggestion_id: int | None = None
    sent_as: SentAs = "own"


class NoteForm(Form):
    """A note for colleagues."""

    text: str = Field(min_length=1, max_length=1000)


class ActionForm(Form):
    """What was done with a suggestion."""

    action: Action
    reason: Literal["off_topic", "wrong", "outdated", "incomplete", "other"] | None = None


@for_staff(*AGENTS)
async def show_inbox(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /inbox."""
    services, wanted = request.app[SERVICES], request.query.get("filter", "waiting")
    query = InboxQuery(
        filter=next((each for each in FILTERS if each == wanted), "waiting"),
        search=request.query.get("search", "")[:100],
        page=page_of(request),
        login=officer.login,
    )
    within = services.settings.hand_over_within
    return answer(
        await look(
            request, lambda s: list_inbox(s, query, now=services.clock(), gives_up_after=within)
        )
    )


@for_staff(*AGENTS)
async def show_talk(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /conversations/{id}; ``known_firm`` names the firm whose card the page has."""
    return answer(await _view(request, officer))


@for_staff(*AGENTS)
async def show_messages(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /conversations/{id}/messages?before=."""
    talk_id, before = _talk_id(request), request.query.get("before", "")

    def read(session: Session) -> dict[str, Any]:
        get_talk(session, talk_id)
        return messages_view(session, talk_id, int(before) if before.isdecimal() else None)

    return answer(await look(request, read))


@for_staff(*AGENTS)
async def accept(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /conversations/{id}/accept: of two who try, one gets the talk."""
    talk_id, now = _talk_id(request), request.app[SERVICES].clock()

    def work(session: Session) -> None:
        get_talk(session, talk_id)
        try:
            accept_talk(
                session, talk_id, staff_login=officer.login, staff_name=officer.name, now=now
            )
        except TalkTaken as taken:
            raise TalkTaken(agent=staff_name(session, taken.details["agent"])) from taken

    await change(request, work)
    tell_talk(request, talk_id, "holder")
    return answer(await _view(request, officer))


@for_staff(*AGENTS)
async def give_back(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /conversations/{id}/hand-back."""
    talk_id, now = _talk_id(request), request.app[SERVICES].clock()

    def work(session: Session) -> None:
        get_talk(session, talk_id)
        hand_back(session, talk_id, staff_login=officer.login, now=now)

    await change(request, work)
    tell_talk(request, talk_id, "holder")
    return answer(await _view(request, officer))


@for_staff(*AGENTS)
async def reply(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /conversations/{id}/reply."""
    talk_id, now = _talk_id(request), request.app[SERVICES].clock()
    form = await read_form(request, ReplyForm)

    def work(session: Session) -> dict[str, Any]:
        message = send_reply(session, talk_id, officer=officer, now=now, **form.model_dump())
        return message_view(message, staff_names(session))

    message = await change(request, work)
    tell_talk(request, talk_id, "message")
    return answer({"message": message}, status=201)


@for_staff(*AGENTS)
async def note(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /conversations/{id}/note."""
    talk_id, now = _talk_id(request), request.app[SERVICES].clock()
    form = await read_form(request, NoteForm)

    def work(session: Session) -> dict[str, Any]:
        added = add_note(session, talk_id, login=officer.login, text=form.text, now=now)
        return note_view(added, staff_names(session))

    added = await change(request, work)
    tell_talk(request, talk_id, "note")
    return answer({"note": added}, status=201)


@for_staff(*AGENTS)
async def show_suggestions(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /conversations/{id}/suggestions?fresh=1."""
    services, talk_id = request.app[SERVICES], _talk_id(request)

    def work(session: Session) -> dict[str, Any]:
        return suggestions_for(
            session,
            get_talk(session, talk_id),
            suggest=services.engine.suggest,
            region=services.bureau.region,
            fresh=request.query.get("fresh") == "1",
            now=services.clock(),
        )

    return answer(await change(request, work))


@for_staff(*AGENTS)
async def use_suggestion(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /suggestions/{id}: what was done with it."""
    form, now = await read_form(request, ActionForm), request.app[SERVICES].clock()
    suggestion_id = int(request.match_info["id"])

    def work(session: Session) -> None:
        record_action(
            session,
            suggestion_id,
            action=form.action,
            reason=form.reason,
            by=officer.login,
            now=now,
        )

    await change(request, work)
    return answer({"ok": True})


async def _view(request: web.Request, officer: Officer) -> dict[str, Any]:
    services, talk_id = request.app[SERVICES], _talk_id(request)
    known = request.query.get("known_firm", "")

    def work(session: Session) -> dict[str, Any]:
        return talk_view(
            session,
            officer,
            talk_id,
            now=services.clock(),
            gives_up_after=services.settings.hand_over_within,
            known_firm=int(known) if known.isdecimal() else None,
        )

    return await change(request, work)


def _talk_id(request: web.Request) -> int:
    number = int(request.match_info["id"])
    if number > 2**31 - 1:
        raise TalkUnknown
    return number
