"""A year's calendar that is wrong is refused, and every fault is named with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.calendar import BadCalendar, read_year, years_on_file
from core.calendar.reading import LONGEST
from core.calendar.years import FOLDER
from tests.calendars import INVENTED_2027

TODAY = date(2026, 11, 21)


def faults_of(text: str, **wanted: object) -> list[tuple[int, str]]:
    with pytest.raises(BadCalendar) as refused:
        read_year(text, file="2027.yml", **wanted)
    return [(each.line, each.reason) for each in refused.value.faults]


def changed(*changes: tuple[str, str]) -> str:
    text = INVENTED_2027
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_a_good_year_is_read_as_it_is_written():
    year = read_year(INVENTED_2027, file="2027.yml", year=2027, today=TODAY)

    assert (year.year, year.number, year.issued_on) == (2027, "测试〔2026〕1号", date(2026, 11, 20))
    assert [each.name for each in year.holidays][:2] == ["元旦", "春节"]
    assert date(2027, 2, 14) in year.workdays
    assert len(year.days_off) == 28


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        # a missing day
        ("to: 2027-10-07", "to: 2027-10-06", 16, "可能漏写或多写了一天"),
        ("  - 2027-05-08\n", "", 16, "可能漏写或多写了一天"),
        ("from: 2027-10-01", "from: 2027-10-02", 14, "没有 2027-10-01，这一天是法定节假日"),
        ("  - {name: 国庆节, from: 2027-10-01, to: 2027-10-07}\n", "", 8, "没有写“国庆节”的假期"),
        ("from: 2027-05-01", "from: 2027-05-03", 11, "没有 2027-05-01"),
        # a doubled day
        ("to: 2027-06-09", "to: 2027-06-10", 16, "可能漏写或多写了一天"),
        ("  - 2027-05-08\n", "  - 2027-05-08\n  - 2027-05-08\n", 19, "已经在第 18 行写过了"),
        ("from: 2027-09-15, to: 2027-09-15", "from: 2027-09-15, to: 2027-10-01", 14, "第 13 行"),
        ("  - 2027-10-09", "  - 2027-10-03", 20, "又是假期（第 14 行），又是调休上班日"),
        # a make-up day that is no weekend
        ("  - 2027-05-08", "  - 2027-05-07", 18, "是周五，本来就上班"),
        # another year, or across the year
        ("from: 2027-01-01", "from: 2026-12-31", 8, "2026-12-31 不在2027年内"),
        ("to: 2027-10-07", "to: 2028-10-07", 14, "2028-10-07 不在2027年内"),
        ("  - 2027-02-14", "  - 2026-02-14", 16, "2026-02-14 不在2027年内"),
        # what is no day
        ("  - 2027-02-14", "  - 2027-02-30", 16, "“2027-02-30”不是日期"),
        ("  - 2027-02-14", "  - 2027/2/14", 16, "“2027/2/14”不是日期"),
        ("  - 2027-02-14", "  -", 16, "没有填日期"),
        ("to: 2027-02-12", "to: 2027-02-01", 9, "早于第一天（2027-02-05）"),
        ("from: 2027-06-09, to: 2027-06-09", "from: 2027-06-30, to: 2027-06-30", 12, "请核对日期"),
        # its head
        ("year: 2027", "year: 二〇二七", 1, "要填四位数的年份"),
        ("year: 2027", "year: 1999", 1, "只收2014年及以后"),
        ("title: 为测试", "title: \ntitel: 为测试", 2, "“title（通知标题）”要填一行文字"),
        ("number: 测试〔2026〕1号\n", "", 1, "缺少“number（文号）”这一项"),
        ("https://example.org/2027", "javascript:alert(1)", 4, "要填以 https:// 或 http://"),
        ("issued_on: 2026-11-20", "issued_on: 2020-11-20", 5, "通知应当在2027年或者前一年发布"),
        ("checked_on: 2026-11-21", "checked_on: 2026-11-19", 6, "核对日期早于发布日期"),
        # its form
        ("number: ", "title: 再来一次\nnumber: ", 3, "“title（通知标题）”写了两遍"),
        ("holidays:", "holiday:", 7, "没有“holiday”这一项"),
        ("{name: 元旦, from: 2027-01-01, to: 2027-01-03}", "2027-01-01", 8, "每个假期要写成"),
        ("{name: 元旦, from", "{name: 元旦, day: 1, from", 8, "没有“day”这一项"),
        ("  - {name: 元旦, ", "  - {name: 元旦: ", 8, None),
        ("year: 2027", "[", None, "读不出来"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_line(old, new, line, told):
    found = faults_of(changed((old, new)))

    if told is not None:
        found = [each for each in found if told in each[1]]
        assert found
    assert line is None or line in [each[0] for each in found]


def test_all_faults_are_told_at_once_in_the_order_of_the_lines():
    found = faults_of(
        changed(
            ("  - 2027-02-14", "  - 2027-02-30"),
            ("from: 2027-01-01", "from: 2026-12-31"),
            ("  - 2027-05-08", "  - 2027-05-07"),
            ("number: 测试〔2026〕1号", "number:"),
        )
    )

    assert [line for line, _ in found] == [3, 8, 16, 18]


@pytest.mark.parametrize(
    "text", ["", "   ", "只有一句话", "- 2027-01-01", "[1, 2", "null", "x" * (LONGEST + 1),
             "\x00", "a: *b"]
)  # fmt: skip
def test_what_is_no_calendar_at_all_is_refused_in_chinese(text):
    [(line, told), *_] = faults_of(text)

    assert line == 1
    assert any("\u4e00" <= each <= "\u9fff" for each in told)


def test_another_year_than_the_one_that_is_wanted_is_refused():
    assert faults_of(INVENTED_2027, year=2026) == [(1, "日历写的是2027年，这里要的是2026年")]


@pytest.mark.parametrize(
    ("today", "told"),
    [
        (date(2025, 12, 31), [(1, "现在最多只能导入2026年的日历"), (5, "2026-11-20 还没有到"),
                              (6, "2026-11-21 还没有到")]),
        (date(2026, 11, 20), [(6, "2026-11-21 还没有到")]),
    ],
)  # fmt: skip
def test_what_is_imported_is_no_later_than_today_and_next_year_at_most(today, told):
    assert faults_of(INVENTED_2027, today=today) == told


def test_a_year_that_does_not_balance_needs_a_reason():
    longer = ("to: 2027-02-12", "to: 2027-02-15"), ("  - 2027-02-14\n", "")
    assert "请加一行" in faults_of(changed(*longer))[0][1]

    year = read_year(
        changed(*longer, ("workdays:", "exception: 临时延长春节假期\nworkdays:")), file="x"
    )

    assert year.exception == "临时延长春节假期"
    assert not year.is_workday(date(2027, 2, 15))


def test_a_file_of_the_service_that_is_wrong_is_named(tmp_path: Path):
    for path in FOLDER.glob("*.yml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "2027.yml").write_bytes((FOLDER / "2026.yml").read_bytes())

    with pytest.raises(BadCalendar) as refused:
        years_on_file(tmp_path)

    assert refused.value.details["file"] == "2027.yml"
    assert refused.value.faults[0].line == 1
