"""How every handler of the desk reads and answers (请求与回应): who asks, JSON, errors."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.database import in_transaction, reading
from core.errors import ServiceError
from core.messages import sentence_for
from desk.errors import (
    CsrfRefused,
    DeskDatabaseGone,
    DeskFormInvalid,
    PasswordChangeNeeded,
    RoleNeeded,
    Unexpected,
)
from desk.keys import SERVICES
from desk.sessions import Officer, find_officer, is_stale, touch

logger = logging.getLogger(__name__)

COOKIE = "runmiao_desk"
COOKIE_PATH = "/api/v1/desk"
CSRF_HEADER = "X-CSRF-Token"
#: The page sends it while nobody has touched it for a while: such a request keeps no one signed in.
IDLE_HEADER = "X-RunMiao-Idle"
MOST_BYTES = 200 * 1024

Result = TypeVar("Result")
FormType = TypeVar("FormType", bound="Form")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
OfficerHandler = Callable[[web.Request, Officer], Awaitable[web.StreamResponse]]


class Form(BaseModel):
    """What a body may hold."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def answer(data: Any, *, status: int = 200) -> web.Response:
    """Answer with JSON that no cache keeps."""
    return web.json_response(
        data,
        status=status,
        headers={"Cache-Control": "no-store"},
        dumps=lambda each: json.dumps(each, ensure_ascii=False, separators=(",", ":")),
    )


def error_answer(error: ServiceError) -> web.Response:
    """Say an error: its code, and in Chinese what to do next."""
    body = {"code": error.code, "message": sentence_for(error), "details": error.details}
    return answer({"error": body}, status=error.status)


def guarded(handler: Handler) -> Handler:
    """Turn whatever a handler raises into a sentence with the right status."""

    @wraps(handler)
    async def safe(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ServiceError as error:
            return error_answer(error)
        except DBAPIError:
            logger.exception("the database failed")
            return error_answer(DeskDatabaseGone())
        except (web.HTTPException, ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            logger.exception("unexpected error in %s", handler.__name__)
            return error_answer(Unexpected())

    return safe


def for_staff(*roles: str, before_change: bool = False) -> Callable[[OfficerHandler], Handler]:
    """Let only signed-in staff in, and only from our own page.

    Args:
        *roles: Any one of them is enough; none means every account.
        before_change: Whether an account may come here before its first password is changed.
    """

    def guard(handler: OfficerHandler) -> Handler:
        @guarded
        @wraps(handler)
        async def checked(request: web.Request) -> web.StreamResponse:
            officer = await officer_of(request)
            if request.method not in ("GET", "HEAD"):
                _check_csrf(request, officer)
            if officer.must_change and not before_change:
                raise PasswordChangeNeeded
            if roles and not officer.roles.intersection(roles):
                raise RoleNeeded
            return await handler(request, officer)

        return checked

    return guard


async def officer_of(request: web.Request) -> Officer:
    """Who the request's cookie belongs to; a sign of life of the person is noted."""
    token, now = request.cookies.get(COOKIE), request.app[SERVICES].clock()

    def read(session: Session) -> tuple[Officer, bool]:
        return find_officer(session, token, now=now), is_stale(session, token, now=now)

    officer, stale = await look(request, read)
    if stale and IDLE_HEADER not in request.headers and not request.path.endswith("/events"):
        await change(request, lambda session: touch(session, token, now=now))
    return officer


def _check_csrf(request: web.Request, officer: Officer) -> None:
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), officer.csrf_token.encode()):
        raise CsrfRefused


async def read_form(request: web.Request, form: type[FormType]) -> FormType:
    """Read the body as ``form``.

    Raises:
        DeskFormInvalid: It is not a JSON object, too large, or a field has the wrong form.
    """
    if request.content_type != "application/json" or (request.content_length or 0) > MOST_BYTES:
        raise DeskFormInvalid(field="body")
    try:
        return form.model_validate(await request.json())
    except (ValueError, RecursionError) as error:
        field = "body"
        if isinstance(error, ValidationError):
            field = ".".join(str(part) for part in error.errors()[0]["loc"]) or "body"
        raise DeskFormInvalid(field=field) from error


def page_of(request: web.Request) -> int:
    """Which page of a list is wanted, from 1."""
    given = request.query.get("page", "1")
    return min(max(int(given), 1), 10_000) if given.isdecimal() and given.isascii() else 1


async def change(request: web.Request, work: Callable[[Session], Result]) -> Result:
    """Do ``work`` in one transaction, off the event loop."""
    services = request.app[SERVICES]
    return await asyncio.get_running_loop().run_in_executor(
        services.executor, lambda: in_transaction(services.sessions, work)
    )


async def look(request: web.Request, work: Callable[[Session], Result]) -> Result:
    """Do ``work`` in a reading transaction, off the event loop."""
    services = request.app[SERVICES]

    def read() -> Result:
        with reading(services.sessions) as session:
            return work(session)

    return await asyncio.get_running_loop().run_in_executor(services.executor, read)


def tell_desk(request: web.Request, kind: str, **data: Any) -> None:
    """Let every open desk page of this process know that something changed."""
    request.app[SERVICES].hub.tell("desk", kind, **data)


def tell_talk(request: web.Request, conversation_id: int, kind: str) -> None:
    """Let the taxpayer's page and the desk know that a talk went on."""
    request.app[SERVICES].hub.tell(f"conversation:{conversation_id}", kind)
    tell_desk(request, "conversation", id=conversation_id)
