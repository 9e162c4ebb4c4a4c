"""The built page in a real browser, on the real door."""

import shutil
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import async_playwright, expect
from sqlalchemy import select

from answers.parts import Part
from channels.keys import SERVICES
from channels.web import add_web_routes
from consultations.hand_over import accept_talk, reply_as_person
from consultations.tables import Conversation, Message, Turn
from core.database import reading, transaction
from core.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "web" / "chat" / "dist"
ASK = "输入您的问题"
QUESTION = "没有收入、没开票，还要申报吗？"


class PublicSite:
    """The door and the built page on a loopback port; can be taken away and brought back."""

    def __init__(self, services) -> None:
        self.services = services
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        app = web.Application()
        app[SERVICES] = self.services
        add_web_routes(app)
        app.router.add_static("/assets", PAGE / "assets")
        for path in ("/", "/appeal", "/answer/{turn_id}"):
            app.router.add_get(path, self._show)
        self._runner = web.AppRunner(app, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _show(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(PAGE / "index.html")


@pytest.fixture
def settings() -> Settings:
    return Settings(messages_per_minute=200)


@pytest.fixture
async def site(services):
    made = PublicSite(services)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def context(site):
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        context = await browser.new_context(
            base_url=site.url, viewport={"width": 360, "height": 740}, locale="zh-CN"
        )
        context.set_default_timeout(15_000)
        yield context
        await browser.close()


@pytest.fixture
async def page(context):
    page = await context.new_page()
    page.faults = []
    page.strangers = []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("request", lambda request: page.strangers.append(request.url))
    await page.goto("/")
    yield page
    assert page.faults == []
    assert [url for url in page.strangers if "//127.0.0.1:" not in url] == []


async def _agree(page) -> None:
    await page.get_by_role("button", name="同意并开始咨询").click()
    await expect(page.get_by_role("heading", name="您好，我是润苗")).to_be_visible()


async def _say(page, text: str) -> None:
    await page.get_by_label(ASK).fill(text)
    await page.keyboard.press("Enter")


async def _answers(page, count: int) -> None:
    await expect(page.get_by_role("button", name="答得不对")).to_have_count(count)


def _said(site) -> list[str]:
    with reading(site.services.sessions) as session:
        return list(session.scalars(select(Turn.text).order_by(Turn.received_at)))


async def test_nothing_is_kept_before_the_visitor_agrees(page, site):
    await expect(page.get_by_role("dialog", name="使用前请阅读")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_visible()

    await page.get_by_role("button", name="暂不使用").click()

    await expect(page.get_by_text("您没有同意使用须知")).to_be_visible()
    with reading(site.services.sessions) as session:
        assert session.scalars(select(Conversation)).all() == []


async def test_a_suggestion_is_answered_with_evidence_period_and_ratings(page):
    await _agree(page)

    await page.get_by_role("button", name=QUESTION).click()

    await _answers(page, 1)
    evidence = page.get_by_role("region", name="政策依据")
    await expect(evidence.get_by_text("核对日期").first).to_be_visible()
    await expect(page.get_by_text("本回复由系统自动生成").last).to_be_visible()
    await expect(page.get_by_text("示例库，未经税务机关审核")).to_be_visible()


async def test_messages_written_offline_are_sent_in_order_and_once(page, context, site):
    await _agree(page)
    await context.set_offline(True)
    await _say(page, "第一句：要申报吗")
    await _say(page, "第二句：怎么零申报")
    await expect(page.get_by_text("待发送，联网后自动发出")).to_have_count(2)
    await expect(page.get_by_text("当前没有网络")).to_be_visible()

    await context.set_offline(False)

    await expect(page.get_by_text("待发送，联网后自动发出")).to_have_count(0)
    await expect(page.locator(".message.taxpayer")).to_have_count(2)
    assert _said(site) == ["第一句：要申报吗", "第二句：怎么零申报"]


async def test_unsent_messages_survive_a_reload(page, context, site):
    await _agree(page)
    await page.route("**/turns", lambda route: route.abort())
    await _say(page, "还没发出去的一句")
    await expect(page.get_by_text("待发送，联网后自动发出")).to_be_visible()
    await page.unroute("**/turns")

    await page.reload()

    await expect(page.locator(".message.taxpayer")).to_have_count(1)
    await expect(page.get_by_text("待发送，联网后自动发出")).to_have_count(0)
    assert _said(site) == ["还没发出去的一句"]


async def test_a_reply_that_was_lost_on_the_way_doubles_nothing(page, site):
    await _agree(page)
    lost = []

    async def lose_first(route):
        if lost:
            return await route.continue_()
        lost.append(await route.fetch())
        await route.abort()

    await page.route("**/turns", lose_first)

    await _say(page, QUESTION)

    await _answers(page, 1)
    await expect(page.locator(".message.taxpayer")).to_have_count(1)
    await expect(page.locator(".unsent")).to_have_count(0)
    assert lost[0].status == 202
    assert _said(site) == [QUESTION]


async def test_what_was_said_while_the_service_was_away_arrives_afterwards(page, site):
    await _agree(page)
    await _say(page, QUESTION)
    await _answers(page, 1)
    await site.stop()
    await expect(page.get_by_text("连接中断，正在重新连接")).to_be_visible()
    now = site.services.clock
    with transaction(site.services.sessions) as session:
        talk = session.scalars(select(Conversation)).one()
        known = {"staff_login": "agent01", "now": now()}
        accept_talk(session, talk.id, staff_name="王坐席", **known)
        reply_as_person(session, talk.id, part=Part(text="我来回复您", machine_made=False), **known)

    await site.start()

    await expect(page.locator(".message.agent").get_by_text("我来回复您")).to_have_count(1)
    await expect(page.get_by_text("连接中断，正在重新连接")).to_have_count(0)
    await expect(page.get_by_text("王坐席 正在为您服务")).to_be_visible()


async def test_history_is_there_on_return_and_older_pages_load(page, site):
    await _agree(page)
    with transaction(site.services.sessions) as session:
        talk = session.scalars(select(Conversation)).one()
        known = {"staff_login": "agent01", "now": site.services.clock()}
        accept_talk(session, talk.id, staff_name="王坐席", **known)
        for number in range(40):
            part = Part(text=f"第{number}条", machine_made=False)
            reply_as_person(session, talk.id, part=part, **known)

    await page.reload()
    await expect(page.get_by_text("第39条", exact=True)).to_be_in_viewport()
    await expect(page.get_by_text("第0条", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="查看更早的消息").click()

    await expect(page.get_by_text("第0条", exact=True)).to_have_count(1)
    await expect(page.locator(".message.agent")).to_have_count(40)


async def test_enter_that_accepts_a_word_of_the_input_method_does_not_send(page, site):
    await _agree(page)
    await page.get_by_label(ASK).fill("zengzhishui")

    await page.get_by_label(ASK).dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    )
    await page.get_by_label(ASK).press("Shift+Enter")

    await expect(page.get_by_label(ASK)).to_have_value("zengzhishui\n")
    assert _said(site) == []


async def test_more_than_a_thousand_characters_are_counted_kept_and_not_sent(page, site):
    await _agree(page)

    await _say(page, "税" * 1005)

    await expect(page.get_by_text("超出 5 个字")).to_be_visible()
    await expect(page.get_by_role("button", name="发送")).to_be_disabled()
    await expect(page.get_by_label(ASK)).to_have_value("税" * 1005)
    assert _said(site) == []


async def test_markup_is_shown_as_it_was_typed(page):
    await _agree(page)

    await _say(page, "<img src=x onerror=alert(1)>")

    await expect(page.locator(".message.taxpayer")).to_contain_text("<img src=x onerror=alert(1)>")
    assert await page.locator(".log img").count() == 0


@pytest.mark.parametrize(("width", "text_size"), [(360, "100%"), (390, "200%"), (1280, "200%")])
async def test_long_words_and_large_text_never_scroll_sideways(page, width, text_size):
    await page.set_viewport_size({"width": width, "height": 740})
    await page.evaluate("size => document.documentElement.style.fontSize = size", text_size)
    await _agree(page)

    await _say(page, "w" * 600)
    await _say(page, QUESTION)
    await _answers(page, 1)

    for box in ("document.documentElement", "document.querySelector('.log')"):
        assert await page.evaluate(f"{box}.scrollWidth - {box}.clientWidth") <= 0
    await expect(page.get_by_role("button", name="发送")).to_be_in_viewport()


async def test_a_wrong_answer_is_reported_with_a_comment_by_keyboard_alone(page, site):
    await _agree(page)
    await _say(page, QUESTION)
    await _answers(page, 1)

    await page.get_by_role("button", name="答得不对").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type("依据过期了")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("已评价：答得不对")).to_be_visible()
    await expect(page.get_by_role("status").get_by_text("知识库编辑")).to_be_visible()


async def test_leaving_clears_this_browser(page, site):
    await _agree(page)
    await _say(page, QUESTION)
    await _answers(page, 1)

    await page.get_by_role("button", name="菜单").click()
    await page.get_by_role("dialog").get_by_role("button", name="退出").click()
    await page.get_by_role("button", name="确认退出").click()

    await expect(page.get_by_role("dialog", name="使用前请阅读")).to_be_visible()
    assert await page.evaluate("Object.keys(localStorage)") == []
    await page.get_by_role("button", name="同意并开始咨询").click()
    await expect(page.locator(".message")).to_have_count(0)


async def test_my_data_can_be_seen_taken_away_and_deleted(page, site):
    await _agree(page)
    await _say(page, QUESTION)
    await _answers(page, 1)

    await page.get_by_role("button", name="菜单").click()
    await page.get_by_role("dialog").get_by_role("button", name="我的数据").click()
    await expect(page.get_by_text("保存 365 天").first).to_be_visible()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="导出").click()
    exported = Path(await (await download.value).path()).read_text("utf-8")
    await page.get_by_role("button", name="删除").click()
    await page.get_by_role("button", name="确认删除").click()
    await expect(page.get_by_text("已经删除")).to_be_visible()

    assert QUESTION in exported
    with reading(site.services.sessions) as session:
        assert session.scalars(select(Message)).all() == []


async def test_a_service_that_is_away_at_the_start_is_told_and_can_be_tried_again(context, site):
    page = await context.new_page()
    await page.route("**/api/v1/bureau", lambda route: route.abort())
    await page.goto("/")
    await expect(page.get_by_text("咨询服务暂时连接不上")).to_be_visible()

    await page.unroute("**/api/v1/bureau")
    await page.get_by_role("button", name="重新连接").click()

    await expect(page.get_by_role("dialog", name="使用前请阅读")).to_be_visible()
