"""A talk through WeChat: consent, questions, numbers for buttons, menus, what cannot be read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from wechat_account import USER, Account, answer_to

from answers.parts import Button, Part
from channels.wechat_followers import (
    follower_of,
    forget_follower,
    is_reachable,
    remove_expired_receipts,
)
from channels.wechat_tables import WechatFollower, WechatReceipt
from consultations.tables import Answer, Author, Conversation, Holder, Turn
from consultations.talk import add_message
from core.database import reading, transaction

PHONE = "13800138000"


def turns(account: Account) -> list[str]:
    with reading(account.services.sessions) as session:
        return list(session.scalars(select(Turn.text).order_by(Turn.received_at)))


def answer_with_buttons(account: Account, text: str = "免征增值税。") -> None:
    """Let the next turn be answered as by the action that answers from the library."""
    buttons = (
        Button("有用", "rate", "useful"),
        Button("没解决", "rate", "not_solved"),
        Button("答得不对", "rate", "wrong"),
        Button("转人工", "say", "转人工"),
        Button("提诉求", "say", "我要提诉求"),
    )
    account.next_answer = (Part(text=text, kind="answer", outcome="answered", buttons=buttons),)


def rating(account: Account) -> str | None:
    with reading(account.services.sessions) as session:
        return session.scalar(select(Answer.rating).where(Answer.rating.is_not(None)))


async def test_following_brings_the_privacy_notice_and_the_warning_about_impostors(
    account: Account,
) -> None:
    told = await account.platform.event(USER, "subscribe")

    assert told is not None
    assert "隐私提示" in told
    assert "365天" in told
    assert "冒充" in told
    assert "1 同意　2 不同意" in told
    assert "示例库，未经税务机关审核" in told


async def test_a_question_is_answered_in_the_same_breath(account: Account) -> None:
    await account.agree()

    told = await account.say("小规模季度28万要交增值税吗")

    assert told == answer_to("小规模季度28万要交增值税吗")
    assert await account.send_due() == 0, "the outbox is called off"
    assert account.shown == [told]


async def test_a_first_question_waits_for_consent_and_is_answered_upon_it(
    account: Account,
) -> None:
    asked = await account.say(f"我电话{PHONE}，怎么报税")

    assert asked is not None
    assert "隐私提示" in asked
    assert turns(account) == []

    told = await account.say("同意")

    assert told == answer_to("我电话138****8000，怎么报税")
    assert account.conversation().consented_at is not None
    assert turns(account) == ["我电话138****8000，怎么报税"]


async def test_before_consent_no_phone_number_is_kept(account: Account) -> None:
    await account.say(f"我电话{PHONE}，怎么报税")

    with reading(account.services.sessions) as session:
        assert PHONE not in str(session.scalars(select(WechatFollower.options)).all())
        assert session.scalars(select(Conversation)).all() == []


async def test_who_does_not_agree_leaves_nothing_behind(account: Account) -> None:
    await account.say("怎么报税")

    told = await account.say("2")

    assert told is not None
    assert "没有保存" in told
    with reading(account.services.sessions) as session:
        assert session.get_one(WechatFollower, USER).options == []
        assert session.scalars(select(Conversation)).all() == []
    assert "隐私提示" in str(await account.say("1")), "a bare 1 is no consent any more"


async def test_withdrawn_consent_is_asked_for_again(account: Account) -> None:
    await account.agree()
    with transaction(account.services.sessions) as session:
        session.scalars(select(Conversation)).one().consented_at = None

    assert "隐私提示" in str(await account.say("怎么报税"))
    assert turns(account) == []


async def test_numbers_stand_for_the_buttons_of_the_web(account: Account) -> None:
    await account.agree()
    answer_with_buttons(account)

    told = await account.say("季度28万交税吗")
    thanked = await account.say("1")

    assert str(told).endswith("回复数字：\n1 有用　2 没解决　3 答得不对　4 转人工　5 提诉求")
    assert thanked == "谢谢您的评价。"
    assert rating(account) == "useful"
    assert turns(account) == ["季度28万交税吗"], "a rating is no turn"


@pytest.mark.parametrize("said", ["5", "５", "5.", " 5 ", "提诉求"])
async def test_a_button_that_says_something_says_it(account: Account, said: str) -> None:
    await account.agree()
    answer_with_buttons(account)
    await account.say("季度28万交税吗")

    told = await account.say(said)

    assert told == answer_to("我要提诉求")
    assert turns(account) == ["季度28万交税吗", "我要提诉求"]


async def test_after_a_bad_rating_the_numbers_offer_the_ways_on(account: Account) -> None:
    await account.agree()
    answer_with_buttons(account)
    await account.say("季度28万交税吗")

    offered = await account.say("2")
    told = await account.say("2")

    assert str(offered).endswith("1 转人工　2 提诉求")
    assert rating(account) == "not_solved"
    assert told == answer_to("我要提诉求")


async def test_a_number_that_the_platform_sends_again_is_not_taken_for_the_next_buttons(
    account: Account,
) -> None:
    await account.agree()
    answer_with_buttons(account)
    await account.say("季度28万交税吗")
    account.platform.answers_to_lose[USER] = 2

    offered = await account.say("2")

    assert str(offered).endswith("1 转人工　2 提诉求")
    assert turns(account) == ["季度28万交税吗"], "2 meant 没解决, and not 提诉求 at the second try"
    assert rating(account) == "not_solved"


async def test_a_consent_that_the_platform_sends_again_is_one_consent(account: Account) -> None:
    await account.say("怎么报税")
    account.platform.answers_to_lose[USER] = 2

    assert await account.say("1") == answer_to("怎么报税")
    assert turns(account) == ["怎么报税"]


async def test_a_number_nothing_stands_behind_is_a_text_like_any_other(account: Account) -> None:
    await account.agree()
    answer_with_buttons(account)
    await account.say("季度28万交税吗")

    assert await account.say("9") == answer_to("9")
    assert await account.say("1") == answer_to("1"), "the last answer had no numbers"


async def test_a_number_loses_its_meaning_after_two_days(account: Account) -> None:
    await account.agree()
    answer_with_buttons(account)
    await account.say("季度28万交税吗")
    account.put_forward(timedelta(hours=49))

    assert await account.say("1") == answer_to("1")
    assert rating(account) is None


async def test_while_a_person_holds_the_talk_numbers_go_to_the_person(account: Account) -> None:
    await account.agree()
    answer_with_buttons(account)
    await account.say("季度28万交税吗")
    with transaction(account.services.sessions) as session:
        session.scalars(select(Conversation)).one().holder = Holder.PERSON

    assert await account.say("1") is None, "the person answers, the bot is silent"
    assert turns(account)[-1] == "1"
    assert rating(account) is None


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("voice", "语音"),
        ("image", "图片"),
        ("video", "视频"),
        ("shortvideo", "这种消息"),
        ("location", "办税服务厅"),
        ("link", "链接"),
        ("file", "这种消息"),
    ],
)
async def test_what_cannot_be_read_gets_its_own_reply(
    account: Account, kind: str, word: str
) -> None:
    await account.agree()

    told = await account.platform.message(USER, MsgType=kind)

    assert word in str(told)
    assert turns(account) == []


@pytest.mark.parametrize("text", ["[微笑][捂脸]", "/::)", "【收到不支持的消息类型，暂无法显示】"])
async def test_a_sticker_is_noticed_but_not_answered_as_a_question(
    account: Account, text: str
) -> None:
    await account.agree()

    assert "表情" in str(await account.say(text))


async def test_a_voice_message_the_platform_understood_is_a_question(account: Account) -> None:
    await account.agree()

    told = await account.platform.message(USER, MsgType="voice", Recognition="几号截止")

    assert told == answer_to("几号截止")


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("ASK", "你能做什么"),
        ("APPEAL", "我要提诉求"),
        ("PROGRESS", "查询诉求进度"),
        ("PERSON", "转人工"),
        ("MY_FIRM", "我公司这个季度申报了没有"),
    ],
)
async def test_a_menu_entry_says_its_sentence(account: Account, key: str, sentence: str) -> None:
    await account.agree()

    assert await account.platform.event(USER, "CLICK", key) == answer_to(sentence)


async def test_a_menu_entry_waits_for_consent_too(account: Account) -> None:
    told = await account.platform.event(USER, "CLICK", "PERSON")

    assert "隐私提示" in str(told)
    assert turns(account) == []


async def test_a_menu_entry_nobody_knows_is_answered(account: Account) -> None:
    await account.agree()

    assert "菜单" in str(await account.platform.event(USER, "CLICK", "OLD_KEY"))


@pytest.mark.parametrize("event", ["VIEW", "LOCATION", "TEMPLATESENDJOBFINISH"])
async def test_events_that_say_nothing_are_only_acknowledged(account: Account, event: str) -> None:
    assert await account.platform.event(USER, event) is None
    assert account.shown == []


async def test_following_again_does_not_ask_for_consent_again(account: Account) -> None:
    await account.agree()
    await account.platform.event(USER, "unsubscribe")
    account.put_forward(timedelta(seconds=2))

    told = str(await account.platform.event(USER, "subscribe"))

    assert "又见到您了" in told
    assert "同意" not in told


async def test_unsubscribing_stops_what_is_sent_unasked_and_ends_nothing(account: Account) -> None:
    await account.agree()
    identity = f"wechat:{USER}"
    with reading(account.services.sessions) as session:
        assert is_reachable(session, identity)

    await account.platform.event(USER, "unsubscribe")

    with transaction(account.services.sessions) as session:
        assert not is_reachable(session, identity)
        talk = session.scalars(select(Conversation)).one()
        assert talk.deleted_at is None
        part = Part(text="您的诉求有了答复。", kind="appeal", machine_made=False)
        add_message(session, talk, author=Author.SYSTEM, part=part, now=account.services.clock())
    await account.send_due()
    assert account.shown == []
    assert account.messages()[-1].body["extra"]["held_because"] == "unsubscribed"


async def test_a_text_longer_than_a_turn_may_be_is_explained(account: Account) -> None:
    await account.agree()

    told = await account.say("税" * 1001)

    assert "1000" in str(told)
    assert turns(account) == []


@pytest.mark.parametrize("messages_per_minute", [3])
async def test_who_sends_too_fast_is_told_when_to_go_on(account: Account) -> None:
    await account.agree()
    await account.say("第一个问题")

    told = await account.say("第二个问题")

    assert "秒后再发" in str(told)
    assert turns(account) == ["第一个问题"]


async def test_what_the_door_keeps_of_a_person_can_be_removed(account: Account) -> None:
    await account.agree()
    await account.say("几号截止")

    with transaction(account.services.sessions) as session:
        forget_follower(session, f"wechat:{USER}")

    with reading(account.services.sessions) as session:
        assert session.scalars(select(WechatReceipt)).all() == []
        assert session.scalars(select(WechatFollower)).all() == []


async def test_old_receipts_and_kept_texts_are_removed_in_time(account: Account) -> None:
    await account.say("同意前的问题")
    now = account.services.clock()

    with transaction(account.services.sessions) as session:
        remove_expired_receipts(session, now=now + timedelta(days=1))
        assert len(session.scalars(select(WechatReceipt)).all()) == 1
        assert follower_of(session, USER).options
        remove_expired_receipts(session, now=now + timedelta(days=8))

    with reading(account.services.sessions) as session:
        assert session.scalars(select(WechatReceipt)).all() == []
        assert session.get_one(WechatFollower, USER).options == []


async def test_two_messages_with_one_text_are_two_turns(account: Account) -> None:
    await account.agree()

    await account.say("几号截止")
    await account.say("几号截止")

    assert turns(account) == ["几号截止", "几号截止"]
