"""How an answer looks as one WeChat text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from answers.parts import Button, Evidence, Part
from channels.answer_links import answer_link
from channels.wechat_text import Bubble, Writer, fits, plain
from core.bureau import read_bureau
from core.secrets import Keys
from core.settings import Settings

KEYS = Keys("the root key of these tests, long enough")
SETTINGS = Settings(public_url="https://tax.example.cn/")
TURN = "0123456789abcdef0123456789abcdef"
EVIDENCE = Evidence(
    document_id="d1",
    document_number="财政部 税务总局公告2023年第19号",
    title="关于增值税小规模纳税人减免增值税政策的公告",
    clause="第一条",
    holds_from=date(2023, 1, 1),
    holds_to=date(2027, 12, 31),
    checked_on=date(2026, 11, 20),
    certainty="verified",
    certainty_label="已核官方原文",
    state_label="有效",
)
RATINGS = (
    Button("有用", "rate", "useful"),
    Button("没解决", "rate", "not_solved"),
    Button("转人工", "say", "转人工"),
)
ANSWER = Part(
    text="季度销售额28万元，未超过30万元，免征增值税。\n\n· 开专票的部分要交税。",
    kind="answer",
    outcome="answered",
    evidence=(EVIDENCE,),
    tax_period="2026年第三季度",
    buttons=RATINGS,
    related=("开专票要交税吗？",),
    caution="标“待核”的内容尚未核到官方原文，请以主管税务机关答复为准。",
)


@pytest.fixture
def writer() -> Writer:
    return Writer(keys=KEYS, settings=SETTINGS, bureau=read_bureau())


def bubble(part: Part, turn_id: str | None = TURN) -> Bubble:
    return Bubble(turn_id, part.to_json())


def test_an_answer_is_told_with_its_sources_period_marks_and_numbers(writer: Writer) -> None:
    written = writer.write([bubble(ANSWER)])

    assert written.text == (
        "季度销售额28万元，未超过30万元，免征增值税。\n\n· 开专票的部分要交税。\n\n"
        "适用所属期：2026年第三季度\n"
        "依据：\n"
        "· 财政部 税务总局公告2023年第19号第一条（2023-01-01至2027-12-31适用，有效，"
        "2026-11-20核对，已核官方原文）\n"
        "标“待核”的内容尚未核到官方原文，请以主管税务机关答复为准。\n"
        "机器人自动答复，以主管税务机关答复为准。\n"
        "示例库，未经税务机关审核。\n\n"
        "回复数字：\n1 有用　2 没解决　3 转人工\n4 开专票要交税吗？"
    )
    assert [option["value"] for option in written.options] == [
        "useful",
        "not_solved",
        "转人工",
        "开专票要交税吗？",
    ]
    assert written.options[0]["turn_id"] == TURN


def test_an_approved_library_is_not_called_a_sample() -> None:
    bureau = read_bureau().model_copy(update={"library_approved": True})

    written = Writer(keys=KEYS, settings=SETTINGS, bureau=bureau).write([bubble(ANSWER)])

    assert "示例库" not in written.text
    assert "机器人自动答复" in written.text


def test_a_source_without_number_or_end_is_told_by_its_title(writer: Writer) -> None:
    evidence = replace(EVIDENCE, document_number=None, clause=None, holds_to=None)

    written = writer.write([bubble(replace(ANSWER, evidence=(evidence,)))])

    assert "· 关于增值税小规模纳税人减免增值税政策的公告（自2023-01-01起适用" in written.text


def test_a_long_answer_is_cut_at_a_sentence_and_linked_with_a_signature(writer: Writer) -> None:
    text = "先说结论：免征。\n\n" + "这是一条很长的说明，讲清楚每一步怎么办。" * 60

    written = writer.write([bubble(replace(ANSWER, text=text))])

    assert fits(written.text)
    assert written.text.startswith("先说结论：免征。")
    assert "。……\n\n全文和依据：" in written.text
    link = answer_link(TURN, keys=KEYS, settings=SETTINGS)
    assert link in written.text
    assert "财政部 税务总局公告2023年第19号" in written.text
    assert "1 有用" in written.text
    assert all(option["kind"] != "more" for option in written.options)


@pytest.mark.parametrize("count", [1, 5, 40])
@pytest.mark.parametrize("length", [10, 200, 590, 3000])
@pytest.mark.parametrize("letter", ["税", "t", "😀"])
def test_whatever_is_written_fits_into_one_message(
    writer: Writer, count: int, length: int, letter: str
) -> None:
    part = replace(
        ANSWER,
        text=letter * length,
        evidence=(EVIDENCE,) * count,
        buttons=tuple(
            Button(f"这是第{n}个比较长的选项" * 2, "say", f"选{n}") for n in range(count)
        ),
    )

    for bubbles in ([bubble(part)], [bubble(part), plain("请问您的公司全称？")]):
        written = writer.write(bubbles)
        assert fits(written.text)
        assert ("请问您的公司全称？" in written.text) == (len(bubbles) == 2)
        told = [line for line in written.text.splitlines() if line[:1].isdigit()]
        assert len(told) == len(written.options)


def test_what_is_said_about_a_firm_is_never_behind_a_link(writer: Writer) -> None:
    text = "贵公司本季度已申报。" * 100
    part = replace(ANSWER, text=text, outcome="firm_fact")

    written = writer.write([bubble(part)])

    assert "/answer/" not in written.text
    assert written.options[-1]["kind"] == "more"
    shown = written.text.partition("……")[0]
    assert shown + written.options[-1]["value"] == text


def test_a_link_button_is_written_out_and_has_no_number(writer: Writer) -> None:
    part = Part(
        text="请到这里查看。", buttons=(Button("电子税务局", "link", "https://e.example.cn"),)
    )

    written = writer.write([bubble(part)])

    assert written.text == "请到这里查看。\n电子税务局：https://e.example.cn"
    assert written.options == []


def test_a_notice_and_the_answer_below_it_share_one_text(writer: Writer) -> None:
    notice = Part(text="现在理解服务暂时不可用。", kind="notice")

    written = writer.write([bubble(notice), bubble(ANSWER)])

    assert written.text.startswith("现在理解服务暂时不可用。\n\n季度销售额28万元")


def test_earlier_messages_lose_their_numbers_below_a_new_answer(writer: Writer) -> None:
    earlier = bubble(Part(text="旧的答复。", buttons=(Button("旧按钮", "say", "旧"),)), "old")

    written, count = writer.write_with_earlier([bubble(ANSWER)], [earlier])

    assert count == 1
    assert "旧的答复。" in written.text
    assert "旧按钮" not in written.text


def test_an_earlier_message_alone_keeps_its_numbers(writer: Writer) -> None:
    earlier = bubble(Part(text="诉求有了答复。", buttons=(Button("查进度", "say", "查"),)), None)

    written, count = writer.write_with_earlier([], [earlier])

    assert count == 1
    assert written.text == "诉求有了答复。\n\n回复数字：\n1 查进度"
