"""Rasa killed in the middle of a turn: people are still answered, once, and it comes back."""

import asyncio
import os
import signal
import time

from playwright.async_api import APIRequestContext, expect
from sqlalchemy import func, select

from consultations.tables import Author, Message, Turn
from core.database import reading

NOTICE = "现在理解服务暂时不可用"
CAUGHT, WHILE_AWAY, AFTERWARDS = "季度30万免税吗", "专票抵扣联丢了还能抵扣吗", "税务登记变更怎么办"
BACK_WITHIN_SECONDS = 90


async def test_a_killed_rasa_costs_nobody_an_answer_and_comes_back(arrive, running, records):
    taxpayer = await arrive()
    killed = running.rasa_pid()

    os.kill(killed, signal.SIGSTOP)  # it takes the turn and says nothing
    before = await taxpayer.bubbles.count()
    await taxpayer.say(CAUGHT)
    await expect(taxpayer.page.locator(".stage")).to_be_visible()
    os.kill(killed, signal.SIGKILL)
    await expect(taxpayer.bubbles.nth(before)).to_contain_text(NOTICE)
    await expect(taxpayer.bubbles.nth(before + 1).get_by_label("政策依据")).to_be_visible()

    notice = await taxpayer.ask(WHILE_AWAY)
    await expect(notice).to_contain_text(NOTICE)
    degraded = taxpayer.page.get_by_text("智能理解暂停，现直接检索知识库作答")
    await expect(degraded).to_be_visible()

    await _until_back(taxpayer.page.request)
    assert running.rasa_pid() not in (None, killed)
    answer = await taxpayer.ask(AFTERWARDS)
    await expect(answer).not_to_contain_text(NOTICE)
    await expect(degraded).to_have_count(0)

    with reading(records) as session:
        for text, degraded_turn in ((CAUGHT, True), (WHILE_AWAY, True), (AFTERWARDS, False)):
            turn = session.scalars(select(Turn).where(Turn.text == text)).one()
            assert turn.degraded is degraded_turn
            assert _bubbles_of(session, turn) == len(turn.answer.parts)


async def _until_back(request: APIRequestContext) -> None:
    killed = time.monotonic()
    while (await (await request.get("/readyz")).json())["rasa"] != "ok":
        assert time.monotonic() - killed < BACK_WITHIN_SECONDS, "Rasa did not come back"
        await asyncio.sleep(0.5)


def _bubbles_of(session, turn: Turn) -> int:
    """How many bubbles a turn was answered with."""
    return session.scalar(
        select(func.count(Message.id)).where(
            Message.turn_id == turn.id, Message.author != Author.TAXPAYER
        )
    )
