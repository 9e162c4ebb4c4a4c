"""What people do at the pages, in their own words: a taxpayer, and those who work at the desk."""

from __future__ import annotations

import re

from playwright.async_api import APIRequestContext, Browser, Locator, Page, expect

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 860}
_SIX_DIGITS = re.compile(r"\d{6}")


class Watched:
    """A page that must neither fail nor ask any other machine for anything."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._faults: list[str] = []
        page.on("pageerror", lambda error: self._faults.append(str(error)))
        page.on("request", lambda request: self._note(request.url))

    def _note(self, url: str) -> None:
        if "//127.0.0.1:" not in url and not url.startswith(("data:", "blob:")):
            self._faults.append(f"asked {url}")

    def check(self) -> None:
        assert self._faults == []


class Taxpayer(Watched):
    """Someone with a phone."""

    @property
    def bubbles(self) -> Locator:
        """Everything said to the taxpayer, oldest first."""
        return self.page.locator(".message:not(.taxpayer)")

    @property
    def heard(self) -> Locator:
        """What was said last."""
        return self.bubbles.last

    async def arrive(self) -> None:
        """Open the page, read the notice, agree."""
        await self.page.goto("/")
        await self.page.get_by_role("button", name="同意并开始咨询").click()
        await expect(self.page.get_by_role("heading", name="您好，我是润苗")).to_be_visible()

    async def say(self, text: str) -> None:
        """Type something and press Enter."""
        await self.page.get_by_label("输入您的问题").fill(text)
        await self.page.keyboard.press("Enter")

    async def choose(self, label: str) -> None:
        """Press a button under the last bubble."""
        await self.heard.get_by_role("button", name=label, exact=True).click()

    async def hear(self, text: str | re.Pattern[str]) -> None:
        """Wait for the last bubble to say something."""
        await expect(self.heard).to_contain_text(text)

    async def ask(self, text: str) -> Locator:
        """Ask, and wait for the first bubble of the answer."""
        before = await self.bubbles.count()
        await self.say(text)
        await expect(self.bubbles.nth(before)).to_be_visible()
        await expect(self.page.locator(".stage")).to_have_count(0)
        return self.bubbles.nth(before)

    async def bind(self, uscc: str, role: str) -> None:
        """Bind a firm with the code that the demo shows where an SMS would arrive."""
        usual = self.page.get_by_role("group", name="常用操作")
        await usual.get_by_role("button", name="绑定企业").click()
        await self.hear("统一社会信用代码")
        await self.say(uscc)
        await self.choose(role)
        await self.hear("请输入收到的6位验证码")
        sms = await self.page.locator(".message.sms").last.inner_text()
        found = _SIX_DIGITS.search(sms)
        assert found is not None, sms
        await self.say(found.group())
        await self.hear("绑定好了")

    async def fill_in_an_appeal(self, kind: str, story: str) -> None:
        """Go through the form up to the last look."""
        usual = self.page.get_by_role("group", name="常用操作")
        await usual.get_by_role("button", name="提诉求").click()
        await self.tell_what_happened(kind, story)

    async def tell_what_happened(self, kind: str, story: str) -> None:
        """Answer what the form asks, leaving no telephone number."""
        await self.choose(kind)
        await self.hear("遇到了什么事")
        await self.say(story)
        await self.hear("方便留个电话吗")
        await self.say("不留")
        await expect(self.heard.get_by_role("button").first).to_be_visible()


class Colleague(Watched):
    """Someone who works at the desk."""

    async def sign_in(self, login: str, password: str) -> None:
        await self.page.goto("/desk/")
        await self.page.get_by_label("账号").fill(login)
        await self.page.locator("input[name=password]").fill(password)
        await self.page.get_by_role("button", name="登录").click()
        await expect(self.page.get_by_role("navigation", name="主导航")).to_be_visible()

    async def go(self, place: str) -> None:
        """Go to a place by the main navigation."""
        navigation = self.page.get_by_role("navigation", name="主导航")
        await navigation.get_by_role("link", name=place).click()

    async def open_appeal(self, number: str) -> None:
        """Open the page of one appeal."""
        await self.page.goto(f"/desk/appeals/{number}")
        await expect(self.page.get_by_role("heading", name="办理经过")).to_be_visible()

    async def do(self, verb: str, note: str = "") -> None:
        """Make a move of an appeal through its dialog."""
        await self.page.get_by_role("button", name=verb, exact=True).click()
        dialog = self.page.get_by_role("dialog", name=verb)
        if note:
            await dialog.locator("textarea").fill(note)
        await dialog.get_by_role("button", name=verb, exact=True).click()
        await expect(self.page.get_by_text(f"{verb}已完成。")).to_be_visible()
        await expect(dialog).to_have_count(0)


async def told(request: APIRequestContext, inner_url: str, question: str) -> str:
    """What whoever asks now is told, without a talk."""
    reply = await request.post(f"{inner_url}/operator/ask", data={"text": question})
    return str((await reply.json())["answer"])


async def new_page(browser: Browser, url: str, size: dict[str, int]) -> Page:
    """A page in a context of its own: another person on another machine."""
    context = await browser.new_context(base_url=url, viewport=size, locale="zh-CN")  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    return await context.new_page()
