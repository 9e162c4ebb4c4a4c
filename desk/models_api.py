"""The trained model at the desk (理解模型接口), for administrators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from desk.door import Form, answer, change, for_staff, look, page_of, read_form, tell_desk
from desk.keys import SERVICES
from desk.labels import label
from desk.release_views import verdict_view
from desk.review_views import named
from desk.sessions import Officer
from desk.staff import staff_names


class TryForm(Form):
    """The file under ``models/``; files do not come over the web."""

    file: str = Field(min_length=1, max_length=200)


class ReleaseForm(Form):
    """Why a model is released although the gate failed, where it did."""

    reason: str = Field(default="", max_length=500)


class BackForm(Form):
    """Why the model before is brought back."""

    reason: str = Field(min_length=1, max_length=500)


@for_staff("admin")
async def show_models(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /models?page=."""
    models, page = request.app[SERVICES].models, page_of(request)

    def read(session: Session) -> dict[str, Any]:
        names, told = staff_names(session), models.page(session, page=page)
        return {**told, "rows": [_view(each, names) for each in told["rows"]]}

    return answer(await look(request, read))


@for_staff("admin")
async def try_model(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /models: a file is checked and measured in the background."""
    form, models = await read_form(request, TryForm), request.app[SERVICES].models
    told = await _do(
        request,
        lambda session, now: models.try_file(session, form.file, officer=officer.login, now=now),
    )
    return answer(told, status=201)


@for_staff("admin")
async def release_model(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /models/{id}/release."""
    form, models = await read_form(request, ReleaseForm), request.app[SERVICES].models
    model = int(request.match_info["id"])
    return answer(
        await _do(
            request,
            lambda session, now: models.release(
                session, model, reason=form.reason or None, officer=officer.login, now=now
            ),
        )
    )


@for_staff("admin")
async def roll_back_model(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /models/roll-back."""
    form, models = await read_form(request, BackForm), request.app[SERVICES].models
    return answer(
        await _do(
            request,
            lambda session, now: models.roll_back(
                session, reason=form.reason, officer=officer.login, now=now
            ),
        )
    )


async def _do(
    request: web.Request, deed: Callable[[Session, datetime], dict[str, Any]]
) -> dict[str, Any]:
    now = request.app[SERVICES].clock()
    told = await change(request, lambda s: _view(deed(s, now), staff_names(s)))
    tell_desk(request, "library")
    return told


def _view(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """A trial with states and people in words."""
    people = {
        key: named(row[key], names) if row[key] else None
        for key in ("tried_by", "released_by", "ended_by")
    }
    return {
        **row,
        **people,
        "state_label": label("model_states", row["state"]),
        "verdict": row["verdict"] and verdict_view(row["verdict"]),
    }
