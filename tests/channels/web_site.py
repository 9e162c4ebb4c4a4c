"""The built page on the real door, and what a visitor does with it in a browser."""

from pathlib import Path
from typing import Any

from aiohttp import web
from playwright.async_api import Page, expect
from sqlalchemy import select

from channels.keys import SERVICES
from channels.web import add_web_routes
from consultations.tables import Turn
from core.database import reading

PAGE = Path(__file__).resolve().parents[2] / "web" / "chat" / "dist"
ASK = "输入您的问题"


class PublicSite:
    """The door and the built page on a loopback port; can be taken away and brought back."""

    def __init__(self, services: Any) -> None:
        self.services = services
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def said(self) -> list[str]:
        """What reached the service, in the order it came."""
        with reading(self.services.sessions) as session:
            return list(session.scalars(select(Turn.text).order_by(Turn.received_at)))

    async def start(self) -> None:
        app = web.Application()
        app[SERVICES] = self.services
        add_web_routes(app)
        app.router.add_static("/assets", PAGE / "assets")
        for path in ("/", "/appeal", "/answer/{turn_id}"):
            app.router.add_get(path, self._show)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _show(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")


async def agree(page: Page) -> None:
    """Read the notice and start."""
    await page.get_by_role("button", name="同意并开始咨询").click()
    await expect(page.get_by_role("heading", name="您好，我是润苗")).to_be_visible()


async def say(page: Page, text: str) -> None:
    """Type something and press Enter."""
    await page.get_by_label(ASK).fill(text)
    await page.keyboard.press("Enter")


async def answers(page: Page, count: int) -> None:
    """Wait until so many answers stand on the page."""
    await expect(page.get_by_role("button", name="答得不对")).to_have_count(count)
