"""Bursts and heat at the desk (热点接口): looked at by all, acted on by supervisors and editors."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from appeals.heat.acting import begin_draft, give_title, open_case, propose_entry, see_burst
from appeals.heat.bursts_shown import get_burst
from consultations.learning.settling import NewEntry
from consultations.learning.wording import MOST
from desk.appeal_moves import doer_of_officer
from desk.door import Form, answer, change, for_staff, look, page_of, read_form, tell_desk
from desk.heat_views import heat_page, hot_page, one_burst, past_page
from desk.keys import SERVICES
from desk.labels import labels
from desk.roles import WATCHERS
from desk.sessions import Officer
from knowledge_base.exchange.cells import LONGEST_ID

READERS = (*WATCHERS, "editor")
Wording = Annotated[str, Field(max_length=200)]


class DraftForm(Form):
    """What the draft entry of a burst begins with."""

    id: Annotated[str, Field(max_length=LONGEST_ID, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    question: Wording
    similar: Annotated[tuple[Wording, ...], Field(max_length=MOST)] = ()
    topic: Literal[tuple(labels()["topics"])]  # type: ignore[valid-type]


class TitleForm(Form):
    """How a topic is put in the public list."""

    title: Wording


@for_staff(*READERS)
async def show_heat(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /heat: the bursts that go on."""
    services = request.app[SERVICES]
    now, snapshot = services.clock(), services.library.snapshot
    found = await look(request, lambda session: heat_page(session, snapshot, now=now))
    return answer({**found, "may": _may(officer)})


@for_staff(*READERS)
async def show_past(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /heat/past?page=: the bursts that are over."""
    services, page = request.app[SERVICES], page_of(request)
    now, snapshot = services.clock(), services.library.snapshot
    return answer(await look(request, lambda s: past_page(s, snapshot, page=page, now=now)))


@for_staff(*READERS)
async def show_hot(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /heat/hot?day=: the list of what was asked most, as it stood on a day."""
    services = request.app[SERVICES]
    now, snapshot = services.clock(), services.library.snapshot
    day = _day_of(request)
    found = await look(request, lambda session: hot_page(session, snapshot, day=day, now=now))
    return answer({**found, "may": _may(officer)})


@for_staff(*READERS)
async def see(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /heat/bursts/{id}/seen."""
    services, burst_id = request.app[SERVICES], _id_in(request)
    now, snapshot = services.clock(), services.library.snapshot

    def work(session: Session) -> dict[str, Any]:
        burst = see_burst(session, burst_id, officer=officer.login, now=now)
        return one_burst(session, burst, snapshot, now=now)

    found = await change(request, work)
    tell_desk(request, "counts")
    return answer(found)


@for_staff("supervisor")
async def open_parent(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /heat/bursts/{id}/case: one parent case; again, what came since is merged too."""
    services, burst_id = request.app[SERVICES], _id_in(request)
    now, snapshot = services.clock(), services.library.snapshot

    def work(session: Session) -> dict[str, Any]:
        opened = open_case(
            session,
            burst_id,
            actor=doer_of_officer(officer),
            snapshot=snapshot,
            keys=services.keys,
            kinds=services.kinds,
            now=now,
        )
        burst = get_burst(session, burst_id)
        return {
            "number": opened.number,
            "merged": list(opened.merged),
            "left": [{"number": number, "reason": why} for number, why in opened.left],
            "burst": one_burst(session, burst, snapshot, now=now),
        }

    found = await change(request, work)
    tell_desk(request, "appeal", number=found["number"])
    tell_desk(request, "counts")
    return answer(found)


@for_staff("supervisor", "editor")
async def show_proposal(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /heat/bursts/{id}/draft: what the draft would begin with."""
    snapshot, burst_id = request.app[SERVICES].library.snapshot, _id_in(request)

    def read(session: Session) -> dict[str, Any]:
        found = propose_entry(session, get_burst(session, burst_id), snapshot)
        return {
            "id": found.id,
            "question": found.question,
            "similar": list(found.similar),
            "topic": found.topic,
            "topics": [{"code": code, "label": name} for code, name in labels()["topics"].items()],
        }

    return answer(await look(request, read))


@for_staff("supervisor", "editor")
async def draft(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /heat/bursts/{id}/draft: an entry with its questions, to be written and approved."""
    services, burst_id = request.app[SERVICES], _id_in(request)
    form = await read_form(request, DraftForm)
    now, snapshot = services.clock(), services.library.snapshot
    given = NewEntry(form.id, form.question, form.similar, form.topic)

    def work(session: Session) -> dict[str, Any]:
        burst = begin_draft(
            session, burst_id, given, officer=officer.login, snapshot=snapshot, now=now
        )
        return one_burst(session, burst, snapshot, now=now)

    found = await change(request, work)
    tell_desk(request, "library")
    tell_desk(request, "counts")
    return answer(found, status=201)


@for_staff("editor")
async def title(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /heat/topics/{id}/title: how a topic without an entry is put in the list."""
    services, topic_id = request.app[SERVICES], _id_in(request)
    form = await read_form(request, TitleForm)
    now, snapshot = services.clock(), services.library.snapshot

    def work(session: Session) -> dict[str, Any]:
        topic = give_title(
            session,
            topic_id,
            title=form.title,
            officer=officer.login,
            snapshot=snapshot,
            now=now,
        )
        return {"topic_id": topic.id, "title": topic.title}

    found = await change(request, work)
    tell_desk(request, "counts")
    return answer(found)


def _may(officer: Officer) -> dict[str, bool]:
    """What the page offers this officer."""
    return {
        "open_case": officer.supervises,
        "draft": bool(officer.roles & {"supervisor", "editor"}),
        "title": "editor" in officer.roles,
    }


def _day_of(request: web.Request) -> date | None:
    try:
        return date.fromisoformat(request.query.get("day", ""))
    except ValueError:
        return None


def _id_in(request: web.Request) -> int:
    return int(request.match_info["id"])
