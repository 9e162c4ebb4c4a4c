"""The supervisor's page (督办接口)."""

from __future__ import annotations

from aiohttp import web

from desk.door import answer, for_staff, look
from desk.keys import SERVICES
from desk.overview import overview
from desk.sessions import Officer


@for_staff("supervisor", "deputy_head")
async def show_overview(request: web.Request, officer: Officer) -> web.StreamResponse:
    """GET /supervisor/overview."""
    services = request.app[SERVICES]
    within = services.settings.hand_over_within
    return answer(
        await look(
            request, lambda s: overview(s, officer, now=services.clock(), gives_up_after=within)
        )
    )
