"""From the card in the talk to the public page of an appeal, with a picture that went along."""

import re

from playwright.async_api import Page, expect

from tests.browser.pictures import photograph

STORY = "10月申报时系统没有带出减免，多缴了城建税，回单在图片里，希望退回来。"


async def test_a_picture_goes_along_and_the_card_leads_to_the_open_page(arrive):
    taxpayer = await arrive()
    page = taxpayer.page
    files = [{"name": "回单.jpg", "mimeType": "image/jpeg", "buffer": photograph()}]
    await page.locator("input[type=file]").set_input_files(files)
    await expect(page.get_by_text("1 个附件将随诉求提交")).to_be_visible()

    await page.get_by_role("button", name="去提诉求").click()
    await taxpayer.tell_what_happened("退税", STORY)
    await taxpayer.choose("确认提交")

    card = page.get_by_role("region", name="诉求登记")
    await expect(card).to_contain_text(re.compile(r"11月\d+日（周.）前答复"))
    await expect(page.get_by_text("附件将随诉求提交")).to_have_count(0)
    number, code = (await card.locator(".code").all_inner_texts())[:2]
    await _copies(page, number, code)
    await card.get_by_role("button", name="查看进度").click()
    await expect(page.locator(".status")).to_have_text("已提交待受理")
    await expect(page).to_have_url(re.compile(rf"/appeal#{number}$"))
    shown = page.get_by_role("button", name="打开 回单.jpg").locator("img")
    await expect(shown).to_have_js_property("naturalWidth", 120)

    await page.reload()
    await expect(page.get_by_label("诉求编号")).to_have_value(number)
    await expect(page.get_by_label("查询码")).to_have_value("")


async def _copies(page: Page, number: str, code: str) -> None:
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    for button, copied in (("复制编号", number), ("复制查询码", code)):
        await page.get_by_role("button", name=button).click()
        await expect(
            page.get_by_role("region", name="诉求登记").get_by_role("status")
        ).to_have_text("已复制")
        assert await page.evaluate("navigator.clipboard.readText()") == copied
