"""Take pictures of every page: ``python -m tests.browser.take_screenshots docs/images [ALL]``.

The two pictures of the README go into the first folder; with a second folder, every page at the
width of a phone and of a desk goes there. The service is one of its own, with invented firms.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from enterprises.sample import sample_firms
from tests.browser.people import Colleague, Taxpayer, new_page
from tests.browser.running_service import RunningService

WIDTHS = {"390": {"width": 390, "height": 844}, "1280": {"width": 1280, "height": 800}}
PHONE, DESK = "390", "1280"
QUESTION = "小规模这季度卖了28万要交增值税吗"
STORY = "10月在电子税务局报增值税，系统没有带出小规模免税，多缴了税，希望退回来。"
PLACES = {
    "agent01": {"inbox": "来件", "appeals": "诉求"},
    "supervisor01": {"overview": "督办", "wrong": "纠错"},
    "editor01": {"library": "知识库", "learning": "提问改进"},
    "admin01": {"staff": "账号"},
}
#: Pages of the library beside its entries, as an editor sees them.
BESIDE_ENTRIES = {
    "documents": "documents",
    "document": "documents/mof-sta-2026-10",
    "expiring": "expiring",
    "import": "import",
    "notices": "notices",
    "terms": "terms",
    "releases": "releases",
}


class Pictures:
    """Takes pictures in both widths."""

    def __init__(self, browser: Browser, service: RunningService, every: Path | None) -> None:
        self.browser = browser
        self.service = service
        self.every = every

    async def take(self, page: Page, name: str) -> None:
        """Keep what stands on the page, where all pictures are wanted."""
        if self.every is not None:
            width = page.viewport_size or {}
            await page.wait_for_timeout(400)
            await page.screenshot(path=self.every / f"{name}-{width.get('width')}.png")

    async def page(self, width: str) -> Page:
        return await new_page(self.browser, self.service.url, WIDTHS[width])


async def _talk(pictures: Pictures, width: str) -> tuple[Taxpayer, str, str]:
    """A talk from the notice to a filed appeal."""
    taxpayer = Taxpayer(await pictures.page(width))
    await taxpayer.page.goto("/")
    await expect(taxpayer.page.get_by_role("dialog")).to_be_visible()
    await pictures.take(taxpayer.page, "chat-1-consent")
    await taxpayer.arrive()
    await pictures.take(taxpayer.page, "chat-2-welcome")
    answer = await taxpayer.ask(QUESTION)
    await _show(taxpayer.page, answer)
    await pictures.take(taxpayer.page, "chat-3-answer")
    await taxpayer.page.get_by_role("button", name="菜单").click()
    await pictures.take(taxpayer.page, "chat-4-menu")
    await taxpayer.page.get_by_role("dialog").get_by_role("button", name="我的数据").click()
    await pictures.take(taxpayer.page, "chat-5-my-data")
    await taxpayer.page.keyboard.press("Escape")
    await taxpayer.bind(sample_firms(1)[0].uscc, "法定代表人")
    await pictures.take(taxpayer.page, "chat-6-bound")
    await taxpayer.ask("我公司今年交了多少税")
    await pictures.take(taxpayer.page, "chat-7-firm")
    number, code = await _file(taxpayer)
    await pictures.take(taxpayer.page, "chat-8-appeal")
    return taxpayer, number, code


async def _file(taxpayer: Taxpayer) -> tuple[str, str]:
    await taxpayer.say("我要提诉求")
    await taxpayer.choose("退税")
    await taxpayer.hear("遇到了什么事")
    await taxpayer.say(STORY)
    await taxpayer.hear("方便留个电话吗")
    await taxpayer.say("不留")
    await taxpayer.choose("确认提交")
    card = taxpayer.page.get_by_role("region", name="诉求登记")
    await expect(card).to_be_visible()
    number, code = (await card.locator(".code").all_inner_texts())[:2]
    return number, code


async def _appeal_page(pictures: Pictures, width: str, number: str, code: str) -> None:
    page = await pictures.page(width)
    await page.goto("/appeal")
    await pictures.take(page, "appeal-1-look")
    await page.get_by_label("诉求编号").fill(number)
    await page.get_by_label("查询码").fill(code)
    await page.get_by_role("button", name="查询").click()
    await expect(page.get_by_text("办理过程")).to_be_visible()
    await pictures.take(page, "appeal-2-progress")


async def _desk(pictures: Pictures, width: str, number: str) -> None:
    page = await pictures.page(width)
    await page.goto("/desk/login")
    await pictures.take(page, "desk-login")
    for login, places in PLACES.items():
        colleague = Colleague(await pictures.page(width))
        await colleague.sign_in(login, pictures.service.logins[login])
        for name, place in places.items():
            await colleague.go(place)
            await pictures.take(colleague.page, f"desk-{name}")
        if login == "agent01":
            await colleague.page.goto(f"/desk/appeals/{number}")
            await expect(colleague.page.get_by_text(STORY).first).to_be_visible()
            await pictures.take(colleague.page, "desk-appeal")
        if login == "editor01":
            await colleague.page.goto("/desk/library/invoice-lost-paper")
            await pictures.take(colleague.page, "desk-entry")
            for name, path in BESIDE_ENTRIES.items():
                await colleague.page.goto(f"/desk/{path}")
                await pictures.take(colleague.page, f"desk-{name}")


async def _accepted_talk(pictures: Pictures, width: str, taxpayer: Taxpayer) -> Page:
    """The desk with a talk that waited for a person and has one now."""
    await taxpayer.ask("一个季度正好卖30万要不要交增值税")
    await taxpayer.ask("转人工")
    await pictures.take(taxpayer.page, "chat-9-waiting")
    agent = Colleague(await pictures.page(width))
    await agent.sign_in("agent01", pictures.service.logins["agent01"])
    await agent.page.locator(".item.waiting").first.click()
    await expect(agent.page.locator(".side-body")).to_contain_text("依据")
    await pictures.take(agent.page, "desk-talk-waiting")
    await agent.page.get_by_role("button", name="接入", exact=True).click()
    await expect(agent.page.get_by_text("已转人工").first).to_be_visible()
    await expect(agent.page.locator(".el-message")).to_have_count(0)
    await pictures.take(agent.page, "desk-talk")
    await pictures.take(taxpayer.page, "chat-10-person")
    return agent.page


async def _show(page: Page, bubble: Locator) -> None:
    """Bring the beginning of a bubble to the top."""
    await bubble.evaluate("each => each.scrollIntoView({ block: 'start' })")
    await page.wait_for_timeout(300)


async def _take_all(service: RunningService, images: Path, every: Path | None) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        pictures = Pictures(browser, service, every)
        for width in WIDTHS if every is not None else (PHONE,):
            taxpayer, number, code = await _talk(pictures, width)
            if every is not None:
                await _appeal_page(pictures, width, number, code)
                await _desk(pictures, width, number)
        answered = Taxpayer(await pictures.page(PHONE))
        await answered.arrive()
        await _show(answered.page, await answered.ask(QUESTION))
        await answered.page.screenshot(path=images / "chat.png")
        desk = await _accepted_talk(pictures, DESK, taxpayer)
        await desk.screenshot(path=images / "desk.png")
        if every is not None:
            await _accepted_talk(pictures, PHONE, answered)
        await browser.close()


def main() -> None:
    """Start a service, take the pictures, stop it."""
    parser = argparse.ArgumentParser(prog="take_screenshots", description=__doc__)
    parser.add_argument("images", type=Path, help="where chat.png and desk.png go")
    parser.add_argument("every", type=Path, nargs="?", help="where a picture of each page goes")
    given = parser.parse_args()
    for folder in filter(None, (given.images, given.every)):
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        service = RunningService(Path(folder), messages_per_minute="120")
        service.start()
        try:
            asyncio.run(_take_all(service, given.images, given.every))
        finally:
            service.stop()


if __name__ == "__main__":
    main()
