"""转人工 in two browsers: the sentence 已转人工 stands on the page only once a person is there."""

from playwright.async_api import expect

QUESTION = "小规模这季度卖了28万要交增值税吗"
ADVICE = "您开了专用发票的那部分要交税，其余免征，申报时分开填。"


async def test_a_person_is_there_only_after_one_has_accepted_and_then_the_bot_is_silent(
    arrive, sign_in
):
    taxpayer, agent = await arrive(), await sign_in("agent01")
    inbox = agent.page.get_by_role("link", name="来件")
    await agent.go("知识库")
    await taxpayer.ask(QUESTION)
    await expect(inbox).to_have_text("来件")
    await taxpayer.say("转人工")
    await expect(taxpayer.page.get_by_text("正在等待人工接入")).to_be_visible()
    await expect(taxpayer.page.get_by_text("已转人工")).to_have_count(0)

    await expect(inbox).to_have_text("1 来件")
    await inbox.click()
    waiting = agent.page.locator(".item.waiting")
    await expect(waiting).to_have_count(1)
    await waiting.click()
    await expect(agent.page.get_by_text(QUESTION).first).to_be_visible()
    await expect(agent.page.get_by_role("button", name="发送").first).to_be_disabled()
    await agent.page.get_by_role("button", name="接入", exact=True).click()
    await taxpayer.hear("已转人工，示例坐席 为您服务")
    await expect(inbox).to_have_text("来件")

    await agent.page.get_by_label("答复内容").fill(ADVICE)
    await agent.page.keyboard.press("Control+Enter")
    await taxpayer.hear(ADVICE)
    await expect(taxpayer.page.locator(".message.agent")).to_have_count(1)

    said_by_bot = await taxpayer.page.locator(".message.bot").count()
    await taxpayer.say("那季度超过30万呢")
    await expect(agent.page.locator(".thread")).to_contain_text("那季度超过30万呢")
    await agent.page.get_by_label("答复内容").fill("超过就全额交。")
    await agent.page.keyboard.press("Control+Enter")
    await taxpayer.hear("超过就全额交。")
    await expect(taxpayer.page.locator(".message.bot")).to_have_count(said_by_bot)

    await agent.page.get_by_role("button", name="交回机器人").click()
    await agent.page.get_by_role("dialog").get_by_role("button", name="确定").click()
    await taxpayer.hear("本次人工服务结束")
    answer = await taxpayer.ask(QUESTION)
    await expect(answer).to_contain_text("免征增值税")
