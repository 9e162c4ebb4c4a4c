"""A figure that a parameter holds may not be typed into a text."""

from __future__ import annotations

from datetime import date

import pytest
from flags import CHECKED_ON, flag_data, flag_entry

from knowledge_base.checks.bare_figures import FigureIndex, bare_figures
from policy_rules.parameters import Parameter

BASIS = [{"document": "flag-1", "clause": "第一条"}]


def parameter(name: str, title: str, unit: str, value: str, **span: str) -> Parameter:
    dates = {"from": "2020-01-01", **span}
    values = [{**dates, "value": value, "basis": BASIS, "certainty": "verified"}]
    return Parameter.model_validate(
        {"id": name, "title": title, "unit": unit, "values": values, "checked_on": CHECKED_ON}
    )


PARAMETERS = {
    each.id: each
    for each in (
        parameter("service.flag_fee", "彩旗押金", "yuan", "1500"),
        parameter("service.flag_days", "彩旗报备时限", "working_days", "5"),
        parameter("service.flag_share", "彩旗缩水比例", "rate", "0.035"),
        parameter("service.flag_hands", "护旗人数上限", "people", "30"),
        parameter("service.flag_months", "彩旗晾晒时长", "months", "6"),
        parameter("service.flag_day", "门店集会截止日（次年）", "month_day", "03-31"),
        parameter("boats.mast_height", "船桅旗杆高度限额", "multiple", "7"),
        parameter("service.old_fee", "彩旗旧押金", "yuan", "900", to="2022-12-31"),
    )
}
INDEX = FigureIndex(PARAMETERS)


def found_in(text: str, **changes: object) -> list[str]:
    claim = {**flag_data()["claims"][0], "text": text}
    entry = flag_entry(claims=[claim], **changes)
    return [each.what for each in bare_figures(entry, INDEX, today=CHECKED_ON)]


@pytest.mark.parametrize(
    ("text", "said", "name"),
    [
        ("挂彩旗先交押金1500元。", "1,500元", "service.flag_fee"),
        ("彩旗要在5个工作日内报备。", "5个工作日", "service.flag_days"),
        ("彩旗要在五个工作日内报备。", "五个工作日", "service.flag_days"),
        ("彩旗缩水不超过3.5%。", "3.5%", "service.flag_share"),
        ("护旗的不超过30人。", "30人", "service.flag_hands"),
        ("彩旗晾晒6个月。", "6个月", "service.flag_months"),
        ("门店集会在次年3月31日前办。", "3月31日", "service.flag_day"),
        ("船桅旗杆不高于7倍。", "7倍", "boats.mast_height"),
    ],
)
def test_a_typed_figure_is_found_in_every_way_of_writing_it(
    text: str, said: str, name: str
) -> None:
    found = found_in(text)

    assert len(found) == 1
    assert f"“{said}”" in found[0]
    assert name in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "挂彩旗先交押金{{ service.flag_fee }}。",
        "例：彩旗押金1500元，退1500元。",
        "要报备。例：彩旗押金1500元；30人护旗。",
        "“彩旗押金1500元”的说法没有依据。",
        "彩旗〔2026〕30号规定彩旗要报备。",
        "彩旗办法第三十条规定彩旗要报备。",
        "彩旗的事在2026年3月31日已经定了。",
        "2026年第一季度的彩旗要报备。",
        "彩旗押金1600元。",  # no parameter holds it
        "彩旗押金原来是900元。",  # a figure of other years
        "高楼不高于7倍。",  # of another topic, and nothing of its title is named
        "彩旗报备一般一年一次。",
    ],
)
def test_what_is_no_figure_of_a_parameter_is_left_alone(text: str) -> None:
    assert found_in(text) == []


def test_a_figure_that_the_entry_cites_elsewhere_is_found_without_any_word_near() -> None:
    shorts = [{**flag_data()["short_answers"][0], "text": "先交{{ service.flag_fee }}。"}]

    assert len(found_in("先交1500元。", question="要先交钱吗", short_answers=shorts)) == 1


def test_a_trap_about_an_old_rule_may_not_type_the_figure_of_its_own_days() -> None:
    trap = {
        "id": "old",
        "text": "彩旗旧押金900元。",
        "from": date(2021, 1, 1),
        "to": date(2021, 12, 31),
        "certainty": "unverified",
    }
    entry = flag_entry(traps=[trap])

    assert [each.place for each in bare_figures(entry, INDEX, today=CHECKED_ON)] == ["flags.old"]


def test_steps_are_read_with_the_figures_of_today() -> None:
    handling = {"steps": ["先交彩旗押金1500元"], "certainty": "verified"}
    entry = flag_entry(handling=handling)

    found = list(bare_figures(entry, INDEX, today=CHECKED_ON))

    assert [each.place for each in found] == ["flags.handling"]
