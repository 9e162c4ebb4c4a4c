"""A notice that an editor brings becomes drafts; nothing of it is said to a taxpayer yet."""

from __future__ import annotations

import re

from playwright.async_api import FilePayload, expect

NUMBER, TITLE = "国家税务总局公告2026年第987号", "关于示例小微企业领用示例凭证有关事项的公告"
NOTICE = f"""{TITLE}
{NUMBER}

为方便小微企业办税，现将有关事项公告如下：
一、小型微利企业首次领用示例凭证的，应当在领用之日起15日内向主管税务机关报告，并提交领用申请表。
二、月销售额不超过10万元的小规模纳税人，可以免于报告前款事项，但应当保存领用记录5年。
三、本公告自2026年12月1日起施行。
特此公告。

国家税务总局
2026年11月10日
"""


async def test_a_notice_is_read_and_the_chosen_questions_become_drafts(sign_in):
    page = (await sign_in("editor01")).page
    places = page.get_by_role("navigation", name="知识库的页面")
    await places.get_by_role("link", name="收录通知").click()
    chosen = page.locator("input[type=file]")

    await chosen.set_input_files(_file("空.txt", "  \n"))
    await expect(page.get_by_role("alert")).to_contain_text("没有收下")

    await chosen.set_input_files(_file("公告.txt", NOTICE))
    await expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    await expect(page.get_by_label("文号", exact=True)).to_have_value(NUMBER)
    await expect(page.get_by_label("施行日期", exact=True)).to_have_value("2026-12-01")
    question = page.get_by_role("checkbox").first
    await question.check()
    await page.get_by_role("button", name=re.compile("^看")).first.click()
    await expect(page.get_by_text("领用之日起15日内").first).to_be_visible()
    await page.get_by_role("button", name="登记文件，起草 1 个条目").click()
    await expect(page.get_by_text("已收录，草稿可以改写了。")).to_be_visible()
    settled = page.get_by_role("status").filter(has_text="起草的条目")
    await settled.get_by_role("listitem").first.get_by_role("link").click()
    await expect(page.get_by_text("草稿", exact=True).first).to_be_visible()

    await places.get_by_role("link", name="收录通知").click()
    await page.locator("input[type=file]").set_input_files(_file("又一次.txt", NOTICE))
    await expect(page.get_by_text("这份文件放进来过，打开的是原来那一份。")).to_be_visible()


async def test_a_notice_of_no_use_is_discarded_with_a_reason(sign_in):
    page = (await sign_in("editor01")).page
    await page.goto("/desk/notices")
    await page.locator("input[type=file]").set_input_files(
        _file("邀请.txt", "示例讲座邀请\n欢迎各位参加本周的示例讲座。\n")
    )
    await page.get_by_role("button", name="丢弃", exact=True).click()
    await page.get_by_role("dialog").get_by_role("textbox").fill("不是政策文件。")
    await page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await expect(page.get_by_role("status").filter(has_text="不是政策文件。")).to_be_visible()
    await expect(page.get_by_role("checkbox")).to_have_count(0)


def _file(name: str, text: str) -> FilePayload:
    return FilePayload(name=name, mimeType="text/plain", buffer=text.encode("gb18030"))
