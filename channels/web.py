"""The taxpayer's web door (网页入口): every public route and its handler."""

from __future__ import annotations

import asyncio

from aiohttp import web

from channels import (
    appeal_page,
    attachments,
    hot_api,
    public_api,
    web_privacy,
    web_stream,
    web_talk,
)
from channels.attachments_upload import IN_TURN
from channels.keys import SERVICES
from channels.rate_limits import Limits
from channels.web_headers import add_security_headers
from channels.web_requests import LIMITS, Handler, NoSuchPage, error_response, guarded
from core.errors import ServiceError

API = "/api/v1"
TALK = f"{API}/conversation"

ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", f"{API}/bureau", web_talk.get_bureau),
    ("POST", f"{API}/conversations", web_talk.start_conversation),
    ("GET", TALK, web_talk.get_conversation),
    ("GET", f"{TALK}/messages", web_talk.get_messages),
    ("GET", f"{TALK}/events", web_stream.stream_events),
    ("POST", f"{TALK}/turns", web_talk.take_turn),
    ("POST", f"{TALK}/turns/{{turn_id}}/rating", web_talk.rate),
    ("POST", f"{TALK}/consent", web_privacy.consent),
    ("POST", f"{TALK}/sign-out", web_privacy.leave),
    ("GET", f"{TALK}/my-data", web_privacy.my_data),
    ("DELETE", f"{TALK}/my-data", web_privacy.delete_my_data),
    ("GET", f"{TALK}/my-data/export", web_privacy.export_my_data),
    ("GET", f"{TALK}/attachments", attachments.list_of_talk),
    ("POST", f"{TALK}/attachments", attachments.add_to_talk),
    ("GET", f"{TALK}/attachments/{{id}}", attachments.show_of_talk),
    ("DELETE", f"{TALK}/attachments/{{id}}", attachments.drop_of_talk),
    ("POST", f"{API}/messages", public_api.ask),
    ("GET", f"{API}/answers/{{turn_id}}", public_api.get_answer),
    ("GET", f"{API}/hot", hot_api.show_hot_list),
    ("POST", f"{API}/appeals/status", appeal_page.appeal_status),
    ("POST", f"{API}/appeals/feedback", appeal_page.appeal_feedback),
    ("POST", f"{API}/appeals/supplement", appeal_page.supplement),
    ("POST", f"{API}/appeals/urge", appeal_page.urge),
    ("POST", f"{API}/appeals/withdraw", appeal_page.withdraw),
    ("POST", f"{API}/appeals/rate", appeal_page.rate),
    ("POST", f"{API}/appeals/reopen", appeal_page.reopen),
    ("POST", f"{API}/appeals/confirm", appeal_page.confirm),
    ("POST", f"{API}/appeals/attachments", attachments.add_by_code),
    ("POST", f"{API}/appeals/attachments/{{id}}", attachments.show_by_code),
)


class MethodNotAllowed(ServiceError):
    """The address exists, but not for this method (方法不对)."""

    code = "method_not_allowed"
    status = 405


def add_web_routes(app: web.Application) -> None:
    """Add the API of the taxpayer's page; ``app[SERVICES]`` must be there already."""
    app[LIMITS] = Limits(app[SERVICES].settings.messages_per_minute)
    app[web_stream.STREAMS] = {}
    hot_api.add_hot_list(app)
    app[IN_TURN] = asyncio.Semaphore(1)
    for method, path, handler in ROUTES:
        app.router.add_route(method, path, guarded(handler))
    app.on_response_prepare.append(add_security_headers)
    app.on_shutdown.append(web_stream.end_streams)
    app.middlewares.append(_say_errors)


@web.middleware
async def _say_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Addresses and methods that do not exist are told in words, too."""
    try:
        return await handler(request)
    except web.HTTPNotFound:
        return error_response(NoSuchPage())
    except web.HTTPMethodNotAllowed as error:
        response = error_response(MethodNotAllowed())
        response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
