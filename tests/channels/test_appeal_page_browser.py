"""The public page of an appeal in a real browser, on the real door."""

import io
import re
from typing import Any

import pytest
from appeal_case import Case
from PIL import Image
from playwright.async_api import Locator, Page, expect
from sqlalchemy import select
from web_site import agree

from appeals.moves import accept_appeal, answer_appeal, ask_for_more, assign_appeal
from appeals.settling import lapse_appeal
from appeals.tables import AppealAttachment, Verb
from core.database import reading
from core.settings import Settings

QUESTION = "请发第三季度的申报表"
HOT = re.compile(r"/api/v1/hot$")


@pytest.fixture
def settings() -> Settings:
    return Settings(messages_per_minute=200)


@pytest.fixture
async def case(door) -> Case:
    await door.open()
    return Case(door)


def picture(name: str = "回单.jpg", colour: str = "teal") -> dict[str, Any]:
    """A photograph, as a browser's file field takes it."""
    content = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(content, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": content.getvalue()}


async def look(page: Page, number: str, check_code: str) -> None:
    """Type number and code, and look."""
    await page.get_by_label("诉求编号").fill(number)
    await page.get_by_label("查询码").fill(check_code)
    await page.get_by_role("button", name="查询").click()


async def enter(page: Page, case: Case) -> None:
    await page.goto(f"/appeal#{case.number}")
    await page.get_by_label("查询码").fill(case.code["check_code"])
    await page.get_by_role("button", name="查询").click()
    await expect(page.get_by_role("heading", name="办理过程")).to_be_visible()


def acting(page: Page) -> Locator:
    """The box that says whose turn it is."""
    return page.locator(".who")


async def test_number_and_code_are_read_as_people_type_them(page, case):
    wide = case.number.lower().translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    await page.goto("/appeal")

    await look(page, f" {wide} ", f" {case.code['check_code'].lower()} ")

    await expect(page.get_by_text("已提交待受理")).to_be_visible()
    await expect(page.get_by_text("11月25日（周三）前答复", exact=True)).to_be_visible()
    await expect(page.get_by_text("还有 3 个工作日")).to_be_visible()
    await expect(acting(page)).to_contain_text("税务机关")


async def test_what_cannot_be_right_is_said_while_it_is_typed(page, case):
    await page.goto("/appeal")

    await page.get_by_label("诉求编号").fill("20261121-ABC234")
    await expect(page.get_by_text("编号以 SQ 开头")).to_be_visible()
    await page.get_by_label("诉求编号").fill("SQ20261121-ABC0")
    await expect(page.get_by_text("编号里没有 0、1、I、O")).to_be_visible()
    await page.get_by_label("诉求编号").fill("SQ2026")
    await page.get_by_role("button", name="查询").click()

    await expect(page.get_by_text("编号还没有写全")).to_be_visible()
    await expect(page.get_by_label("诉求编号")).to_be_focused()


async def test_five_wrong_codes_say_when_to_come_again(page, case):
    await page.goto("/appeal")
    for _ in range(5):
        await look(page, case.number, "AAAAAA")
        await expect(page.get_by_text("编号或查询码不对")).to_be_visible()

    await look(page, case.number, case.code["check_code"])

    await expect(
        page.get_by_text(re.compile(r"这个编号已锁住，请 \d\d:\d\d 后再来"))
    ).to_be_visible()
    await expect(page.get_by_role("button", name="查询")).to_be_disabled()


class TestSupplement:
    @pytest.fixture
    def asked(self, case) -> Case:
        case.do(accept_appeal)
        case.do(ask_for_more, text=QUESTION)
        return case

    async def test_a_question_is_answered_with_words_and_a_picture(self, page, asked):
        await enter(page, asked)
        await expect(acting(page)).to_contain_text("您")
        await expect(page.get_by_text(QUESTION).first).to_be_visible()

        await page.locator("input[type=file]").set_input_files([picture()])
        await page.get_by_label("您的回复").fill("申报表在附件里")
        await page.get_by_role("button", name="提交补充").click()

        await expect(page.get_by_text("已补充")).to_be_visible()
        await expect(acting(page)).to_contain_text("税务机关")
        shown = page.get_by_role("button", name="打开 回单.jpg").locator("img")
        await expect(shown).to_be_visible()
        await expect(shown).to_have_js_property("naturalWidth", 60)
        assert len(asked.moves(Verb.SUPPLEMENT)) == 1

    async def test_a_picture_alone_is_an_answer_too(self, page, asked):
        await enter(page, asked)

        await page.locator("input[type=file]").set_input_files([picture()])
        await page.get_by_role("button", name="提交补充").click()

        await expect(page.get_by_text("办理中", exact=True)).to_be_visible()
        assert asked.moves(Verb.SUPPLEMENT) == []

    async def test_a_file_that_cannot_go_is_refused_before_it_is_sent_and_stays_in_sight(
        self, page, asked
    ):
        await enter(page, asked)
        letter = {"name": "说明.docx", "mimeType": "application/zip", "buffer": b"PK\x03\x04...."}
        large = {"name": "大.jpg", "mimeType": "image/jpeg", "buffer": picture()["buffer"]}
        large["buffer"] += bytes(10 * 1024 * 1024)

        await page.locator("input[type=file]").set_input_files([letter, large, picture()])
        await expect(page.get_by_text("Word、Excel 请另存为 PDF")).to_be_visible()
        await expect(page.get_by_text("请压缩或截图后再传")).to_be_visible()
        await page.get_by_role("button", name="提交补充").click()

        await expect(page.get_by_role("button", name="打开 回单.jpg")).to_be_visible()
        await expect(page.get_by_text("Word、Excel 请另存为 PDF")).to_be_visible()
        await page.get_by_role("button", name="去掉 说明.docx").click()
        await expect(page.get_by_text("Word、Excel 请另存为 PDF")).to_be_hidden()

    async def test_what_the_service_refuses_is_said_and_does_not_lose_the_words(self, page, asked):
        await enter(page, asked)
        fake = {**picture("假的.jpg"), "buffer": b"\xff\xd8\xff\xe0" + b"no picture" * 20}

        await page.locator("input[type=file]").set_input_files([fake])
        await page.get_by_label("您的回复").fill("见附件")
        await page.get_by_role("button", name="提交补充").click()

        await expect(page.get_by_text("图片打不开")).to_be_visible()
        assert "见附件" in asked.moves(Verb.SUPPLEMENT)[0].note_public

    async def test_nothing_is_sent_from_a_page_that_is_out_of_date(self, page, asked):
        await enter(page, asked)
        asked.do(answer_appeal, text="已经查到，不用补充了。")

        await page.get_by_label("您的回复").fill("我再补充")
        await page.get_by_role("button", name="提交补充").click()

        await expect(page.get_by_text("已经查到，不用补充了。").first).to_be_visible()
        assert asked.moves(Verb.SUPPLEMENT) == []

    async def test_what_was_typed_outlives_a_lost_line_and_a_reload(self, page, context, asked):
        await enter(page, asked)
        await page.get_by_label("您的回复").fill("断网时写的")
        await context.set_offline(True)
        await page.get_by_role("button", name="提交补充").click()
        await expect(page.get_by_text("您写的内容还在")).to_be_visible()
        await context.set_offline(False)

        await page.reload()
        await enter(page, asked)
        await expect(page.get_by_label("您的回复")).to_have_value("断网时写的")
        await page.get_by_role("button", name="提交补充").click()

        await expect(page.get_by_text("已补充")).to_be_visible()
        assert len(asked.moves(Verb.SUPPLEMENT)) == 1


async def test_urging_is_done_once_and_says_when_again(page, case):
    await enter(page, case)

    await page.get_by_role("button", name="催办").click()

    await expect(page.get_by_text("今天已催办，11月23日（周一）起可以再催")).to_be_visible()
    await expect(page.get_by_role("button", name="催办")).to_be_disabled()


async def test_withdrawing_asks_first(page, case):
    await enter(page, case)
    await page.get_by_role("button", name="撤回诉求").click()
    await page.get_by_role("button", name="取消").click()
    assert case.moves(Verb.WITHDRAW) == []

    await page.get_by_role("button", name="撤回诉求").click()
    await page.get_by_label("为什么撤回").fill("自己办好了")
    await page.get_by_role("button", name="确认撤回").click()

    await expect(page.locator(".status")).to_have_text("已撤回")
    await expect(page.get_by_role("button", name="催办")).to_have_count(0)
    assert case.moves(Verb.WITHDRAW)[0].note_internal == "自己办好了"


async def test_a_low_rating_wants_a_reason_and_offers_to_go_on(page, case):
    case.answered()
    case.do(lapse_appeal)
    await enter(page, case)

    await page.get_by_label("1 分").check()
    await page.get_by_role("button", name="提交评价").click()
    await expect(page.get_by_text("请写明原因，我们好改进")).to_be_visible()
    await page.get_by_label("补充说明").fill("没有退完")
    await page.get_by_role("button", name="提交评价").click()
    await expect(page.get_by_text("您打了 1 分。要不要请我们继续办理？")).to_be_visible()
    await page.get_by_role("button", name="继续办理", exact=True).click()
    await page.get_by_label("哪里没有解决").fill("还差 300 元")
    await page.get_by_role("dialog").get_by_role("button", name="提交").click()

    await expect(page.get_by_text("办理中", exact=True)).to_be_visible()
    await expect(page.get_by_text("之前的办理结果")).to_be_visible()
    assert case.moves(Verb.REOPEN)[0].note_internal == "还差 300 元"


async def test_a_page_that_comes_back_into_view_shows_what_has_happened(page, case):
    await page.clock.install()
    await enter(page, case)
    case.do(accept_appeal)
    case.do(assign_appeal, to="agent01")

    await page.evaluate("dispatchEvent(new Event('focus'))")
    await expect(page.get_by_text("已提交待受理")).to_be_visible()  # seconds ago is fresh enough
    await page.clock.fast_forward(16_000)
    await page.evaluate("dispatchEvent(new Event('focus'))")

    await expect(page.get_by_text("办理中", exact=True)).to_be_visible()


class TestInTheTalk:
    async def test_files_wait_in_the_talk_and_go_along_with_the_next_appeal(self, page, door):
        await agree(page)
        door.token = await page.evaluate("localStorage.getItem('runmiao.conversation')")

        two = [picture("一.jpg"), picture("二.jpg", "brown")]
        await page.locator("input[type=file]").set_input_files(two)
        await expect(page.get_by_text("2 个附件将随诉求提交")).to_be_visible()
        await page.get_by_role("button", name="去掉 一.jpg").click()
        await expect(page.get_by_text("1 个附件将随诉求提交")).to_be_visible()
        await page.reload()
        await expect(page.get_by_text("1 个附件将随诉求提交")).to_be_visible()
        case = Case(door)
        await page.reload()

        await expect(page.get_by_role("heading", name="您好，我是润苗")).to_be_visible()
        await expect(page.get_by_text("附件将随诉求提交")).to_have_count(0)
        assert [each["name"] for each in (await case.look())["attachments"]] == ["二.jpg"]

    async def test_a_file_that_cannot_go_is_refused_and_can_be_cleared(self, page, site):
        await agree(page)
        letter = {"name": "说明.docx", "mimeType": "application/zip", "buffer": b"PK\x03\x04...."}

        await page.locator("input[type=file]").set_input_files([letter])
        await expect(page.get_by_text("Word、Excel 请另存为 PDF")).to_be_visible()
        await page.get_by_role("button", name="去掉 说明.docx").click()

        await expect(page.get_by_role("region", name="将随诉求提交的附件")).to_have_count(0)
        with reading(site.services.sessions) as session:
            assert session.scalars(select(AppealAttachment)).all() == []

    async def test_what_many_ask_is_shown_and_asked_with_a_tap(self, page, site):
        asked = ["没有收入、没开票，还要申报吗？怎么零申报？", *(f"问题{n}" for n in range(2, 8))]
        items = [
            {"rank": n, "question": each, "entry_id": None, "trend": "up", "asked": "20 次以上"}
            for n, each in enumerate(asked, 1)
        ]
        told = {
            "as_of": "2026-11-20T17:00:00+00:00",
            "days": 7,
            "items": items,
            "note": "人数少的不列",
        }
        await page.route(HOT, lambda route: route.fulfill(json=told))
        await page.reload()
        await agree(page)

        await expect(page.locator(".hot li")).to_have_count(5)
        await page.get_by_role("button", name="看全部").click()
        sheet = page.get_by_role("dialog", name="近 7 天大家在问")
        await expect(sheet.locator(".hot li")).to_have_count(7)
        await expect(sheet).to_contain_text("人数少的不列")
        await sheet.get_by_role("button", name=asked[0]).click()

        await expect(sheet).to_be_hidden()
        await expect(page.get_by_role("button", name="答得不对")).to_have_count(1)
        assert site.said == asked[:1]

    @pytest.mark.parametrize("status", [200, 500])
    async def test_where_nothing_is_hot_or_it_fails_nothing_is_shown(self, page, status):
        empty = {"as_of": "2026-11-20T17:00:00+00:00", "days": 7, "items": [], "note": None}
        await page.route(HOT, lambda route: route.fulfill(status=status, json=empty))
        await page.reload()

        await agree(page)

        await expect(page.get_by_text("可以这样问")).to_be_visible()
        await expect(page.get_by_text("大家在问")).to_have_count(0)
