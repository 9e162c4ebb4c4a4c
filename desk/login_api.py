"""Signing in and out (登录接口), and what the page must know of the person."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from aiohttp import web
from pydantic import Field
from sqlalchemy.orm import Session

from core.clock import china_date
from desk.door import COOKIE, COOKIE_PATH, Form, answer, change, for_staff, guarded, look, read_form
from desk.errors import LoginRefused, WrongOldPassword
from desk.keys import SERVICES
from desk.overview import nav_counts
from desk.passwords import is_password
from desk.roles import ROLES
from desk.sessions import LASTS, Officer, begin_try, sign_in, sign_out
from desk.staff import set_password

#: Hashing is slow on purpose; more at once would keep the service from everything else.
HASHING: web.AppKey[asyncio.Semaphore] = web.AppKey("desk_hashing", asyncio.Semaphore)


class LoginForm(Form):
    """Who wants in."""

    login: str = Field(max_length=60)
    password: str = Field(max_length=200)


class PasswordForm(Form):
    """The present password and the next."""

    old: str = Field(max_length=200)
    new: str = Field(max_length=200)


@guarded
async def log_in(request: web.Request) -> web.StreamResponse:
    """POST /login; one sentence for every kind of failure."""
    form = await read_form(request, LoginForm)
    token, officer = await _signed_in(request, form.login.lower(), form.password)
    return _with_cookie(request, me_view(request, officer), token)


async def _signed_in(request: web.Request, login: str, password: str) -> tuple[str, Officer]:
    services = request.app[SERVICES]
    async with request.app[HASHING]:
        kept = await change(request, lambda s: begin_try(s, login, now=services.clock()))
        fits = await asyncio.get_running_loop().run_in_executor(
            services.executor, partial(is_password, kept, password)
        )
    if not fits or kept is None:
        raise LoginRefused
    return await change(request, lambda s: sign_in(s, login, kept, now=services.clock()))


@for_staff(before_change=True)
async def log_out(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /logout."""
    token = request.cookies.get(COOKIE)
    await change(request, lambda session: sign_out(session, token))
    response = answer({"ok": True})
    response.del_cookie(COOKIE, path=COOKIE_PATH)
    return response


@for_staff(before_change=True)
async def me(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /me."""
    return answer(me_view(request, officer))


@for_staff(before_change=True)
async def change_password(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /me/password; every other session of the account ends."""
    form = await read_form(request, PasswordForm)
    try:
        await _signed_in(request, officer.login, form.old)
    except LoginRefused as error:
        raise WrongOldPassword from error
    now = request.app[SERVICES].clock()

    def store(session: Session) -> None:
        set_password(session, officer.login, old=form.old, new=form.new, now=now)

    await change(request, store)
    token, again = await _signed_in(request, officer.login, form.new)
    return _with_cookie(request, me_view(request, again), token)


@for_staff()
async def counts(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /counts: the numbers beside the navigation."""
    today = china_date(request.app[SERVICES].clock())
    return answer(await look(request, lambda s: nav_counts(s, officer, today=today)))


def me_view(request: web.Request, officer: Officer) -> dict[str, Any]:
    """The person and the bureau, for the page."""
    services = request.app[SERVICES]
    return {
        "login": officer.login,
        "name": officer.name,
        "roles": [role for role in ROLES if role in officer.held],
        "rights": [role for role in ROLES if role in officer.roles],
        "csrf_token": officer.csrf_token,
        "must_change": officer.must_change,
        "bureau": services.bureau.name,
        "mode": services.settings.mode,
        "library_approved": services.bureau.library_approved,
    }


def _with_cookie(request: web.Request, body: dict[str, Any], token: str) -> web.Response:
    response = answer(body)
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LASTS.total_seconds()),
        path=COOKIE_PATH,
        httponly=True,
        samesite="Strict",
        secure=request.app[SERVICES].settings.public_url.startswith("https://"),
    )
    return response
