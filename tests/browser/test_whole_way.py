"""From the first question to the rated answer of an appeal, through every door and every room."""

import re

from playwright.async_api import Locator, Page, expect

from enterprises.sample import sample_firms
from tests.browser.people import PHONE, Colleague, Taxpayer, new_page

FIRM = sample_firms(1)[0]
STORY = "10月在电子税务局报增值税，系统没有带出小规模免税，多缴了税，希望退回来。"
SETTLED = "您多缴的税款已经核实，退税三个工作日内到账。"


async def test_a_question_becomes_an_appeal_that_is_answered_and_rated(
    arrive, sign_in, browser, running
):
    taxpayer = await arrive()
    answer = await _asks_and_follows_up(taxpayer)
    await _binds_and_asks_about_the_firm(taxpayer)
    number, code = await _is_dissatisfied_and_files_an_appeal(taxpayer, answer)

    agent = await sign_in("agent01")
    await _answers_the_appeal(agent, number)

    await taxpayer.hear(SETTLED)
    await expect(taxpayer.heard).to_contain_text(number)
    await _looks_and_rates(await new_page(browser, running.url, PHONE), number, code)
    await expect(agent.page.get_by_text("满意度 5 分")).to_be_visible()
    await _sees_the_day(await sign_in("supervisor01"))


async def _asks_and_follows_up(taxpayer: Taxpayer) -> Locator:
    answer = await taxpayer.ask("小规模这季度卖了28万要交增值税吗")
    await expect(answer).to_contain_text("免征增值税")
    await expect(answer).to_contain_text("2026年第四季度")
    evidence = answer.get_by_role("region", name="政策依据")
    await expect(evidence.get_by_text("核对日期").first).to_be_visible()
    await expect(evidence).to_contain_text("2026年第")

    answer = await taxpayer.ask("那2025年的呢")
    await expect(answer.locator(".times")).to_contain_text("2025年")
    await expect(answer.get_by_role("region", name="政策依据")).to_contain_text("2023年第19号")
    return answer


async def _binds_and_asks_about_the_firm(taxpayer: Taxpayer) -> None:
    await taxpayer.say("我公司有没有逾期没申报的")
    await taxpayer.hear("请先绑定企业")
    await expect(taxpayer.heard).not_to_contain_text(FIRM.name)

    await taxpayer.bind(FIRM.uscc, "法定代表人")
    await expect(taxpayer.page.get_by_label("当前企业")).to_contain_text(FIRM.name)

    for question in ("我公司有没有逾期没申报的", "我们下次什么时候报税"):
        answer = await taxpayer.ask(question)
        await expect(answer).to_contain_text(FIRM.name)


async def _is_dissatisfied_and_files_an_appeal(
    taxpayer: Taxpayer, answer: Locator
) -> tuple[str, str]:
    await answer.get_by_role("button", name="没解决").click()
    await answer.get_by_label("哪里没解决").fill("还是没说为什么多缴了")
    await answer.get_by_role("button", name="提交", exact=True).click()
    await expect(answer.get_by_text("已评价：没解决")).to_be_visible()
    await answer.get_by_role("status").get_by_role("button", name="提诉求").click()

    await taxpayer.choose("退税")
    await taxpayer.hear("遇到了什么事")
    await taxpayer.say(STORY)
    await taxpayer.hear("方便留个电话吗")
    await taxpayer.say("不留")
    await taxpayer.choose("确认提交")

    card = taxpayer.page.get_by_role("region", name="诉求登记")
    await expect(card).to_be_visible()
    await expect(card).to_contain_text(re.compile(r"11月\d+日.*前"))
    number, code = (await card.locator(".code").all_inner_texts())[:2]
    return number, code


async def _answers_the_appeal(agent: Colleague, number: str) -> None:
    await agent.go("诉求")
    await agent.page.get_by_role("row").filter(has_text=number).get_by_role("link").click()
    await expect(agent.page.get_by_text(STORY).first).to_be_visible()
    await expect(agent.page.get_by_text("小规模这季度卖了28万要交增值税吗")).to_be_visible()
    await agent.do("受理")
    await agent.do("答复", SETTLED)


async def _looks_and_rates(page: Page, number: str, code: str) -> None:
    await page.goto("/appeal")
    await page.get_by_label("诉求编号").fill(number)
    await page.get_by_label("查询码").fill(code)
    await page.get_by_role("button", name="查询").click()
    await expect(page.get_by_text(SETTLED).first).to_be_visible()

    await page.get_by_label("满意", exact=True).check()
    await page.get_by_label("5 分").check()
    await page.get_by_label("补充说明").fill("很快")
    await page.get_by_role("button", name="提交评价").click()

    await expect(page.get_by_text("已办结")).to_be_visible()


async def _sees_the_day(supervisor: Colleague) -> None:
    page = supervisor.page
    await expect(page.get_by_role("heading", name="督办")).to_be_visible()
    asked = await page.get_by_text(re.compile(r"今天 \d+ 问")).inner_text()
    assert int(re.sub(r"\D", "", asked)) >= 6
    await expect(page.get_by_role("link", name="0 已超期")).to_be_visible()
    await page.get_by_role("button", name="表格").click()
    computed = page.get_by_role("row").filter(has_text="已测算")
    await expect(computed.get_by_role("cell").last).to_have_text(re.compile(r"[1-9]"))
