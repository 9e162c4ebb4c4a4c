"""Official notices brought to the library at the desk (收录通知接口)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from core.database import in_transaction, reading
from desk.door import Form, answer, change, for_staff, look, page_of, read_form, tell_desk
from desk.keys import SERVICES
from desk.notice_views import notice_view, notices_page
from desk.sessions import Officer
from desk.staff import staff_name
from desk.uploads import Upload, read_upload
from knowledge_base.exchange.cells import LONGEST_ID
from knowledge_base.notice_tables import NoticeProposal
from knowledge_base.notices.candidate import Candidate
from knowledge_base.notices.keeping import (
    Chosen,
    NoticeSettled,
    accept_proposal,
    discard_proposal,
    find_kept,
    get_proposal,
    keep_proposal,
)
from knowledge_base.notices.proposal import digest_of, propose
from knowledge_base.notices.reading import MOST_BYTES
from knowledge_base.notices.skeletons import MOST_SKELETONS

#: One notice is read at a time in a process: a large PDF needs a lot of memory.
IN_TURN = web.AppKey("notices_in_turn", asyncio.Semaphore)


class ChosenForm(Form):
    """A skeleton to make a draft of."""

    key: str = Field(max_length=9)
    id: str | None = Field(default=None, max_length=LONGEST_ID, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")


class AcceptForm(Form):
    """The document as the editor put it right, and what to make drafts of."""

    document: Candidate | None = None
    skeletons: tuple[ChosenForm, ...] = Field(default=(), max_length=MOST_SKELETONS)


class DiscardForm(Form):
    """Why nothing is made of it."""

    reason: str = Field(min_length=1, max_length=500)


@for_staff("editor")
async def bring_notice(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/notices: 201 with what was found, 200 where the file was brought before."""
    upload = await read_upload(request, most_bytes=MOST_BYTES)
    services = request.app[SERVICES]
    async with request.app[IN_TURN]:
        told, is_new = await asyncio.get_running_loop().run_in_executor(
            services.executor, lambda: _bring(request, upload, officer)
        )
    if is_new:
        tell_desk(request, "library")
    return answer(told, status=201 if is_new else 200)


def _bring(request: web.Request, upload: Upload, officer: Officer) -> tuple[dict[str, Any], bool]:
    """Read the file outside of any transaction, then keep what was found."""
    services = request.app[SERVICES]
    with reading(services.sessions) as session:
        found = find_kept(session, digest_of(upload.content))
        if found is not None:
            return notice_view(session, found, again=True), False
    proposal = propose(upload.content)

    def keep(session: Session) -> tuple[dict[str, Any], bool]:
        row, is_new = keep_proposal(
            session,
            proposal,
            file_name=upload.name,
            officer=officer.login,
            now=services.clock(),
        )
        return notice_view(session, row, again=not is_new), is_new

    return in_transaction(services.sessions, keep)


@for_staff("editor")
async def show_notices(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/notices?state=&page=."""
    state, page = request.query.get("state") or None, page_of(request)
    return answer(await look(request, lambda s: notices_page(s, state=state, page=page)))


@for_staff("editor")
async def show_notice(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /library/notices/{id}."""
    notice = int(request.match_info["id"])
    return answer(await look(request, lambda s: notice_view(s, get_proposal(s, notice))))


@for_staff("editor")
async def accept_notice(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/notices/{id}/accept: drafts, never anything published."""
    form, now = await read_form(request, AcceptForm), request.app[SERVICES].clock()
    notice = int(request.match_info["id"])

    def work(session: Session) -> NoticeProposal:
        return accept_proposal(
            session,
            notice,
            candidate=form.document,
            chosen=[Chosen(each.key, each.id) for each in form.skeletons],
            officer=officer.login,
            now=now,
        )

    return answer(await _decide(request, work))


@for_staff("editor")
async def discard_notice(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /library/notices/{id}/discard."""
    form, now = await read_form(request, DiscardForm), request.app[SERVICES].clock()
    notice = int(request.match_info["id"])

    def work(session: Session) -> NoticeProposal:
        return discard_proposal(session, notice, reason=form.reason, officer=officer.login, now=now)

    return answer(await _decide(request, work))


async def _decide(
    request: web.Request, work: Callable[[Session], NoticeProposal]
) -> dict[str, Any]:
    """Decide about a proposal; who came second is told by name who came first."""
    try:
        told = await change(request, lambda session: notice_view(session, work(session)))
    except NoticeSettled as error:
        details, login = error.details, error.details["by"]
        name = await look(request, lambda session: staff_name(session, login))
        raise NoticeSettled(**details | {"by": name}) from error
    tell_desk(request, "library")
    return told
