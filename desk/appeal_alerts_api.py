"""What staff have to know of appeals (工作提醒接口), and what waits for a decision (待审批)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web
from sqlalchemy.orm import Session

from appeals.alerts import Alert, count_alerts, list_alerts, see_alert
from desk.appeal_requests import requests_page
from desk.door import answer, change, for_staff, look, page_of
from desk.keys import SERVICES
from desk.labels import label
from desk.roles import WATCHERS, roles_heard
from desk.sessions import Officer
from desk.staff import filled_roles, staff_names

PER_PAGE = 20


@for_staff(*WATCHERS)
async def show_alerts(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /appeal-alerts?seen=1&page=2: what nobody has seen yet, or everything."""
    unseen, page = request.query.get("seen") != "1", page_of(request)

    def read(session: Session) -> dict[str, Any]:
        login, roles = officer.login, heard_by(session, officer)
        found = list_alerts(
            session,
            login=login,
            roles=roles,
            unseen_only=unseen,
            limit=PER_PAGE,
            offset=(page - 1) * PER_PAGE,
        )
        names = staff_names(session)
        return {
            "rows": [_view(each, names) for each in found],
            "total": count_alerts(session, login=login, roles=roles, unseen_only=unseen),
            "unseen": count_alerts(session, login=login, roles=roles),
            "page": page,
            "per_page": PER_PAGE,
        }

    return answer(await look(request, read))


@for_staff(*WATCHERS)
async def see(request: web.Request, officer: Officer) -> web.StreamResponse:
    """POST /appeal-alerts/{id}/seen."""
    alert_id, now = int(request.match_info["id"]), request.app[SERVICES].clock()

    def work(session: Session) -> None:
        roles = heard_by(session, officer)
        see_alert(session, alert_id=alert_id, login=officer.login, roles=roles, now=now)

    await change(request, work)
    return answer({})


@for_staff("supervisor")
async def show_requests(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /appeal-requests: what waits for a supervisor's decision."""
    page, now = page_of(request), request.app[SERVICES].clock()
    return answer(
        await look(request, lambda session: requests_page(session, officer, page=page, now=now))
    )


def heard_by(session: Session, officer: Officer) -> frozenset[str]:
    """Whose alerts the officer sees: those of the account's roles, and of roles nobody has."""
    return roles_heard(officer.held, filled_roles(session))


def _view(alert: Alert, names: dict[str, str]) -> dict[str, Any]:
    seen_by, to = alert.seen_by, alert.login
    return {
        **asdict(alert),
        "at": alert.at.isoformat(),
        "seen_at": alert.seen_at.isoformat() if alert.seen_at else None,
        "seen_name": names.get(seen_by, seen_by) if seen_by else None,
        "reason_label": label("alert_reasons", alert.reason),
        "for_label": names.get(to, to) if to else label("roles", alert.role),
    }
