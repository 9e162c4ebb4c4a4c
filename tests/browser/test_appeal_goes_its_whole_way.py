"""An appeal with a picture, from the talk over desk and public page to its second answer."""

import re
from pathlib import Path

from playwright.async_api import Page, expect

from tests.browser.people import PHONE, Colleague, Taxpayer, new_page
from tests.browser.pictures import photograph

STORY = "10月申报时多缴了城建税，申请退税一个月了还没有到账，回单在图片里。"
SAME_STORY = "10月申报多缴的城建税，申请退税一个月还没到账。"
WANTED = "请提供退税账户的开户行全称。"
GIVEN = "开户行是建设路支行，账号与登记的一致。"
WHY_LONGER = "要会同国库核对退库记录。"
FIRST, SECOND = "已核实，本周内退到登记账户。", "国库已退库，今天到账，回单号已发短信。"
NOT_YET = "一周过去了还是没有到账"


async def test_asked_for_more_extended_answered_reopened_and_closed(
    arrive, sign_in, browser, running, tmp_path: Path
):
    filer, other = await arrive(), await arrive()
    number, code = await _files_with_a_picture(filer)
    await _is_warned_of_the_same(filer, number)
    repeat, repeat_code = await _files(other, SAME_STORY)
    agent = await sign_in("agent01")
    public = await new_page(browser, running.url, PHONE)

    await _asks_for_more(agent, number)
    await filer.hear(f"{WANTED}直接在这里回复")
    await _gives_it(public, number, code)

    await _asks_for_days(agent, number)
    supervisor = await sign_in("supervisor01")
    await _grants_them(supervisor, number)
    await filer.hear(f"原因：{WHY_LONGER}")

    await _merges(agent, repeat, into=number)
    await agent.open_appeal(number)
    await agent.do("答复", FIRST)
    for each, its in ((filer, number), (other, repeat)):
        await each.hear(FIRST)
        await expect(each.heard).to_contain_text(its)

    await _rates_low_and_wants_more(public, number, code)
    await supervisor.open_appeal(number)
    await expect(supervisor.page.get_by_text(NOT_YET).first).to_be_visible()
    await supervisor.do("答复", SECOND)
    await filer.hear(SECOND)
    await _is_satisfied(public, number, code, SECOND)
    await _is_satisfied(public, repeat, repeat_code, FIRST)


async def _files_with_a_picture(filer: Taxpayer) -> tuple[str, str]:
    files = [{"name": "回单.jpg", "mimeType": "image/jpeg", "buffer": photograph()}]
    await filer.page.locator("input[type=file]").set_input_files(files)
    await expect(filer.page.get_by_text("1 个附件将随诉求提交")).to_be_visible()
    return await _files(filer, STORY)


async def _files(filer: Taxpayer, story: str) -> tuple[str, str]:
    await filer.fill_in_an_appeal("退税", story)
    await filer.choose("确认提交")
    card = filer.page.get_by_role("region", name="诉求登记")
    await expect(card).to_contain_text(re.compile(r"月\d+日（周.）前"))
    number, code = (await card.locator(".code").all_inner_texts())[:2]
    return number, code


async def _is_warned_of_the_same(filer: Taxpayer, number: str) -> None:
    await filer.fill_in_an_appeal("退税", SAME_STORY)
    warning = filer.bubbles.filter(has_text="已有相近的诉求在办")
    await expect(warning).to_contain_text(number)
    await warning.get_by_role("button", name="补充到那一件").click()
    await filer.hear("没有另提")


async def _asks_for_more(agent: Colleague, number: str) -> None:
    await agent.open_appeal(number)
    await agent.page.get_by_role("button", name="回单.jpg").click()
    shown = agent.page.get_by_role("dialog").get_by_role("img", name="回单.jpg")
    await expect(shown).to_have_js_property("naturalWidth", 120)
    await agent.page.get_by_role("button", name="关闭", exact=True).click()
    await agent.do("受理")
    await agent.do("要求补充", WANTED)


async def _gives_it(page: Page, number: str, code: str) -> None:
    await page.goto("/appeal")
    await _looks(page, number, code)
    await expect(page.get_by_role("heading", name="请您补充")).to_be_visible()
    await expect(page.get_by_text(WANTED).first).to_be_visible()
    await page.get_by_label("您的回复").fill(GIVEN)
    await page.get_by_role("button", name="提交补充").click()
    await expect(page.get_by_role("heading", name="请您补充")).to_have_count(0)
    await expect(page.get_by_text(GIVEN)).to_be_visible()


async def _looks(page: Page, number: str, code: str) -> None:
    await page.get_by_label("诉求编号").fill(number)
    await page.get_by_label("查询码").fill(code)
    await page.get_by_role("button", name="查询", exact=True).click()


async def _asks_for_days(agent: Colleague, number: str) -> None:
    await agent.open_appeal(number)
    await expect(agent.page.get_by_text(GIVEN).first).to_be_visible()
    await agent.page.get_by_role("button", name="申请延期", exact=True).click()
    dialog = agent.page.get_by_role("dialog", name="申请延期")
    await dialog.get_by_label("延长几个工作日").last.fill("3")
    await dialog.locator("textarea").fill(WHY_LONGER)
    await expect(dialog.get_by_text("批准后，新的承诺日期：")).to_be_visible()
    await dialog.get_by_role("button", name="申请延期", exact=True).click()
    await expect(agent.page.get_by_text("申请延期已完成。")).to_be_visible()


async def _grants_them(supervisor: Colleague, number: str) -> None:
    await supervisor.go("督办")
    rows = supervisor.page.get_by_role("listitem").filter(has_text=number)
    grants = supervisor.page.get_by_role("button", name="批准延期", exact=True)
    row = rows.filter(has=grants)
    await expect(row).to_contain_text("延长 3 个工作日")
    await expect(row).to_contain_text(WHY_LONGER)
    await row.get_by_role("button", name="批准延期", exact=True).click()
    dialog = supervisor.page.get_by_role("dialog", name="批准延期")
    await dialog.get_by_role("button", name="批准延期", exact=True).click()
    await expect(supervisor.page.get_by_text("批准延期已完成。")).to_be_visible()


async def _merges(agent: Colleague, repeat: str, into: str) -> None:
    await agent.open_appeal(repeat)
    await agent.do("受理")
    alike = agent.page.get_by_role("listitem").filter(has_text=into)
    await alike.get_by_role("button", name="并入").click()
    dialog = agent.page.get_by_role("dialog", name="并单")
    await dialog.get_by_role("button", name="并单", exact=True).click()
    await expect(agent.page.get_by_text("并单已完成。")).to_be_visible()


async def _rates_low_and_wants_more(page: Page, number: str, code: str) -> None:
    await page.reload()
    await _looks(page, number, code)
    await expect(page.get_by_text(FIRST).first).to_be_visible()
    await page.get_by_label("满意", exact=True).check()
    await page.get_by_label("2 分").check()
    await page.get_by_role("button", name="提交评价").click()
    await expect(page.get_by_text("请写明原因，我们好改进")).to_be_visible()
    await page.get_by_label("补充说明").fill("拖了太久")
    await page.get_by_role("button", name="提交评价").click()
    await expect(page.get_by_text("您打了 2 分。要不要请我们继续办理？")).to_be_visible()
    await page.get_by_role("button", name="继续办理", exact=True).click()
    sheet = page.get_by_role("dialog", name="要求继续办理")
    await sheet.get_by_label("哪里没有解决").fill(NOT_YET)
    await sheet.get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_text("已交上一级督办，继续办理").first).to_be_visible()


async def _is_satisfied(page: Page, number: str, code: str, answer: str) -> None:
    """See the answer, be satisfied with it; that closes the appeal."""
    await page.goto("/appeal")
    await page.reload()
    await _looks(page, number, code)
    await expect(page.get_by_text(answer).first).to_be_visible()
    await page.get_by_label("满意", exact=True).check()
    await page.get_by_label("5 分").check()
    await page.get_by_role("button", name="提交评价").click()
    await expect(page.locator(".status")).to_have_text("已办结")
