"""The page while the network or the service comes and goes."""

import pytest
from playwright.async_api import expect
from sqlalchemy import select
from web_site import agree, answers, say

from answers.parts import Part
from consultations.hand_over import accept_talk, reply_as_person
from consultations.tables import Conversation
from core.database import transaction
from core.settings import Settings

QUESTION = "没有收入、没开票，还要申报吗？"


@pytest.fixture
def settings() -> Settings:
    return Settings(messages_per_minute=200)


async def test_messages_written_offline_are_sent_in_order_and_once(page, context, site):
    await agree(page)
    await context.set_offline(True)
    await say(page, "第一句：要申报吗")
    await say(page, "第二句：怎么零申报")
    await expect(page.get_by_text("待发送，联网后自动发出")).to_have_count(2)
    await expect(page.get_by_text("当前没有网络")).to_be_visible()

    await context.set_offline(False)

    await expect(page.get_by_text("待发送，联网后自动发出")).to_have_count(0)
    await expect(page.locator(".message.taxpayer")).to_have_count(2)
    assert site.said == ["第一句：要申报吗", "第二句：怎么零申报"]


async def test_unsent_messages_survive_a_reload(page, context, site):
    await agree(page)
    await page.route("**/turns", lambda route: route.abort())
    await say(page, "还没发出去的一句")
    await expect(page.get_by_text("待发送，联网后自动发出")).to_be_visible()
    await page.unroute("**/turns")

    await page.reload()

    await expect(page.locator(".message.taxpayer")).to_have_count(1)
    await expect(page.get_by_text("待发送，联网后自动发出")).to_have_count(0)
    assert site.said == ["还没发出去的一句"]


async def test_a_reply_that_was_lost_on_the_way_doubles_nothing(page, site):
    await agree(page)
    lost = []

    async def lose_first(route):
        if lost:
            return await route.continue_()
        lost.append(await route.fetch())
        await route.abort()

    await page.route("**/turns", lose_first)

    await say(page, QUESTION)

    await answers(page, 1)
    await expect(page.locator(".message.taxpayer")).to_have_count(1)
    await expect(page.locator(".unsent")).to_have_count(0)
    assert lost[0].status == 202
    assert site.said == [QUESTION]


async def test_what_was_said_while_the_service_was_away_arrives_afterwards(page, site):
    await agree(page)
    await say(page, QUESTION)
    await answers(page, 1)
    await site.stop()
    await expect(page.get_by_text("连接中断，正在重新连接")).to_be_visible()
    now = site.services.clock
    with transaction(site.services.sessions) as session:
        talk = session.scalars(select(Conversation)).one()
        known = {"staff_login": "agent01", "now": now()}
        accept_talk(session, talk.id, staff_name="王坐席", **known)
        reply_as_person(session, talk.id, part=Part(text="我来回复您", machine_made=False), **known)

    await site.start()

    await expect(page.locator(".message.agent").get_by_text("我来回复您")).to_have_count(1)
    await expect(page.get_by_text("连接中断，正在重新连接")).to_have_count(0)
    await expect(page.get_by_text("王坐席 正在为您服务")).to_be_visible()


async def test_history_is_there_on_return_and_older_pages_load(page, site):
    await agree(page)
    with transaction(site.services.sessions) as session:
        talk = session.scalars(select(Conversation)).one()
        known = {"staff_login": "agent01", "now": site.services.clock()}
        accept_talk(session, talk.id, staff_name="王坐席", **known)
        for number in range(40):
            part = Part(text=f"第{number}条", machine_made=False)
            reply_as_person(session, talk.id, part=part, **known)

    await page.reload()
    await expect(page.get_by_text("第39条", exact=True)).to_be_in_viewport()
    await expect(page.get_by_text("第0条", exact=True)).to_have_count(0)
    await page.get_by_role("button", name="查看更早的消息").click()

    await expect(page.get_by_text("第0条", exact=True)).to_have_count(1)
    await expect(page.locator(".message.agent")).to_have_count(40)


async def test_a_service_that_is_away_at_the_start_is_told_and_can_be_tried_again(context, site):
    page = await context.new_page()
    await page.route("**/api/v1/bureau", lambda route: route.abort())
    await page.goto("/")
    await expect(page.get_by_text("咨询服务暂时连接不上")).to_be_visible()

    await page.unroute("**/api/v1/bureau")
    await page.get_by_role("button", name="重新连接").click()

    await expect(page.get_by_role("dialog", name="使用前请阅读")).to_be_visible()
