"""A talk through WeChat, from following the account to an answer."""

from __future__ import annotations

from wechat_account import USER, Account, answer_to


async def test_following_brings_the_privacy_notice_and_the_warning_about_impostors(
    account: Account,
) -> None:
    told = await account.platform.event(USER, "subscribe")

    assert told is not None
    assert "隐私提示" in told
    assert "冒充" in told
    assert "1 同意" in told
    assert "示例库，未经税务机关审核" in told


async def test_a_question_is_answered_in_the_same_breath(account: Account) -> None:
    await account.agree()

    told = await account.say("小规模季度28万要交增值税吗")

    assert told == answer_to("小规模季度28万要交增值税吗")
    assert await account.send_due() == 0, "the outbox is called off"
    assert account.shown == [told]
