"""The built page in a real browser, on the real door."""

from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select
from web_site import ASK, agree, answers, say

from consultations.tables import Conversation, Message
from core.database import reading
from core.settings import Settings

QUESTION = "没有收入、没开票，还要申报吗？"


@pytest.fixture
def settings() -> Settings:
    return Settings(messages_per_minute=200)


async def test_nothing_is_kept_before_the_visitor_agrees(page, site):
    await expect(page.get_by_role("dialog", name="使用前请阅读")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_visible()

    await page.get_by_role("button", name="暂不使用").click()

    await expect(page.get_by_text("您没有同意使用须知")).to_be_visible()
    with reading(site.services.sessions) as session:
        assert session.scalars(select(Conversation)).all() == []


async def test_a_suggestion_is_answered_with_evidence_period_and_ratings(page):
    await agree(page)

    await page.get_by_role("button", name=QUESTION).click()

    await answers(page, 1)
    evidence = page.get_by_role("region", name="政策依据")
    await expect(evidence.get_by_text("核对日期").first).to_be_visible()
    await expect(page.get_by_text("本回复由系统自动生成").last).to_be_visible()
    await expect(page.get_by_text("示例库，未经税务机关审核")).to_be_visible()


async def test_enter_that_accepts_a_word_of_the_input_method_does_not_send(page, site):
    await agree(page)
    await page.get_by_label(ASK).fill("zengzhishui")

    await page.get_by_label(ASK).dispatch_event(
        "keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "cancelable": True}
    )
    await page.get_by_label(ASK).press("Shift+Enter")

    await expect(page.get_by_label(ASK)).to_have_value("zengzhishui\n")
    assert site.said == []


async def test_more_than_a_thousand_characters_are_counted_kept_and_not_sent(page, site):
    await agree(page)

    await say(page, "税" * 1005)

    await expect(page.get_by_text("超出 5 个字")).to_be_visible()
    await expect(page.get_by_role("button", name="发送")).to_be_disabled()
    await expect(page.get_by_label(ASK)).to_have_value("税" * 1005)
    assert site.said == []


async def test_markup_is_shown_as_it_was_typed(page):
    await agree(page)

    await say(page, "<img src=x onerror=alert(1)>")

    await expect(page.locator(".message.taxpayer")).to_contain_text("<img src=x onerror=alert(1)>")
    assert await page.locator(".log img").count() == 0


@pytest.mark.parametrize(("width", "text_size"), [(360, "100%"), (390, "200%"), (1280, "200%")])
async def test_long_words_and_large_text_never_scroll_sideways(page, width, text_size):
    await page.set_viewport_size({"width": width, "height": 740})
    await page.evaluate("size => document.documentElement.style.fontSize = size", text_size)
    await agree(page)

    await say(page, "w" * 600)
    await say(page, QUESTION)
    await answers(page, 1)

    for box in ("document.documentElement", "document.querySelector('.log')"):
        assert await page.evaluate(f"{box}.scrollWidth - {box}.clientWidth") <= 0
    await expect(page.get_by_role("button", name="发送")).to_be_in_viewport()


async def test_a_wrong_answer_is_reported_with_a_comment_by_keyboard_alone(page, site):
    await agree(page)
    await say(page, QUESTION)
    await answers(page, 1)

    await page.get_by_role("button", name="答得不对").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.type("依据过期了")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("已评价：答得不对")).to_be_visible()
    await expect(page.get_by_role("status").get_by_text("知识库编辑")).to_be_visible()


async def test_leaving_clears_this_browser(page, site):
    await agree(page)
    await say(page, QUESTION)
    await answers(page, 1)

    await page.get_by_role("button", name="菜单").click()
    await page.get_by_role("dialog").get_by_role("button", name="退出").click()
    await page.get_by_role("button", name="确认退出").click()

    await expect(page.get_by_role("dialog", name="使用前请阅读")).to_be_visible()
    assert await page.evaluate("Object.keys(localStorage)") == []
    await page.get_by_role("button", name="同意并开始咨询").click()
    await expect(page.locator(".message")).to_have_count(0)


async def test_my_data_can_be_seen_taken_away_and_deleted(page, site):
    await agree(page)
    await say(page, QUESTION)
    await answers(page, 1)

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
