"""The public page of an appeal (诉求进度页): seen and acted on with its number and check code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from appeals.access import Look, access_appeal_by_code, access_appeal_for_staff
from appeals.moves import (
    confirm_appeal,
    reopen_appeal,
    supplement_appeal,
    urge_appeal,
    withdraw_appeal,
)
from appeals.public import PublicView, public_view
from appeals.settling import rate_appeal
from appeals.tables import Appeal
from channels.keys import SERVICES
from channels.web_requests import (
    LIMITS,
    Form,
    address_of,
    change,
    json_response,
    read_form,
    seconds,
)
from core.audit import visitor_actor

#: A refusal takes this long, so that its time does not tell an unknown number from a wrong code.
REFUSED_AFTER_SECONDS = 0.25
#: The services shorten nothing: they say how long a text may be.
_LONGEST_READ = 20_000

Move = Callable[[Session, Appeal, str, datetime], object]


class LookForm(Form):
    """The number of an appeal and its check code."""

    number: str = Field(min_length=1, max_length=60)
    check_code: str = Field(min_length=1, max_length=30)


class MoveForm(LookForm):
    """A move by whoever has the code; ``version`` is what their page shows."""

    version: int | None = Field(None, ge=1)


class SupplementForm(MoveForm):
    """What the filer adds."""

    text: str = Field(max_length=_LONGEST_READ)


class ReasonForm(MoveForm):
    """Why it is withdrawn or reopened; may be left out."""

    reason: str = Field("", max_length=_LONGEST_READ)


class ConfirmForm(MoveForm):
    """The filer is satisfied, and may say how much."""

    rating: int | None = Field(None, ge=1, le=5)
    comment: str = Field("", max_length=_LONGEST_READ)


class RateForm(MoveForm):
    """What the filer thinks of a closed case."""

    rating: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=_LONGEST_READ)


class FeedbackForm(RateForm):
    """What the filer thinks of an answer, and whether it settles the matter."""

    satisfied: bool


async def appeal_status(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/status: progress, for whoever knows number and check code."""
    form = await read_form(request, LookForm)
    return json_response(appeal_view(await open_by_code(request, form)))


async def appeal_feedback(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/feedback: satisfied closes the appeal, not satisfied reopens it."""
    form = await read_form(request, FeedbackForm)
    if form.satisfied:
        return await _confirmed(request, form, form.rating, form.comment)
    return await _reopened(request, form, form.comment)


async def supplement(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/supplement: add something; if it was asked for, work goes on."""
    form = await read_form(request, SupplementForm)

    def move(session: Session, appeal: Appeal, actor: str, now: datetime) -> object:
        return supplement_appeal(session, appeal=appeal, text=form.text, actor=actor, now=now)

    return await act(request, form, move)


async def urge(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/urge: urge it, once a working day."""

    def move(session: Session, appeal: Appeal, actor: str, now: datetime) -> object:
        return urge_appeal(session, appeal=appeal, actor=actor, now=now)

    return await act(request, await read_form(request, MoveForm), move)


async def withdraw(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/withdraw: take it back, for good."""
    form = await read_form(request, ReasonForm)

    def move(session: Session, appeal: Appeal, actor: str, now: datetime) -> object:
        return withdraw_appeal(session, appeal=appeal, actor=actor, now=now, reason=form.reason)

    return await act(request, form, move)


async def rate(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/rate: rate a closed case; a low rating says why."""
    form = await read_form(request, RateForm)

    def move(session: Session, appeal: Appeal, actor: str, now: datetime) -> object:
        return rate_appeal(
            session,
            appeal=appeal,
            rating=form.rating,
            actor=actor,
            now=now,
            comment=form.comment,
        )

    return await act(request, form, move)


async def reopen(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/reopen: go on, because it is not settled."""
    form = await read_form(request, ReasonForm)
    return await _reopened(request, form, form.reason)


async def confirm(request: web.Request) -> web.Response:
    """POST /api/v1/appeals/confirm: it is settled."""
    form = await read_form(request, ConfirmForm)
    return await _confirmed(request, form, form.rating, form.comment)


async def open_by_code(request: web.Request, form: LookForm) -> PublicView:
    """Open an appeal with its number and check code (凭编号和查询码).

    Wrong codes are counted, by number and by address; a right one costs nothing of the latter.

    Raises:
        CheckCodeWrong: Number and code do not fit, or there is no such number.
        CheckCodeLocked: Too many wrong codes.
        TooManyLooks: Too many wrong codes from one address.
    """
    limits, address = request.app[LIMITS], address_of(request)
    started = seconds()
    limits.appeal_calls.take(address, now=started)
    limits.appeal_looks.take(address, now=started)
    found = await change(request, lambda session: _look_at(request, session, form))
    if found.view is None:
        await asyncio.sleep(max(0.0, started + REFUSED_AFTER_SECONDS - seconds()))
    else:
        limits.appeal_looks.give_back(address)
    return found.granted()


async def act(request: web.Request, form: MoveForm, move: Move) -> web.Response:
    """Open an appeal with its code, let its filer make a move, and show how it stands then.

    Raises:
        AppealChanged: It is not as the page showed it any more.
    """
    services, number = request.app[SERVICES], (await open_by_code(request, form)).number
    request.app[LIMITS].appeal_moves.take(number, now=seconds())

    def work(session: Session) -> dict[str, Any]:
        now = services.clock()
        appeal = access_appeal_for_staff(session, number=number, version=form.version)
        move(session, appeal, visitor_actor(appeal.identity_key), now)
        session.flush()
        return appeal_view(public_view(appeal, now))

    view = await change(request, work)
    services.hub.tell("desk", "appeal", number=number)
    return json_response(view)


def appeal_view(view: PublicView) -> dict[str, Any]:
    """The public view of an appeal as JSON."""
    return {name: _plain(value) for name, value in asdict(view).items()}


def _look_at(request: web.Request, session: Session, form: LookForm) -> Look:
    services = request.app[SERVICES]
    return access_appeal_by_code(
        session,
        number=form.number,
        check_code=form.check_code,
        keys=services.keys,
        now=services.clock(),
    )


async def _confirmed(
    request: web.Request, form: MoveForm, rating: int | None, comment: str
) -> web.Response:
    def move(session: Session, appeal: Appeal, actor: str, now: datetime) -> object:
        return confirm_appeal(
            session, appeal=appeal, actor=actor, now=now, rating=rating, comment=comment
        )

    return await act(request, form, move)


async def _reopened(request: web.Request, form: MoveForm, reason: str) -> web.Response:
    def move(session: Session, appeal: Appeal, actor: str, now: datetime) -> object:
        return reopen_appeal(session, appeal=appeal, actor=actor, now=now, reason=reason)

    return await act(request, form, move)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value
