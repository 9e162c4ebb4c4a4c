"""A document that an editor ends silences what rests on it, until another editor brings it back."""

from playwright.async_api import expect

DOCUMENT = "sta-2017-17"
QUESTION = "买商业健康保险能抵个税吗？"
ANSWERED, REFUSED = "商业健康保险", "资料库正在复核"
REASON = "新的公告已把它全文废止。"


async def test_nothing_is_said_from_an_ended_document_until_another_editor_restores_it(
    arrive, sign_in
):
    await expect(await (await arrive()).ask(QUESTION)).not_to_contain_text(REFUSED)

    editor = (await sign_in("editor01")).page
    await editor.goto("/desk/documents")
    await editor.get_by_label("搜文号、标题、编号").fill(DOCUMENT)
    await expect(editor.get_by_role("row")).to_have_count(2)
    await editor.get_by_role("row").last.get_by_role("link").click()
    await editor.get_by_role("button", name="停止引用").click()
    dialog = editor.get_by_role("dialog", name="停止引用这份文件")
    await expect(dialog).to_contain_text("1 个条目")
    await expect(dialog).to_contain_text(QUESTION)
    confirm = dialog.get_by_role("button", name="停止引用")
    await expect(confirm).to_be_disabled()
    await dialog.get_by_label("理由").fill(REASON)
    await confirm.click()
    await expect(editor.get_by_text("已停止引用，依据它的内容不再回答。")).to_be_visible()
    await expect(editor.get_by_text(REASON)).to_be_visible()
    await expect(editor.get_by_role("button", name="恢复引用")).to_have_count(0)

    await expect(await (await arrive()).ask(QUESTION)).to_contain_text(REFUSED)

    other = (await sign_in("editor02")).page
    await other.goto(editor.url)
    await other.get_by_role("button", name="恢复引用").click()
    await other.get_by_role("dialog").get_by_role("textbox").fill("核对原文，仍然有效。")
    await other.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(other.get_by_text("已恢复引用，依据它的内容重新用来回答。")).to_be_visible()
    # The first editor's page hears of it by itself.
    await expect(editor.get_by_text(REASON)).to_have_count(0)

    answer = await (await arrive()).ask(QUESTION)
    await expect(answer).to_contain_text(ANSWERED)
    await expect(answer).not_to_contain_text(REFUSED)
