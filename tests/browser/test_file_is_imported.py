"""A file of entries with faults brings nothing; put right, it becomes a draft."""

from __future__ import annotations

from playwright.async_api import FilePayload, expect

from knowledge_base.exchange.exchange import write_file
from knowledge_base.files import read_library

MODEL = "invoice-lost-paper"
NAME, QUESTION = "browser-import", "导入的条目会先成为草稿吗？"


async def test_a_workbook_with_faults_is_refused_and_put_right_becomes_a_draft(sign_in):
    page = (await sign_in("editor01")).page
    await (
        page.get_by_role("navigation", name="知识库的页面").get_by_role("link", name="导入").click()
    )
    chosen = page.locator("input[type=file]")

    await chosen.set_input_files(_workbook(NAME.upper(), similar=3))
    await expect(page.get_by_role("alert")).to_contain_text("处问题，什么也没有导入")
    row = page.get_by_role("row").filter(has_text="只能用小写字母、数字和短横").first
    await expect(row).to_contain_text("编号")
    await expect(row.get_by_role("cell").nth(1)).to_have_text("2")

    await chosen.set_input_files(_workbook(NAME, similar=99))
    await expect(page.get_by_role("heading", name="新条目（1）")).to_be_visible()
    await page.get_by_role("button", name="导入 1 个条目为草稿").click()
    await expect(page.get_by_text("已导入：新建 1 个条目，修改 0 个条目")).to_be_visible()
    await page.get_by_role("link", name=QUESTION).click()
    await expect(page.get_by_role("heading", name=QUESTION)).to_be_visible()
    await expect(page.get_by_text("草稿", exact=True).first).to_be_visible()


def _workbook(name: str, *, similar: int) -> FilePayload:
    """An entry like one of the library's, with so many of its similar questions at most."""
    model = read_library().entries[MODEL]
    entry = model.model_copy(
        update={"id": name, "question": QUESTION, "similar": model.similar[:similar]}
    )
    return FilePayload(
        name="条目.xlsx",
        mimeType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        buffer=write_file([entry], [], format="xlsx"),
    )
