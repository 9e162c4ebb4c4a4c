"""What an editor publishes at the desk is what the next taxpayer is told."""

import re
import time

from playwright.async_api import Page, expect

from tests.browser.people import told

ENTRY = "invoice-lost-paper"
OLD_WORDS, NEW_WORDS = "原票没有红冲的，可以不重开、还能抵扣", "原票没有红冲的，不用重开，放心"
#: Nobody would ask it like this, so it is found by the new wording alone.
NEW_QUESTION = "税票那几联都叫狗啃没影了咋整"
WITHIN_SECONDS = 2.0


async def test_an_edited_entry_answers_within_two_seconds_of_being_published(
    arrive, sign_in, running
):
    taxpayer, editor = await arrive(), await sign_in("editor01")
    answer = await taxpayer.ask(NEW_QUESTION)
    await expect(answer).not_to_contain_text(OLD_WORDS)

    page = editor.page
    await page.get_by_label("搜问题、条目编号").fill(ENTRY)
    await page.get_by_role("row").filter(has_text=ENTRY).get_by_role("link").click()
    content = page.get_by_label("条目内容（YAML）")
    yaml = await content.input_value()
    assert OLD_WORDS in yaml
    found_by = re.sub(r"^similar:\n( *)- ", rf"\g<0>{NEW_QUESTION}\n\1- ", yaml, flags=re.MULTILINE)
    await content.fill(found_by.replace(OLD_WORDS, NEW_WORDS))
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_text("已保存为第 2 版草稿。")).to_be_visible()
    now_told = await told(taxpayer.page.request, running.inner_url, NEW_QUESTION)
    assert NEW_WORDS not in now_told, "a draft must not answer anybody"

    await _move(page, "送审")
    for login in ("editor02", "supervisor01"):
        colleague = await sign_in(login)
        await colleague.page.goto(page.url)
        await expect(colleague.page.get_by_label("待审核的成文")).to_contain_text(NEW_WORDS)
        await _move(colleague.page, "同意")
    await page.reload()
    await _move(page, "发布")
    published = time.monotonic()
    while NEW_WORDS not in await told(taxpayer.page.request, running.inner_url, NEW_QUESTION):
        assert time.monotonic() - published < WITHIN_SECONDS, "what was published is not found"

    answer = await taxpayer.ask(NEW_QUESTION)
    await expect(answer).to_contain_text(NEW_WORDS)


async def _move(page: Page, label: str) -> None:
    await page.get_by_role("button", name=label, exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    # Publishing asks the gate first.
    await expect(page.get_by_text(f"已{label}。")).to_be_visible(timeout=240_000)
