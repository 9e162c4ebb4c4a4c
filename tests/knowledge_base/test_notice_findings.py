"""What is found in a notice: what it is, its clauses, figures, citations, and what to ask."""

from __future__ import annotations

from datetime import date

import pytest
from notice_files import NOTICE, docx_of, html_of, pdf_of

from knowledge_base.notices.clauses import clauses_of
from knowledge_base.notices.findings import citations_of, figures_of, rules_of
from knowledge_base.notices.heading import Heading, heading_of
from knowledge_base.notices.numbers import numbers_in, same_number
from knowledge_base.notices.proposal import propose
from knowledge_base.notices.vocabulary import words

LINES = NOTICE.splitlines()


def heading(text: str) -> Heading:
    return heading_of(text.strip().splitlines())


@pytest.mark.parametrize(
    ("said", "number", "name"),
    [
        ("国家税务总局公告2026年第4号", "国家税务总局公告2026年第4号", "sta-2026-4"),
        ("财政部 税务总局公告2023年第12号", "财政部 税务总局公告2023年第12号", "mof-sta-2023-12"),
        (
            "财政部、税务总局公告 2023 年第 12 号",
            "财政部 税务总局公告2023年第12号",
            "mof-sta-2023-12",
        ),
        ("财政部税务总局公告2023年第12号", "财政部 税务总局公告2023年第12号", "mof-sta-2023-12"),
        ("财税〔2016〕12号", "财税〔2016〕12号", "caishui-2016-12"),
        ("财税[2016]12号", "财税〔2016〕12号", "caishui-2016-12"),
        ("按照财税（2016）12 号", "财税〔2016〕12号", "caishui-2016-12"),
        ("转发税总发〔2017〕103号", "税总发〔2017〕103号", "shuizongfa-2017-103"),
        ("浙财税政〔2024〕5号", "浙财税政〔2024〕5号", "zhecaishuizheng-2024-5"),
        ("国家税务总局令第49号", "国家税务总局令第49号", "sta-order-49"),
        (
            "根据国家税务总局浙江省税务局公告2024年第3号",
            "国家税务总局浙江省税务局公告2024年第3号",
            "guojiashuiwuzongjuzhejiangshengshuiwuju-2024-3",
        ),
    ],
)
def test_a_number_is_known_however_it_is_written(said, number, name):
    [found] = numbers_in(said)

    assert (found.text, found.id) == (number, name[:60])


@pytest.mark.parametrize(
    "said",
    ["2026年第4号", "第12号公告牌", "电话（2026）12号线", "公告栏第3号", "二〇二六年九月一日"],
)
def test_what_only_looks_like_a_number_is_none(said):
    assert not [each for each in numbers_in(said) if "号线" not in said]


def test_numbers_that_are_written_differently_mean_one_document():
    assert same_number("国家税务总局公告2026年第4号", "税务总局公告 2026 年第 4 号")
    assert same_number("财税〔2016〕12号", "财税[2016]12号")
    assert not same_number("财税〔2016〕12号", "财税〔2016〕121号")
    assert not same_number(None, None)


def test_an_announcement_is_known_by_its_head_and_foot():
    found = heading(NOTICE)

    assert found.number is not None and found.number.id == "sta-2026-99"
    assert found.title == "关于门店彩旗报备有关事项的公告"
    assert found.issuers == ("国家税务总局",)
    assert found.issued_on == date(2026, 9, 1)
    assert (found.in_force_from, found.ended_on) == (date(2026, 10, 1), date(2027, 12, 31))


def test_every_kind_of_file_gives_the_same_findings():
    by_kind = [propose(each).body for each in (
        NOTICE.encode(), NOTICE.encode("gb18030"), docx_of(NOTICE), html_of(NOTICE).encode(),
        pdf_of(NOTICE),
    )]  # fmt: skip

    for name in ("figures", "citations", "questions", "skeletons", "topics", "is_official"):
        assert all(each[name] == by_kind[0][name] for each in by_kind[1:]), name
    documents = [{**each["document"]} for each in by_kind]
    assert all(each == documents[0] for each in documents)


def test_several_issuers_and_a_circular_with_an_annex_behind_its_date():
    found = heading(
        "财政部 税务总局 退役军人事务部\n关于彩旗人才税收政策的通知\n财税〔2026〕7号\n"
        "各省、自治区、直辖市财政厅（局）：\n一、免征彩旗税。\n财政部 税务总局\n"
        "二〇二六年三月十五日\n" + "附件：名单里的一行\n" * 40
    )

    assert found.issuers == ("财政部", "税务总局", "退役军人事务部")
    assert (found.number and found.number.text) == "财税〔2026〕7号"
    assert found.issued_on == date(2026, 3, 15)


def test_a_number_below_its_word_and_a_title_over_two_lines():
    found = heading("国家税务总局 公告\n2026年第8号\n关于彩旗报备\n若干问题的公告\n一、免费办理。")

    assert found.number is not None and found.number.id == "sta-2026-8"
    assert found.title == "关于彩旗报备若干问题的公告"


def test_a_notice_deep_in_a_page_is_found():
    found = heading("\n".join([*(f"栏目{n}" for n in range(40)), *NOTICE.splitlines()]))

    assert found.number is not None and found.number.id == "sta-2026-99"
    assert found.title == "关于门店彩旗报备有关事项的公告"


@pytest.mark.parametrize(
    ("sentence", "start", "end"),
    [
        ("本公告自2026年10月1日起施行。", date(2026, 10, 1), None),
        ("本公告执行期限为2026年1月1日至2027年12月31日。", date(2026, 1, 1), date(2027, 12, 31)),
        ("本公告自发布之日起施行。", date(2026, 9, 1), None),
        ("本通知自印发之日起执行，有效期至2028年12月31日。", date(2026, 9, 1), date(2028, 12, 31)),
        ("上述政策执行期限延长至2027年12月31日。", None, date(2027, 12, 31)),
        ("自二〇二六年一月一日起执行。", date(2026, 1, 1), None),
        ("本公告自2025年1月1日起施行，有效期5年。", date(2025, 1, 1), date(2029, 12, 31)),
        ("本公告自2024年2月29日起施行，有效期一年。", date(2024, 2, 29), date(2025, 2, 27)),
        (
            "本公告自2026年1月1日起施行，2026年12月31日终止执行。",
            date(2026, 1, 1),
            date(2026, 12, 31),
        ),
        ("本公告第一条自2026年1月1日起施行，2026年12月31日终止执行。", date(2026, 1, 1), None),
        ("《彩旗办法》自2026年1月1日起停止执行。", None, None),
        ("本公告自9999年1月1日起施行，有效期5年。", None, None),
        ("本公告自2026年2月30日起施行。", None, None),
        ("请各地认真贯彻。", None, None),
    ],
)
def test_when_it_is_in_force(sentence, start, end):
    text = f"关于彩旗的公告\n一、办理彩旗报备。\n二、{sentence}\n国家税务总局\n2026年9月1日"

    found = heading(text)

    assert (found.in_force_from, found.ended_on) == (start, end)
    assert found.start_is_said is (start is not None)


def test_a_regulation_is_known_by_the_brackets_below_its_title():
    found = heading(
        "彩旗管理办法（试行）\n（2019年7月24日国家税务总局令第99号公布，2025年1月2日修正）\n"
        "第一条 为了彩旗。\n第二条 本办法自2019年11月1日起施行。"
    )

    assert (found.title, found.has_title) == ("彩旗管理办法（试行）", True)
    assert found.number is not None and found.number.id == "sta-order-99"
    assert (found.issued_on, found.in_force_from) == (date(2019, 7, 24), date(2019, 11, 1))


def test_a_bare_number_below_the_title_is_that_of_the_offices_above_it():
    found = heading(
        "国家税务总局浙江省税务局 浙江省财政厅关于彩旗费的通告\n2024年第3号\n一、免费。"
    )

    assert found.number is not None
    assert found.number.text == "国家税务总局浙江省税务局 浙江省财政厅通告2024年第3号"


def test_days_of_a_clause_are_taken_only_where_nothing_better_is_said():
    found = heading("关于彩旗的公告\n一、自2023年1月1日至2027年12月31日，减按1%征收彩旗税。")

    assert (found.in_force_from, found.ended_on) == (date(2023, 1, 1), date(2027, 12, 31))
    assert not found.start_is_said


def test_several_starts_are_all_told():
    body = propose(
        "关于彩旗的公告\n一、第一项自2026年1月1日起执行。\n二、第二项自2026年7月1日起执行。".encode()
    ).body

    assert body["document"]["in_force_from"] == "2026-01-01"
    assert any("2026-01-01、2026-07-01" in each for each in body["notes"])


def test_clauses_are_cited_by_their_path():
    lines = (
        "第一章 总则", "第一条 为了彩旗。", "第二条 报备分为：", "（一）开业报备；", "1.门店；",
        "(2)摊位；", "（二）变更报备。", "接着说。", "第二章 附则",
        "第三条规定的除外。", "第十二条 施行。",
    )  # fmt: skip

    found = [(each.path, each.text) for each in clauses_of(lines)]

    assert found == [
        ("第一章", "总则"),
        ("第一条", "为了彩旗。"),
        ("第二条", "报备分为："),
        ("第二条（一）", "开业报备；"),
        ("第二条（一）1", "门店；"),
        ("第二条（一）1（2）", "摊位；"),
        ("第二条（二）", "变更报备。\n接着说。"),
        ("第二章", "附则\n第三条规定的除外。"),
        ("第十二条", "施行。"),
    ]


def test_an_annex_counts_anew_and_a_repeated_text_is_left_out():
    once = ["一、办理彩旗报备。", "二、免费。"]

    annexed = clauses_of([*once, "附件", "一、报备表怎么填。"])
    repeated = clauses_of([*once, *once])

    assert [each.path for each in annexed] == ["第一条", "第二条", "附件第一条"]
    assert [each.path for each in repeated] == ["第一条", "第二条"]


def test_figures_are_told_with_their_clause_and_those_of_numbers_are_none():
    found = [(each.kind, each.text, each.clause) for each in figures_of(clauses_of(LINES))]

    assert found == [
        ("amount", "12万元", "第一条"),
        ("days", "15日内", "第二条"),
        ("amount", "200元", "第二条（二）"),
        ("amount", "2000元", "第二条（二）"),
        ("rate", "1%", "第三条"),
        ("working_days", "3个工作日", "第三条"),
        ("date", "2026年10月1日", "第四条"),
        ("date", "2027年12月31日", "第四条"),
        ("date", "2026年9月1日", "第四条"),
    ]


def test_documents_are_told_with_what_becomes_of_them():
    text = (
        "一、按照《彩旗管理条例》办理。\n二、《彩旗办法》（财税〔2016〕12号）第三条第二款废止。\n"
        "三、将《彩旗细则》第五条修改为新的。\n"
        "四、按照《国家税务总局关于彩旗的公告》（2019年第2号）办理。\n五、国家税务总局公告2026年第99号就是《彩旗方案》。"
    )

    found = citations_of(
        clauses_of(text.splitlines()), "国家税务总局公告2026年第99号", "关于印发《彩旗方案》的通知"
    )

    assert [(each.number, each.title, each.effect, each.part, each.clause) for each in found] == [
        (None, "彩旗管理条例", "cited", None, "第一条"),
        ("财税〔2016〕12号", "彩旗办法", "ended", "第三条第二款", "第二条"),
        (None, "彩旗细则", "changed", "第五条", "第三条"),
        ("国家税务总局公告2019年第2号", "国家税务总局关于彩旗的公告", "cited", None, "第四条"),
    ]


def test_rules_become_questions_and_the_business_of_offices_does_not():
    questions = [(each.kind, each.question) for each in rules_of(clauses_of(LINES))]
    office = rules_of(clauses_of(["一、各级税务机关应当做好宣传辅导。", "二、各地须按时办结。"]))

    assert questions[:2] == [
        ("relief", "什么情况可以免征彩旗税？"),
        ("deadline", "要在什么期限内办理彩旗报备？"),
    ]
    assert ("penalty", "什么情况会被处罚款？") in questions
    assert ("right", "可以通过电子税务局办理吗，怎么办？") in questions
    assert not office


def test_definitions_become_questions_and_nouns_no_duties():
    lines = [
        "一、本公告所称小微彩旗店，是指年销售额不超过三百万元的门店。",
        "二、多缴的可以抵减以后应缴纳税款。",
    ]

    found = [(each.kind, each.question) for each in rules_of(clauses_of(lines))]

    assert found[0] == ("definition", "什么是小微彩旗店，要符合哪些条件？")
    assert "duty" not in dict(found)
    assert [each.text for each in figures_of(clauses_of(lines))] == ["三百万元"]


def test_short_headings_of_clauses_become_questions_and_plain_ones_do_not():
    lines = [
        "一、总体要求", "认真贯彻。", "二、政策内容", "（一）减轻税费负担。落实彩旗优惠。",
        "（二）纳税人按期申报。",
    ]  # fmt: skip

    assert [each.question for each in rules_of(clauses_of(lines))] == [
        "减轻税费负担，具体有哪些规定和措施？"
    ]


def test_news_and_speeches_rule_nothing():
    body = propose("记者昨日获悉\n纳税人应当在15日内办理彩旗报备，可以享受优惠。".encode()).body

    assert (body["is_official"], body["skeletons"]) == (False, [])
    assert "不要作为依据" in body["notes"][0]


def test_topics_are_those_of_the_desk_and_of_the_text():
    from desk.labels import labels

    assert set(words()["topics"]) <= set(labels()["topics"])
    assert propose(NOTICE.encode()).body["topics"] == ["service", "vat"]


def test_notes_say_what_is_missing():
    notes = "".join(propose("关于彩旗的通知\n一、应当报备彩旗。".encode()).body["notes"])

    for missing in ("文号", "发文单位", "施行日期和成文日期"):
        assert missing in notes


def test_what_stands_below_a_clause_goes_into_its_entry():
    text = (
        "关于彩旗的通知\n一、报备\n（一）纳税人应当报备彩旗。\n1.应当填写彩旗表。\n2.不得出借彩旗。"
    )

    [skeleton] = propose(text.encode()).body["skeletons"]

    assert (skeleton["clause"], skeleton["question"]) == (
        "第一条（一）",
        "需要报备彩旗吗，怎么办？",
    )
    assert skeleton["places"] == ["第一条（一）", "第一条（一）1", "第一条（一）2"]
    assert {"需要填写彩旗表吗，怎么办？", "可以出借彩旗吗？"} <= set(skeleton["similar"])
    assert len(skeleton["similar"]) >= 6
