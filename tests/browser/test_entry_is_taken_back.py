"""An editor reads what a version changed, stops a wrong answer at once and brings the old back."""

import re
import time

from playwright.async_api import Page, expect

from tests.browser.people import told

ENTRY = "property-farmland-tax"
QUESTION = "占用耕地、林地建房建厂，耕地占用税怎么交？"
FIGURE, MISTAKE = "{{ property.farmland.declaration_days }}内申报", "3日内申报"
OLD_WORDS, NEW_WORDS = "通知之日起30日内申报", "通知之日起3日内申报"
NEW_WAY = "占了块菜地盖厂房，那个税咋算"
NOT_TOLD = "没有完全对上您的问题"
WITHIN_SECONDS = 2.0


async def test_a_wrong_answer_is_read_in_the_difference_suspended_at_once_and_taken_back(
    arrive, sign_in, running
):
    editor = (await sign_in("editor01")).page
    await _publish_a_mistake(editor, sign_in)
    taxpayer = await arrive()
    await _until_told(NEW_WORDS, taxpayer, running)
    await expect(await taxpayer.ask(QUESTION)).to_contain_text(NEW_WORDS)

    await editor.get_by_role("tab", name="版本").click()
    difference = editor.get_by_role("region", name="差别")
    await editor.get_by_role("button", name="和前一版比").first.click()
    await expect(difference).to_contain_text("1 处会影响答复，1 处不影响答复")
    words, way = (difference.get_by_role("listitem").nth(place) for place in (0, 1))
    await expect(words).to_contain_text("影响答复")
    await expect(words.locator("del")).to_have_text("30")
    await expect(words.locator("ins")).to_have_text("3")
    await expect(way).to_contain_text("不影响答复")
    await expect(way.locator("ins")).to_have_text(NEW_WAY)

    await _move(editor, "暂停", reason="申报期限写错了，先停下来。")
    await expect(editor.get_by_text("不用来回答", exact=True)).to_be_visible()
    await _until_told(NOT_TOLD, taxpayer, running)
    await taxpayer.say(QUESTION)
    await taxpayer.hear(NOT_TOLD)

    await editor.get_by_role("button", name="全部操作").click()
    closed = (
        editor.get_by_role("dialog")
        .get_by_role("listitem")
        .filter(has_text=re.compile("^设定停答日期"))
    )
    await expect(closed).to_contain_text("条目现在已暂停，没有在作答。")
    await expect(closed.get_by_role("button")).to_have_count(0)
    await editor.keyboard.press("Escape")

    await editor.get_by_role("button", name="恢复这一版").last.click()
    dialog = editor.get_by_role("dialog", name="恢复以前的版本")
    await expect(dialog.locator("ins")).to_contain_text(["30"])
    await dialog.get_by_label("理由").fill("第1版的期限是对的。")
    await dialog.get_by_role("button", name="确定").click()
    await expect(editor.get_by_text("已恢复，马上生效（第 3 版）。")).to_be_visible()
    await _until_told(OLD_WORDS, taxpayer, running)
    await taxpayer.say(QUESTION)
    await taxpayer.hear(OLD_WORDS)


async def test_who_is_overtaken_while_writing_is_told_by_whom_and_loses_nothing(sign_in):
    mine, theirs = [(await sign_in(login)).page for login in ("editor01", "editor02")]
    for page in (mine, theirs):
        await page.goto("/desk/library/property-environment-tax?tab=content")
    written, read = (page.get_by_label("条目内容（YAML）") for page in (mine, theirs))
    before = await written.input_value()
    await written.fill(before.replace("question: ", "question: 请问"))
    await read.fill(before.replace("question: ", "question: 您好，"))
    await theirs.get_by_role("button", name="保存草稿").click()

    alert = mine.get_by_role("alert").filter(has_text="这条刚被别人改过")
    await expect(alert).to_contain_text(re.compile("示例编辑二在 .+ 存了第 2 版"))
    await expect(mine.get_by_role("button", name="保存草稿")).to_be_disabled()
    await alert.get_by_role("button", name="和我写的有什么不同").click()
    await expect(alert.locator("del").first).to_contain_text("您好，")
    await expect(alert.locator("ins").first).to_contain_text("请问")
    await alert.get_by_role("button", name="看新版（我的先放一边）").click()
    await expect(written).to_have_value(re.compile("question: 您好，"))
    await mine.get_by_role("button", name="取回我写的").click()
    await expect(written).to_have_value(re.compile("question: 请问"))
    await mine.get_by_role("button", name="保存草稿").click()
    await expect(mine.get_by_text("已保存为第 3 版草稿。")).to_be_visible()


async def _publish_a_mistake(editor: Page, sign_in) -> None:
    await editor.goto(f"/desk/library/{ENTRY}")
    content = editor.get_by_label("条目内容（YAML）")
    yaml = await content.input_value()
    assert FIGURE in yaml
    asked = re.sub(r"^similar:\n( *)- ", rf"\g<0>{NEW_WAY}\n\1- ", yaml, flags=re.MULTILINE)
    await content.fill(asked.replace(FIGURE, MISTAKE, 1))
    await editor.get_by_role("button", name="保存草稿").click()
    await _move(editor, "送审")
    for login in ("editor02", "supervisor01"):
        reviewer = (await sign_in(login)).page
        await reviewer.goto("/desk/library")
        await reviewer.get_by_role("button", name=re.compile("^待我审核")).click()
        await expect(reviewer.get_by_text("共 1 条")).to_be_visible()
        await reviewer.get_by_role("link", name=QUESTION).click()
        await expect(reviewer.get_by_label("待审核的成文")).to_contain_text(NEW_WORDS)
        await _move(reviewer, "同意")
    await expect(editor.get_by_text("2 位同事已同意，可以发布")).to_be_visible()
    await _move(editor, "发布")


async def _until_told(words: str, taxpayer, running) -> None:
    since = time.monotonic()
    while words not in await told(taxpayer.page.request, running.inner_url, QUESTION):
        assert time.monotonic() - since < WITHIN_SECONDS, f"nobody is told {words}"


async def _move(page: Page, label: str, reason: str = "") -> None:
    await page.get_by_role("button", name=label, exact=True).click()
    dialog = page.get_by_role("dialog", name=label)
    if reason:
        await dialog.get_by_label("理由").fill(reason)
    await dialog.get_by_role("button", name="确定").click()
    # Publishing asks the gate first.
    await expect(page.get_by_text(f"已{label}。")).to_be_visible(timeout=240_000)
    await expect(dialog).to_have_count(0)
