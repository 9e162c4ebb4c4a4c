"""The public listener (公开入口): the doors, the built pages, health."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import text

from app.door_services import DoorServices
from app.migrate import latest_revision
from channels.keys import SERVICES as CHANNEL_SERVICES
from channels.web import add_web_routes
from channels.wechat import add_wechat_routes
from desk.keys import SERVICES as DESK_SERVICES
from desk.routes import add_desk_routes

ROOT = Path(__file__).resolve().parent.parent
PAGES = {"": ROOT / "web" / "chat" / "dist", "desk": ROOT / "web" / "desk" / "dist"}


def make_public_app(services: DoorServices) -> web.Application:
    """The application of the public listener."""
    app = web.Application(client_max_size=256 * 1024)
    app[CHANNEL_SERVICES] = services
    app[DESK_SERVICES] = services
    add_web_routes(app)
    add_desk_routes(app)
    add_wechat_routes(app)
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz)])
    _add_pages(app)
    return app


async def healthz(_: web.Request) -> web.Response:
    """The process is alive."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """Whether people can be served: the database answers; Rasa may be away (degraded)."""
    services = request.app[CHANNEL_SERVICES]
    body: dict[str, Any] = {"database": "ok", "rasa": "ok", "revision": latest_revision()}
    status = 200
    try:
        with services.sessions() as session:
            session.execute(text("SELECT 1"))
    except Exception:
        body["database"], status = "gone", 503
    if services.is_degraded():
        body["rasa"] = "degraded"
    return web.json_response(body, status=status)


def _add_pages(app: web.Application) -> None:
    for prefix, folder in PAGES.items():
        base = f"/{prefix}" if prefix else ""
        assets = folder / "assets"
        if assets.exists():
            app.router.add_static(f"{base}/assets", assets, append_version=False)
        index = folder / "index.html"

        async def page(_: web.Request, index: Path = index) -> web.StreamResponse:
            if not index.exists():
                return web.Response(status=503, text="页面还没有构建，请执行 make run。")
            return web.FileResponse(index, headers={"Cache-Control": "no-cache"})

        for route in (("/", "/appeal", "/answer/{turn_id}") if not prefix else
                      ("/desk", "/desk/", "/desk/{tail:(?!assets/).*}")):  # fmt: skip
            app.router.add_get(route, page)
