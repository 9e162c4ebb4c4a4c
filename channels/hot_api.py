"""What is asked most, for everybody (热搜榜公开接口): approved questions and rough words only."""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from aiohttp import web

from appeals.heat.hot import public_list
from appeals.heat.parameters import heat_parameters, heat_sentences
from channels.keys import SERVICES
from channels.web_requests import LIMITS, address_of, json_response, look, seconds

#: A list is made once in so long, and anew when the library has changed.
_KEPT = timedelta(minutes=1)


@dataclass
class _Kept:
    """The list as it was made last, in one process."""

    body: dict[str, Any] | None = None
    at: datetime | None = None
    revision: int = -1

    def is_fresh(self, now: datetime, revision: int) -> bool:
        """Tell whether it can be shown again; a clock that was set back makes it anew."""
        if self.at is None or revision != self.revision:
            return False
        return timedelta() <= now - self.at < _KEPT


KEPT = web.AppKey("hot_list", _Kept)
IN_TURN = web.AppKey("hot_list_in_turn", asyncio.Lock)


def add_hot_list(app: web.Application) -> None:
    """Keep a place for the list."""
    app[KEPT], app[IN_TURN] = _Kept(), asyncio.Lock()


async def show_hot_list(request: web.Request) -> web.Response:
    """GET /api/v1/hot: the questions of the last days that most people asked."""
    request.app[LIMITS].answer_looks.take(address_of(request), now=seconds())
    services, kept = request.app[SERVICES], request.app[KEPT]
    async with request.app[IN_TURN]:
        now, snapshot = services.clock(), services.library.snapshot
        if not kept.is_fresh(now, snapshot.revision):
            items = await look(request, lambda session: public_list(session, snapshot, now=now))
            kept.body = {
                "as_of": now.isoformat(),
                "days": heat_parameters().hot.days,
                "items": [asdict(each) for each in items],
                "note": heat_sentences()["note"],
            }
            kept.at, kept.revision = now, snapshot.revision
    return json_response(kept.body)
