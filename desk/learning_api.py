"""What may be learned from questions, at the desk (提问改进接口)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from consultations.learning.groups import GroupSettled
from consultations.learning.settling import (
    Decision,
    NewEntry,
    add_wordings,
    begin_entry,
    dismiss,
    reopen,
    suggest_term,
)
from consultations.learning.wording import MOST
from consultations.learning_tables import QuestionGroup
from core.clock import china_date
from desk.door import Form, answer, change, for_staff, look, page_of, read_form, tell_desk
from desk.keys import SERVICES
from desk.labels import labels
from desk.learning_run import collect
from desk.learning_views import Now, group_view, groups_page
from desk.sessions import Officer
from desk.staff import staff_name
from knowledge_base.exchange.cells import LONGEST_ID

#: One run at a time in a process.
IN_TURN = web.AppKey("learning_in_turn", asyncio.Semaphore)
Wording = Annotated[str, Field(max_length=200)]
EntryId = Annotated[str, Field(max_length=LONGEST_ID, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Decide = Callable[[Session, Decision], QuestionGroup]


class GroupForm(Form):
    """The version of the group that the page shows."""

    version: int


class SimilarForm(GroupForm):
    """Wordings for an entry."""

    entry_id: EntryId
    wordings: Annotated[tuple[Wording, ...], Field(min_length=1, max_length=MOST)]


class EntryForm(GroupForm):
    """What a new entry begins with."""

    id: EntryId
    question: Wording
    similar: Annotated[tuple[Wording, ...], Field(max_length=MOST)] = ()
    topic: Literal[tuple(labels()["topics"])]  # type: ignore[valid-type]


class TermForm(GroupForm):
    """A way of saying a term."""

    text: str = Field(max_length=40)
    term: str = Field(max_length=40)
    kind: str = Field(max_length=10)


class DismissForm(GroupForm):
    """Why nothing is made of it."""

    reason: str = Field(default="", max_length=500)


@for_staff("editor")
async def show_groups(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /learning?state=&kind=&topic=&page=."""
    query, page = request.query, page_of(request)

    def read(session: Session) -> dict[str, Any]:
        return groups_page(
            session,
            state=query.get("state") or None,
            kind=query.get("kind") or None,
            topic=query.get("topic") or None,
            page=page,
        )

    return answer(await look(request, read))


@for_staff("editor")
async def show_group(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /learning/{id}."""
    return answer(await _view(request))


@for_staff("editor")
async def collect_now(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /learning/collect: look at what was asked, not waiting for the next hour."""
    services = request.app[SERVICES]
    snapshot, now = services.library.snapshot, services.clock()
    async with request.app[IN_TURN]:
        noted = await asyncio.get_running_loop().run_in_executor(
            services.executor, lambda: collect(services.sessions, snapshot, now=now)
        )
    tell_desk(request, "counts")
    return answer({"noted": noted})


@for_staff("editor")
async def add_similar(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /learning/{id}/similar: a draft of the entry with more wordings."""
    form = await read_form(request, SimilarForm)
    snapshot = request.app[SERVICES].library.snapshot

    def work(session: Session, decided: Decision) -> QuestionGroup:
        return add_wordings(
            session, decided, entry_id=form.entry_id, texts=form.wordings, snapshot=snapshot
        )

    return answer(await _decide(request, officer, form, work))


@for_staff("editor")
async def add_new_entry(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /learning/{id}/entry: a draft to be written."""
    form = await read_form(request, EntryForm)
    snapshot = request.app[SERVICES].library.snapshot
    given = NewEntry(form.id, form.question, form.similar, form.topic)

    def work(session: Session, decided: Decision) -> QuestionGroup:
        return begin_entry(session, decided, given, snapshot=snapshot)

    return answer(await _decide(request, officer, form, work))


@for_staff("editor")
async def add_term(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /learning/{id}/term: a term for another editor to approve."""
    form = await read_form(request, TermForm)

    def work(session: Session, decided: Decision) -> QuestionGroup:
        return suggest_term(session, decided, text=form.text, term=form.term, kind=form.kind)

    return answer(await _decide(request, officer, form, work))


@for_staff("editor")
async def dismiss_group(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /learning/{id}/dismiss."""
    form = await read_form(request, DismissForm)
    return answer(
        await _decide(request, officer, form, lambda s, d: dismiss(s, d, reason=form.reason))
    )


@for_staff("editor")
async def reopen_group(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /learning/{id}/reopen."""
    form = await read_form(request, GroupForm)
    return answer(await _decide(request, officer, form, reopen))


async def _decide(
    request: web.Request, officer: Officer, form: GroupForm, work: Decide
) -> dict[str, Any]:
    """Decide about a group; who came second is told by name who came first."""
    now, group_id = request.app[SERVICES].clock(), _group_in(request)
    decided = Decision(group_id, form.version, officer.login, now)
    try:
        await change(request, lambda session: work(session, decided))
    except GroupSettled as error:
        details, login = error.details, error.details["by"]
        name = await look(request, lambda session: staff_name(session, login))
        raise GroupSettled(**details | {"by": name}) from error
    tell_desk(request, "library")
    return await _view(request)


async def _view(request: web.Request) -> dict[str, Any]:
    services, group_id = request.app[SERVICES], _group_in(request)
    now = Now(
        services.library.snapshot,
        services.engine.answer,
        china_date(services.clock()),
        services.bureau.region,
    )
    return await look(request, lambda session: group_view(session, group_id, now))


def _group_in(request: web.Request) -> int:
    return int(request.match_info["id"])
