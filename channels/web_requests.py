"""How every public handler reads and answers (请求与回应): JSON in, JSON out, errors in words."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from channels.keys import SERVICES
from channels.rate_limits import Limits, RateLimited
from core.database import in_transaction, reading
from core.errors import NotFound, ServiceError
from core.messages import sentence_for

logger = logging.getLogger(__name__)

TOKEN_HEADER = "X-RunMiao-Conversation"
MOST_BYTES = 64 * 1024
LIMITS: web.AppKey[Limits] = web.AppKey("limits", Limits)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Result = TypeVar("Result")
FormType = TypeVar("FormType", bound="Form")


class BodyTooLarge(ServiceError):
    """More was sent than any form of ours holds (内容过大)."""

    code = "body_too_large"
    status = 413


class NotJson(ServiceError):
    """The body is not a JSON object, or does not say so (格式不对)."""

    code = "not_json"
    status = 415


class FieldInvalid(ServiceError):
    """A field is missing or has the wrong form (字段有误)."""

    code = "field_invalid"
    status = 422


class NoSuchPage(NotFound):
    """Nothing has this address (没有这个地址)."""

    code = "no_such_page"


class DatabaseGone(ServiceError):
    """The database cannot be read or written now (数据库不可用)."""

    code = "database_gone"
    status = 503


class Form(BaseModel):
    """What a body may hold; unknown keys are passed over."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


def error_response(error: ServiceError) -> web.Response:
    """Say an error: its code, and in Chinese what to do next."""
    body = {"error": {"code": error.code, "message": sentence_for(error), "details": error.details}}
    headers = {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.details["retry_after"])
    return json_response(body, status=error.status, headers=headers)


def json_response(
    data: Any, *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    """Answer with JSON that no cache keeps."""
    return web.json_response(
        data,
        status=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        dumps=_as_json,
    )


def _as_json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def guarded(handler: Handler) -> Handler:
    """Turn whatever a handler raises into a sentence with the right status."""

    @wraps(handler)
    async def safe(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ServiceError as error:
            return error_response(error)
        except DBAPIError:
            logger.exception("the database failed")
            return error_response(DatabaseGone())
        except web.HTTPRequestEntityTooLarge:
            return error_response(BodyTooLarge())
        except (web.HTTPException, ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            logger.exception("unexpected error in %s", handler.__name__)
            return error_response(Unexpected())

    return safe


class Unexpected(ServiceError):
    """Something that nobody foresaw; told in one fixed sentence (意外错误)."""

    code = "unexpected"
    status = 500


async def read_form(request: web.Request, form: type[FormType]) -> FormType:
    """Read the body as ``form``.

    Raises:
        BodyTooLarge: It is larger than any honest body.
        NotJson: It is not a JSON object sent as ``application/json``.
        FieldInvalid: A field is missing or has the wrong form.
    """
    if (request.content_length or 0) > MOST_BYTES:
        raise BodyTooLarge
    if request.content_type != "application/json":
        raise NotJson
    raw = await request.read()
    if len(raw) > MOST_BYTES:
        raise BodyTooLarge
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NotJson from error
    if not isinstance(data, dict):
        raise NotJson
    try:
        return form.model_validate({name: _storable(value) for name, value in data.items()})
    except ValidationError as error:
        field = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise FieldInvalid(field=field) from error


def _storable(value: Any) -> Any:
    """Drop halves of characters, which no database takes."""
    return value.encode("utf-8", "ignore").decode() if isinstance(value, str) else value


def token_of(request: web.Request) -> str | None:
    """The secret of the conversation, if the request carries one."""
    return request.headers.get(TOKEN_HEADER)


def address_of(request: web.Request) -> str:
    """Where the request comes from; a proxy is believed only if it runs on this machine."""
    peer = request.remote or "unknown"
    if peer in ("127.0.0.1", "::1"):
        forwarded = request.headers.get("X-Forwarded-For", "")
        return forwarded.rpartition(",")[2].strip() or peer
    return peer


def seconds() -> float:
    """A clock for limits, which never goes back."""
    return asyncio.get_running_loop().time()


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
