"""What staff have to know of appeals (工作提醒接口)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from appeals.alerts import Alert, list_alerts, see_alert
from desk.door import answer, change, for_staff, look
from desk.keys import SERVICES
from desk.sessions import Officer

AGENTS = ("agent", "supervisor")


@for_staff(*AGENTS)
async def show_alerts(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /appeal-alerts?seen=1: what the officer has not seen yet, or everything."""
    unseen = request.query.get("seen") != "1"
    found = await look(
        request,
        lambda session: list_alerts(
            session, login=officer.login, roles=officer.roles, unseen_only=unseen
        ),
    )
    return answer({"rows": [_view(each) for each in found]})


@for_staff(*AGENTS)
async def see(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /appeal-alerts/{id}/seen."""
    alert_id, now = int(request.match_info["id"]), request.app[SERVICES].clock()
    await change(
        request,
        lambda session: see_alert(
            session, alert_id=alert_id, login=officer.login, roles=officer.roles, now=now
        ),
    )
    return answer({})


def _view(alert: Alert) -> dict[str, Any]:
    return {
        **asdict(alert),
        "at": alert.at.isoformat(),
        "seen_at": alert.seen_at.isoformat() if alert.seen_at else None,
    }
