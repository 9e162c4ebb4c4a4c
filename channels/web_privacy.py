"""Consent, leaving, and the visitor's own data on the page (隐私相关接口)."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from channels.keys import SERVICES
from channels.my_data import delete_data, exported_data, give_consent, kept_data
from channels.web_requests import (
    LIMITS,
    Form,
    change,
    json_response,
    look,
    read_form,
    seconds,
    token_of,
)
from consultations.hand_over import stop_waiting
from consultations.talk import access_conversation
from enterprises.identities import sign_out


class ConsentForm(Form):
    """Whether the taxpayer agrees to the notice."""

    agreed: bool


async def consent(request: web.Request) -> web.Response:
    """POST /api/v1/conversation/consent: agree, or withdraw."""
    services, token = request.app[SERVICES], token_of(request)
    form = await read_form(request, ConsentForm)

    def work(session: Session) -> dict[str, Any]:
        conversation = access_conversation(session, token)
        give_consent(session, conversation, agreed=form.agreed, now=services.clock())
        return {"consented": form.agreed}

    return json_response(await change(request, work))


async def leave(request: web.Request) -> web.Response:
    """POST /api/v1/conversation/sign-out: what this browser proved ends; the talk stays closed."""
    services, token = request.app[SERVICES], token_of(request)

    def work(session: Session) -> dict[str, Any]:
        conversation = access_conversation(session, token)
        now = services.clock()
        sign_out(session, identity_key=conversation.identity_key, now=now)
        stop_waiting(session, conversation, now=now)
        conversation.token_hash = f"ended {conversation.talk_id}"
        return {"signed_out": True}

    return json_response(await change(request, work))


async def my_data(request: web.Request) -> web.Response:
    """GET /api/v1/conversation/my-data."""
    services, token = request.app[SERVICES], token_of(request)

    def work(session: Session) -> dict[str, Any]:
        conversation = access_conversation(session, token)
        items = kept_data(
            session,
            identity_key=conversation.identity_key,
            settings=services.settings,
            now=services.clock(),
        )
        return {"items": items}

    return json_response(await look(request, work))


async def export_my_data(request: web.Request) -> web.Response:
    """GET /api/v1/conversation/my-data/export."""
    services, token = request.app[SERVICES], token_of(request)
    request.app[LIMITS].actions.take(token or "", now=seconds())

    def work(session: Session) -> dict[str, Any]:
        conversation = access_conversation(session, token)
        return exported_data(session, identity_key=conversation.identity_key, now=services.clock())

    headers = {"Content-Disposition": 'attachment; filename="runmiao-my-data.json"'}
    return json_response(await look(request, work), headers=headers)


async def delete_my_data(request: web.Request) -> web.Response:
    """DELETE /api/v1/conversation/my-data: ours first, then Rasa's tracker."""
    services, token = request.app[SERVICES], token_of(request)

    def work(session: Session) -> tuple[list[str], str]:
        conversation = access_conversation(session, token)
        return delete_data(session, identity_key=conversation.identity_key, now=services.clock())

    talk_ids, told = await change(request, work)
    await asyncio.get_running_loop().run_in_executor(
        services.executor, services.forget_talks, talk_ids
    )
    return json_response({"deleted": True, "text": told})
