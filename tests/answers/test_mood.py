"""Danger, abuse, anger and hurry are heard; what only sounds like them is not."""

from __future__ import annotations

from datetime import date

import pytest
from asking import Asker

from answers.mood import read_mood

QUESTION = "小规模季度28万要交增值税吗"


@pytest.mark.parametrize(
    "text",
    [
        "不想活了",
        "跳楼",
        "我想跳楼",
        "再不给办我就去跳楼",
        "税太高，我活不下去了",
        "公司要倒闭了我不想活了",
        "欠这么多税我死了算了",
        "没钱交税只能去死",
        "我老婆要自杀",
        "活着没意思",
        "小规模季度28万要交增值税吗？不想活了",
        "生不如死，跳楼价甩卖也还不上",
    ],
)
def test_whoever_may_hurt_themselves_is_answered_as_a_person(ask: Asker, text: str) -> None:
    told = ask(text, act="ask_calculation")

    assert told.outcome == "distress"
    assert len(told.parts) == 1 and told.entries == () and told.sources == ()
    said = told.parts[0].text
    assert "12356" in said and "110" in said and "120" in said
    assert "增值税" not in said
    assert told.parts[0].buttons[0].label == "转人工"


@pytest.mark.parametrize(
    "text",
    [
        "死账怎么处理",
        "电脑死机了怎么申报",
        "跳楼价卖货怎么开票",
        "跳楼机项目交什么税",
        "马上吊销执照了怎么办",
        "年轻生意人有补贴吗",
        "法人跳楼了公司怎么注销",
        "员工自杀身亡，抚恤金交个税吗",
        "法人死亡证明怎么提交",
        "垃圾处理费税率多少",
        "智障人士就业有补贴吗",
        "滚动预算怎么做",
        "危险废物处置税率",
        "废物利用有优惠吗",
        "小规模季度28万要交增值税吗",
    ],
)
def test_what_only_sounds_bad_is_nothing(text: str) -> None:
    assert not read_mood(text).wants_person


@pytest.mark.parametrize("text", ["税负重得要死", "想死的心都有了", "你们去死", "去死吧"])
def test_a_manner_of_speaking_is_anger_and_a_person_is_offered(ask: Asker, text: str) -> None:
    told = ask(text)

    assert not read_mood(text).in_danger
    assert told.outcome == "smalltalk"
    assert told.parts[0].buttons[0].label == "转人工"


@pytest.mark.parametrize(
    "text",
    ["废物", "你们都是废物", "滚", "垃圾系统", "贪官", "sb", "你们就是骗钱的", "什么狗屁政策"],
)
def test_abuse_alone_gets_one_calm_sentence_and_never_a_tax_answer(ask: Asker, text: str) -> None:
    told = ask(text)

    assert told.outcome == "smalltalk" and told.entries == ()
    assert [button.label for button in told.parts[0].buttons] == ["转人工", "提诉求"]


def test_a_question_beside_abuse_is_answered_after_a_calm_sentence(ask: Asker) -> None:
    told = ask(f"你们这帮废物，{QUESTION}")

    calm, answer = told.parts[0].text.split("\n\n")[:2]
    assert calm.startswith("听得出您很着急") and "对不起" not in calm
    assert answer.startswith("免征增值税，应缴0元")
    assert told.parts[0].buttons[0].label == "转人工"
    assert [b.label for b in told.parts[0].buttons].count("转人工") == 1


def test_a_firm_that_does_not_survive_is_hard_and_its_question_is_answered(ask: Asker) -> None:
    told = ask("公司快活不下去了，税务注销要什么材料")

    assert told.outcome == "answered"
    assert told.parts[0].text.startswith("听得出您现在很难")
    assert told.parts[0].buttons[0].label == "转人工"


@pytest.mark.parametrize(
    "text", ["收到罚款通知怎么办", "公司账户被冻结了怎么办", "来不及申报了怎么办"]
)
def test_hurry_puts_the_person_first_and_says_no_more(ask: Asker, text: str) -> None:
    told = ask(text)

    assert told.parts[0].buttons[0].label == "转人工"
    assert "听得出" not in told.parts[0].text


def test_without_any_mood_nothing_moves(ask: Asker) -> None:
    told = ask(QUESTION)

    assert told.parts[0].buttons[0].label != "转人工"
    assert told.parts[0].text.startswith("免征增值税")


@pytest.mark.parametrize(
    ("today", "text", "says"),
    [
        (date(2026, 12, 14), "明天报税截止了怎么办", "12月15日为止，从今天算还有1天"),
        (date(2026, 12, 15), "今天是申报最后一天吗", "12月15日为止，今天就是最后一天"),
        (date(2026, 10, 20), "明天征期截止了吗", "10月26日为止，从今天算还有6天"),
        (date(2026, 11, 21), "明天报税截止来得及吗", "11月16日为止，到今天已经过了5天"),
        (date(2026, 12, 13), "15号申报截止来得及吗", "12月15日为止，从今天算还有2天"),
    ],
)
def test_a_near_deadline_is_told_to_the_day(ask: Asker, today: date, text: str, says: str) -> None:
    told = ask(text, today=today)

    assert says in told.parts[0].text
    assert "按月、按季申报" in told.parts[0].text
    assert "shuizongban-zhengkehan-2025-64" in [each["document"] for each in told.sources]


@pytest.mark.parametrize(
    ("today", "text"),
    [
        (date(2026, 12, 14), "明天汇算清缴截止了怎么办"),
        (date(2026, 12, 14), "罚款明天到期怎么交"),
        (date(2026, 12, 1), "15号申报截止来得及吗"),
        (date(2027, 3, 14), "明天报税截止了怎么办"),
        (date(2026, 12, 14), "明天去报税要带什么"),
    ],
)
def test_a_deadline_of_another_kind_or_unknown_is_not_made_up(
    ask: Asker, today: date, text: str
) -> None:
    assert "的申报期到" not in ask(text, today=today).parts[0].text.split("\n\n")[0]
