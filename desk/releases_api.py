"""Releases of the library at the desk (发布接口): gathered, measured, published, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from desk.door import Form, answer, change, for_staff, look, page_of, read_form, tell_desk
from desk.keys import SERVICES
from desk.library_moves import check_at
from desk.release_views import EDITORS, OVERRIDERS, TAKERS_BACK, release_view, releases_page
from desk.review_views import named
from desk.sessions import Officer
from desk.staff import staff_names
from knowledge_base.release_publishing import publish_release, roll_back_release
from knowledge_base.releases import (
    MOST_ENTRIES,
    ReleaseOpen,
    discard_release,
    find_candidate,
    measure_again,
    open_release,
)

READERS = ("editor", "supervisor")
EntryId = Annotated[str, Field(max_length=80)]


class OpenForm(Form):
    """What is gathered: everything that waits, or only some entries."""

    note: str = Field(default="", max_length=500)
    entries: list[EntryId] | None = Field(default=None, min_length=1, max_length=MOST_ENTRIES)


class PlainForm(Form):
    """Nothing has to be said."""


class BecauseForm(Form):
    """Why it is done."""

    reason: str = Field(min_length=1, max_length=500)


@for_staff(*READERS)
async def show_releases(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/releases?page=."""
    page = page_of(request)
    return answer(await look(request, lambda s: releases_page(s, officer, page=page)))


@for_staff(*READERS)
async def show_release(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/releases/{id}."""
    release = int(request.match_info["id"])
    return answer(await look(request, lambda s: release_view(s, release, officer)))


@for_staff(*EDITORS)
async def open_candidate(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/releases: a candidate, which is measured in the background."""
    form, now = await read_form(request, OpenForm), request.app[SERVICES].clock()

    def work(session: Session) -> dict[str, Any]:
        release = open_release(
            session, note=form.note, entries=form.entries, officer=officer.login, now=now
        )
        return release_view(session, release.id, officer)

    try:
        told = await change(request, work)
    except ReleaseOpen as error:
        raise await look(request, _by_name) from error
    tell_desk(request, "library")
    return answer(told, status=201)


def _by_name(session: Session) -> ReleaseOpen:
    """The refusal with the name of whoever opened the candidate."""
    found = find_candidate(session)
    login = found.opened_by if found else None
    return ReleaseOpen(release=found and found.id, by=named(login, staff_names(session)))


@for_staff(*EDITORS)
async def measure_candidate(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/releases/{id}/measure."""
    await read_form(request, PlainForm)
    return await _decide(
        request,
        officer,
        lambda session, release, now: measure_again(
            session, release, officer=officer.login, now=now
        ),
    )


@for_staff(*EDITORS)
async def discard_candidate(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/releases/{id}/discard."""
    form = await read_form(request, BecauseForm)
    return await _decide(
        request,
        officer,
        lambda session, release, now: discard_release(
            session, release, reason=form.reason, officer=officer.login, now=now
        ),
    )


@for_staff(*EDITORS)
async def publish_candidate(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/releases/{id}/publish: only what the gate let pass."""
    await read_form(request, PlainForm)
    return await _publish(request, officer, None)


@for_staff(*OVERRIDERS)
async def override_gate(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/releases/{id}/override: published although the gate failed, and why."""
    form = await read_form(request, BecauseForm)
    return await _publish(request, officer, form.reason)


async def _publish(
    request: web.Request, officer: Officer, against_the_gate: str | None
) -> web.StreamResponse:
    return await _decide(
        request,
        officer,
        lambda session, release, now: publish_release(
            session,
            release,
            officer=officer.login,
            now=now,
            check=check_at(now),
            against_the_gate=against_the_gate,
        ),
    )


@for_staff(*TAKERS_BACK)
async def roll_back(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/releases/{id}/roll-back; answers with the roll-back."""
    form = await read_form(request, BecauseForm)
    return await _decide(
        request,
        officer,
        lambda session, release, now: (
            roll_back_release(
                session,
                release,
                reason=form.reason,
                officer=officer.login,
                now=now,
                check=check_at(now),
            ).id
        ),
    )


async def _decide(
    request: web.Request, officer: Officer, deed: Callable[[Session, int, datetime], Any]
) -> web.StreamResponse:
    """Do something to a release; answers with it, or with the one that came of it."""
    release, now = int(request.match_info["id"]), request.app[SERVICES].clock()

    def work(session: Session) -> dict[str, Any]:
        came = deed(session, release, now)
        return release_view(session, came if isinstance(came, int) else release, officer)

    told = await change(request, work)
    tell_desk(request, "library")
    return answer(told)
