"""Each answer reaches the user exactly once: in the reply, or later, never both, never neither."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from wechat_account import USER, Account, answer_to

from answers.parts import Button, Part
from channels.wechat_claims import claim, undelivered
from channels.wechat_followers import insert_once
from channels.wechat_parcels import Busy, Parcel, next_parcel
from channels.wechat_passive import settle
from channels.wechat_tables import WechatDelivery, WechatFollower, WechatReceipt
from consultations.tables import Author, Conversation, Holder, Message
from consultations.talk import add_message
from core.audit import AuditLine
from core.database import reading, transaction
from core.due_work import DueWork
from tests.wechat_platform import NO_SERVICE, until


def tell(account: Account, text: str, **more: object) -> int:
    """A person at the desk, or the system, writes to the user."""
    with transaction(account.services.sessions) as session:
        talk = session.scalars(select(Conversation)).one()
        part = Part(text=text, machine_made=False, **more)
        now = account.services.clock()
        return add_message(session, talk, author=Author.AGENT, part=part, now=now).id


def extra(account: Account, message_id: int) -> dict[str, object]:
    with reading(account.services.sessions) as session:
        return session.get_one(Message, message_id).body["extra"]


async def test_an_answer_that_takes_too_long_is_sent_later_by_itself(account: Account) -> None:
    await account.agree()
    account.rasa.delay = 4.6

    told = await account.say("几号截止")
    await until(lambda: len(account.messages()) == 2)
    await account.send_due()

    assert "正在查找" in str(told)
    assert account.shown == [told, answer_to("几号截止")]
    assert account.platform.refusals == []


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_retry_gets_the_very_same_reply(account: Account, lost: int) -> None:
    await account.agree()
    account.platform.answers_to_lose[USER] = lost

    told = await account.say("几号截止")

    assert told == answer_to("几号截止")
    assert account.shown == [told]
    assert account.rasa.asked == ["几号截止"]
    assert await account.send_due() == 0


async def test_the_reply_stays_the_same_when_the_talk_has_gone_on(account: Account) -> None:
    await account.agree()
    receipt = await _receipt_of(account, "几号截止")
    tell(account, "坐席补充一句。")

    with transaction(account.services.sessions) as session:
        again = settle(
            session,
            receipt.key,
            writer=account.sender._writer,
            now=account.services.clock(),
            final=True,
        )

    assert again is not None
    assert again.reply == receipt.passive_reply == answer_to("几号截止")


async def _receipt_of(account: Account, question: str) -> WechatReceipt:
    await account.say(question)
    with reading(account.services.sessions) as session:
        return session.scalars(
            select(WechatReceipt).where(WechatReceipt.turn_id.is_not(None))
        ).one()


async def test_the_looking_notice_is_said_once_however_often_the_platform_asks(
    account: Account,
) -> None:
    await account.agree()
    account.rasa.delay = 4.6
    account.platform.answers_to_lose[USER] = 1

    told = await account.say("几号截止")
    await until(lambda: len(account.messages()) == 2)
    await account.send_due()

    assert account.shown == [told, answer_to("几号截止")]


async def test_an_eager_outbox_does_not_double_what_the_reply_carries(account: Account) -> None:
    await account.agree()
    account.rasa.delay = 0.3
    stop = asyncio.Event()

    async def outbox() -> None:
        while not stop.is_set():
            await account.send_due()
            await asyncio.sleep(0)

    busy = [asyncio.create_task(outbox()) for _ in range(3)]
    for number in range(5):
        await account.say(f"问题{number}")
    stop.set()
    await asyncio.gather(*busy)

    assert account.shown == [answer_to(f"问题{number}") for number in range(5)]


async def test_an_answer_fetched_by_hand_is_not_sent_again(account: Account) -> None:
    await account.agree()
    account.rasa.delay = 5.0
    await account.say("几号截止")

    fetched = await account.say("查看")
    await account.send_due()

    assert fetched == answer_to("几号截止")
    assert account.shown[1:] == [fetched]


async def test_fetching_when_there_is_nothing_says_so(account: Account) -> None:
    await account.agree()

    assert "没有新的消息" in str(await account.say("查看"))


async def test_if_nobody_answers_the_platform_the_answer_still_comes(account: Account) -> None:
    await account.agree()
    account.platform.answers_to_lose[USER] = 3
    account.rasa.delay = 4.6

    told = await account.say("几号截止")
    await until(lambda: len(account.messages()) == 2)
    await account.send_due()

    assert told == NO_SERVICE
    assert account.shown == [NO_SERVICE, answer_to("几号截止")]


async def test_what_a_person_writes_is_sent_and_a_retry_of_the_outbox_sends_nothing(
    account: Account,
) -> None:
    await account.agree()
    message_id = tell(account, "我是坐席，正在为您查。")
    payload = {"message_id": message_id, "conversation_id": account.conversation().id}

    await account.send_due()
    await account.sender.deliver(payload)

    assert account.shown == ["我是坐席，正在为您查。"]


async def test_lines_a_person_writes_in_a_row_go_out_together_and_spare_the_quota(
    account: Account,
) -> None:
    await account.agree()
    for line in ("第一行。", "第二行。", "第三行。"):
        tell(account, line)

    await account.send_due()

    assert account.shown == ["第一行。\n\n第二行。\n\n第三行。"]


async def test_while_a_person_holds_the_talk_the_bot_is_silent(account: Account) -> None:
    await account.agree()
    with transaction(account.services.sessions) as session:
        session.scalars(select(Conversation)).one().holder = Holder.PERSON

    assert await account.say("在吗") is None
    tell(account, "在的。")
    await account.send_due()

    assert account.shown == ["在的。"]


async def test_past_the_quota_nothing_is_lost_and_the_record_says_that_it_waits(
    account: Account,
) -> None:
    await account.agree()
    account.put_forward(timedelta(minutes=2))  # the minute of the follow is over
    sent = []
    for number in range(7):
        sent.append(tell(account, f"消息{number}"))
        await account.send_due()

    assert account.shown == [f"消息{number}" for number in range(5)]
    assert account.platform.refusals == [], "the ledger knew before the platform said so"
    assert extra(account, sent[5])["delivery"] == "held"
    assert extra(account, sent[5])["held_because"] == "window_or_quota"
    with reading(account.services.sessions) as session:
        deeds = session.scalars(
            select(AuditLine.subject).where(AuditLine.deed == "channels.wechat.held")
        ).all()
        assert deeds == [f"message:{sent[5]}", f"message:{sent[6]}"]

    told = await account.say("几号截止")

    assert str(told).startswith(answer_to("几号截止"))
    assert "【之前没能送达的消息】\n\n消息5\n\n消息6" in str(told)
    assert extra(account, sent[5])["delivery"] == "delivered"
    assert await account.send_due() == 0
    tell(account, "消息7")
    await account.send_due()
    assert account.shown[-1] == "消息7", "with the user's word the window opened anew"


async def test_past_48_hours_a_message_waits_for_the_next_word_of_the_user(
    account: Account,
) -> None:
    await account.agree()
    account.put_forward(timedelta(hours=48, seconds=1))
    message_id = tell(account, "您的诉求有了答复。")

    await account.send_due()

    assert account.shown == []
    assert extra(account, message_id)["delivery"] == "held"
    told = await account.say("你好")
    assert str(told).count("您的诉求有了答复。") == 1


async def test_within_48_hours_it_is_sent(account: Account) -> None:
    await account.agree()
    account.put_forward(timedelta(hours=47, minutes=59))
    tell(account, "您的诉求有了答复。")

    await account.send_due()

    assert account.shown == ["您的诉求有了答复。"]


async def test_a_click_allows_three_messages_within_a_minute_even_after_two_days(
    account: Account,
) -> None:
    await account.agree()
    account.put_forward(timedelta(hours=50))
    await account.platform.event(USER, "SCAN")
    account.shown.clear()
    for number in range(4):
        tell(account, f"消息{number}")
        await account.send_due()

    assert account.shown == ["消息0", "消息1", "消息2"]
    assert account.platform.refusals == []


async def test_if_the_platform_counts_otherwise_its_word_stands(account: Account) -> None:
    await account.agree()
    account.platform._allowances.clear()
    first = tell(account, "消息0")
    await account.send_due()
    tell(account, "消息1")
    await account.send_due()

    assert account.platform.refusals == [45015], "asked once, then never again"
    assert extra(account, first)["delivery"] == "held"
    told = await account.say("你好")
    assert "消息0\n\n消息1" in str(told)


async def test_an_account_without_customer_service_still_answers_at_the_next_word(
    account: Account,
) -> None:
    await account.agree()
    account.platform.may_send = False
    message_id = tell(account, "您的诉求有了答复。")

    await asyncio.wait_for(account.send_due(), 5)

    assert account.platform.refusals == [48001]
    assert extra(account, message_id)["held_because"] == "not_authorised"
    assert "您的诉求有了答复。" in str(await account.say("你好"))


async def test_what_does_not_fit_below_an_answer_waits_under_a_number(account: Account) -> None:
    await account.agree()
    account.put_forward(timedelta(hours=49))
    for number in range(3):
        tell(account, f"第{number}条" + "说明" * 120)
    await account.send_due()

    first = str(await account.say("几号截止"))
    second = str(await account.say("查看"))

    for told in (first, second):
        assert len(told) <= 600
    assert "还有" in first
    whole = first + second
    assert [whole.count(f"第{number}条") for number in range(3)] == [1, 1, 1]


async def test_a_long_line_of_a_person_is_read_on_under_a_number(account: Account) -> None:
    await account.agree()
    text = "".join(f"第{number}句说明。" for number in range(200))
    tell(account, text)
    await account.send_due()

    told = account.shown[-1]
    pieces = [told.partition("……")[0]]
    while "继续看" in told:
        told = str(await account.say("继续看"))
        pieces.append(told.partition("……")[0])

    assert "".join(pieces) == text


async def test_a_process_that_died_while_sending_loses_the_message_to_the_next(
    account: Account,
) -> None:
    await account.agree()
    tell(account, "坐席的话。")
    talk = account.conversation()
    with transaction(account.services.sessions) as session:
        now = account.services.clock()
        claim(session, undelivered(session, talk.id, now=now), "service", now=now)

    with transaction(account.services.sessions) as session:
        assert undelivered(session, talk.id, now=account.services.clock()) == []
    account.put_forward(timedelta(seconds=61))
    await account.send_due()

    assert account.shown == ["坐席的话。"]


async def test_of_two_claimants_one_gets_the_message(account: Account) -> None:
    await account.agree()
    tell(account, "坐席的话。")
    talk = account.conversation()
    now = account.services.clock()
    with transaction(account.services.sessions) as session:
        seen = undelivered(session, talk.id, now=now)

    with transaction(account.services.sessions) as session:
        first = claim(session, seen, "passive", now=now)
    with transaction(account.services.sessions) as session:
        second = claim(session, seen, "service", now=now)

    assert (len(first), len(second)) == (1, 0)


async def test_a_reply_that_is_too_late_finds_the_message_taken_by_the_outbox(
    account: Account,
) -> None:
    await account.agree()
    tell(account, "坐席的话。")
    now = account.services.clock()
    with transaction(account.services.sessions) as session:
        insert_once(
            session,
            WechatReceipt,
            key="msgid:99",
            openid=USER,
            turn_id="of a process that hung",
            first_seen=now,
            passive_until=now,
        )
        message = session.scalars(select(Message).order_by(Message.id.desc())).first()
        message.turn_id = "of a process that hung"

    await account.send_due()
    with transaction(account.services.sessions) as session:
        late = settle(session, "msgid:99", writer=account.sender._writer, now=now, final=True)

    assert account.shown == ["坐席的话。"]
    assert late is not None
    assert "坐席的话。" not in str(late.reply)


async def test_while_a_reply_may_still_carry_the_answer_the_outbox_leaves_it_alone(
    account: Account,
) -> None:
    await account.agree()
    tell(account, "坐席的话。")
    talk, now = account.conversation(), account.services.clock()
    until_then = now + timedelta(seconds=4)
    with transaction(account.services.sessions) as session:
        message = session.scalars(select(Message).order_by(Message.id.desc())).first()
        message.turn_id = "being answered"
        insert_once(
            session,
            WechatReceipt,
            key="msgid:99",
            openid=USER,
            turn_id="being answered",
            first_seen=now,
            passive_until=until_then,
        )

    def next_at(moment: datetime) -> object:
        with account.services.sessions() as session:  # undone at the end
            return next_parcel(session, talk.id, writer=account.sender._writer, now=moment)

    assert isinstance(next_at(now), Busy)
    assert isinstance(next_at(until_then), Busy)
    assert isinstance(next_at(until_then + timedelta(seconds=1)), Parcel)


async def test_a_later_line_waits_while_an_earlier_one_is_on_its_way(account: Account) -> None:
    await account.agree()
    tell(account, "先说的。")
    talk, now = account.conversation(), account.services.clock()
    with transaction(account.services.sessions) as session:
        first = next_parcel(session, talk.id, writer=account.sender._writer, now=now)
    tell(account, "后说的。")

    with transaction(account.services.sessions) as session:
        second = next_parcel(session, talk.id, writer=account.sender._writer, now=now)

    assert isinstance(first, Parcel)
    assert isinstance(second, Busy)


async def test_if_the_platform_cannot_be_reached_the_message_is_tried_again(
    account: Account,
) -> None:
    await account.agree()
    tell(account, "坐席的话。")
    real = account.sender._client._base
    account.sender._client._base = "http://127.0.0.1:9"

    with pytest.raises(Exception, match="ClientConnectorError") as raised:
        await account.send_due()
    account.sender._client._base = real
    account.put_forward(timedelta(seconds=61))
    await account.send_due()

    assert "access_token" not in str(raised.value)
    assert account.shown == ["坐席的话。"]
    with reading(account.services.sessions) as session:
        follower = session.get_one(WechatFollower, USER)
        used = follower.sent_since_spoke + follower.sent_since_clicked
        assert used == 1, "the failed try is not counted"


async def test_a_deleted_talk_is_told_nothing_more(account: Account) -> None:
    await account.agree()
    tell(account, "坐席的话。")
    with transaction(account.services.sessions) as session:
        session.scalars(select(Conversation)).one().deleted_at = account.services.clock()

    await account.send_due()

    assert account.shown == []


async def test_the_numbers_of_a_late_answer_stand_for_its_buttons(account: Account) -> None:
    await account.agree()
    button = Button("查诉求进度", "say", "查诉求 SQ1")
    tell(account, "诉求有了答复。", buttons=(button,))

    await account.send_due()

    assert account.shown == ["诉求有了答复。\n\n回复数字：\n1 查诉求进度"]
    assert await account.say("1") == answer_to("查诉求 SQ1")


async def test_every_delivery_is_noted_with_its_route(account: Account) -> None:
    await account.agree()
    await account.say("几号截止")
    tell(account, "坐席的话。")
    await account.send_due()

    with reading(account.services.sessions) as session:
        routes = session.scalars(
            select(WechatDelivery.route).order_by(WechatDelivery.message_id)
        ).all()
        open_work = session.scalars(
            select(DueWork.key).where(DueWork.kind == "deliver.wechat", DueWork.done_at.is_(None))
        ).all()
    assert routes == ["passive", "service"]
    assert open_work == []
