"""What was asked in vain is found by an editor and understood once another one agrees."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import APIRequestContext, async_playwright, expect
from sqlalchemy import select

from consultations.tables import Turn
from core.database import Sessions, transaction
from tests.browser.people import told

#: A word for the electronic tax bureau that nobody uses.
ASKED = ("税小二怎么登录", "税小二登不上去怎么办")
FOREIGN = "养蜂人卖蜂箱要交税吗"


def an_hour_passes(records: Sessions, *texts: str) -> None:
    """The talks rest, as they have to before they are looked at."""
    with transaction(records) as session:
        for turn in session.scalars(select(Turn).where(Turn.text.in_(texts))):
            turn.received_at -= timedelta(hours=1)


@pytest.fixture
async def request_context():
    async with async_playwright() as playwright:
        context = await playwright.request.new_context()
        yield context
        await context.dispose()


async def test_a_word_that_people_use_is_proposed_agreed_and_understood(
    arrive, sign_in, running, records, request_context: APIRequestContext
):
    for question in ASKED:
        await (await arrive()).ask(question)
    an_hour_passes(records, *ASKED)
    before = await told(request_context, running.inner_url, ASKED[0])
    editor = await sign_in("editor01")
    page = editor.page
    await editor.go("提问改进")

    await page.get_by_role("button", name="现在整理").click()
    await expect(page.get_by_text(re.compile("整理好了"))).to_be_visible()
    await page.get_by_role("link", name=re.compile("税小二")).first.click()
    await expect(page.get_by_text("建议：记用语")).to_be_visible()
    await expect(page.get_by_label("大家的说法")).to_have_value("税小二")
    await page.get_by_label("标准用语").fill("个税")
    await page.get_by_role("button", name="提出用语").click()
    await expect(page.locator("p[role=alert]")).to_contain_text("不是标准用语")
    await page.get_by_label("标准用语").fill("电子税务局")
    await page.get_by_role("button", name="提出用语").click()
    await expect(page.get_by_role("status").filter(has_text="示例编辑已采纳")).to_be_visible()
    await page.goto("/desk/terms")
    await expect(page.get_by_text("您提出的，由另一位编辑同意")).to_be_visible()
    await expect(page.get_by_role("button", name="同意", exact=True)).to_have_count(0)
    assert await told(request_context, running.inner_url, ASKED[0]) == before

    other = (await sign_in("editor02")).page
    await other.goto("/desk/terms")
    await other.get_by_role("button", name="同意", exact=True).click()
    await expect(other.get_by_text("已启用。")).to_be_visible()
    await expect(other.get_by_text("税小二 → 电子税务局")).to_be_visible()
    await other.wait_for_timeout(2_000)  # the service looks twice a second
    after = await told(request_context, running.inner_url, ASKED[0])
    assert after != before and "电子税务局" in after


async def test_wordings_become_a_draft_and_what_is_foreign_is_set_aside(arrive, sign_in, records):
    await (await arrive()).ask(FOREIGN)
    an_hour_passes(records, FOREIGN)
    editor = await sign_in("editor01")
    page = editor.page
    await editor.go("提问改进")
    await page.get_by_role("button", name="现在整理").click()
    await page.get_by_role("link", name=FOREIGN).click()

    await page.get_by_text("不处理", exact=True).last.click()
    await page.get_by_role("button", name="标为不处理").click()
    await expect(page.locator("p[role=alert]")).to_contain_text("请写明理由")
    await page.get_by_role("button", name="太少见，先不处理").click()
    await page.get_by_role("button", name="标为不处理").click()
    await expect(page.get_by_role("status").filter(has_text="太少见")).to_be_visible()
    await page.get_by_role("button", name="重新打开").click()

    await page.get_by_text("加相似问法", exact=True).last.click()
    await page.get_by_role("textbox", name="问法 1").fill("打13800138000问税")
    await page.get_by_role("button", name="存为草稿").click()
    await expect(page.locator("p[role=alert]")).to_contain_text("像是有号码")
    await page.get_by_role("textbox", name="问法 1").fill("自己用过的蜂箱卖掉要交税吗")
    await page.get_by_role("button", name="存为草稿").click()
    made = page.get_by_role("status").filter(has_text="还没有发布")
    await made.get_by_role("link").click()
    await expect(page.get_by_text("有未发布的修改").first).to_be_visible()
