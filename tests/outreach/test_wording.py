from __future__ import annotations

from datetime import date

import pytest

from outreach.tables import PushKind
from outreach.wording import SaidWish, read_wish, say_day, wish_sentence

DEADLINES, POLICIES = PushKind.DEADLINE_REMINDER, PushKind.POLICY_CHANGE


@pytest.mark.parametrize("kind", PushKind)
@pytest.mark.parametrize("wanted", [True, False])
def test_what_a_button_says_is_understood(kind: PushKind, wanted: bool) -> None:
    assert read_wish(wish_sentence(kind, wanted)) == SaidWish((kind,), wanted)


@pytest.mark.parametrize("said", ["关闭提醒", "不要给我推送", "退订", "把消息都关了", "别再发了"])
def test_a_refusal_without_a_kind_refuses_everything(said: str) -> None:
    assert read_wish(said) == SaidWish((DEADLINES, POLICIES), wanted=False)


@pytest.mark.parametrize(
    ("said", "kind"), [("不要再推政策了", POLICIES), ("申报提醒停了吧", DEADLINES)]
)
def test_a_refusal_of_one_kind_leaves_the_other(said: str, kind: PushKind) -> None:
    assert read_wish(said) == SaidWish((kind,), wanted=False)


@pytest.mark.parametrize("said", ["打开申报提醒", "把提醒打开", "报税前提醒我一下"])
def test_reminders_are_turned_on(said: str) -> None:
    assert read_wish(said) == SaidWish((DEADLINES,), wanted=True)


@pytest.mark.parametrize(
    "said",
    [
        "推送设置",
        "现在有哪些提醒",
        "怎么关闭提醒",
        "可以打开申报提醒吗",
        "开启推送",
        "晚上不要发消息",
        "提前一周提醒我报税",
        "只推送跟我行业有关的",
        "提醒我交社保",
        "政策通知我没收到",
        "不要忘了提醒我报税",
    ],
)
def test_what_is_not_plainly_a_wish_changes_nothing(said: str) -> None:
    assert read_wish(said) is None


def test_a_weekend_that_is_worked_says_so() -> None:
    assert say_day(date(2026, 10, 26)) == "10月26日（周一）"
    assert say_day(date(2026, 10, 10)) == "10月10日（周六，调休上班）"
    assert say_day(date(2026, 10, 11)) == "10月11日（周日）"
