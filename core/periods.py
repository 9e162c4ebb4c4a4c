"""Tax periods (所属期) as people say them, turned into days.

今年一季度, 上个月, 2025年三季度, 去年, 25年12月: always relative to a stated today.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

_DIGIT = {
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
    "十": 10,
    "十一": 11,
    "十二": 12,
}
_YEAR_WORD = {
    "今年": 0,
    "本年": 0,
    "本年度": 0,
    "当年": 0,
    "去年": -1,
    "上年": -1,
    "上一年": -1,
    "前年": -2,
    "明年": 1,
    "下一年": 1,
    "来年": 1,
}
_YEAR_WORDS = r"今年|本年度?|当年|去年|上一?年|前年|明年|来年"
_YEAR = rf"(?P<year>{_YEAR_WORDS}|(?<!\d)(?:(?:19|20)\d{{2}}(?!\d)|\d{{2}}(?=年)))"
_NUMBER = r"(?:十[一二]?|[一二三四五六七八九]|1[0-2]|0?[1-9])"
_GAP = r"\s{0,3}"
_OF = rf"{_GAP}[年度的]{{0,2}}{_GAP}"
_TO = rf"{_GAP}(?:-|－|—|~|～|至|到){_GAP}"
#: 每一季度, 上一季度, 10万一季度: not the first quarter.
_NOT_COUNTED = r"(?<![上下这本每同按任单连近万元年\d])"
#: After these a short number of years is a duration: 10年内, 20年期.
_DURATION = r"[内以期多来前后左追]|时间|有效"
#: 2019年第27号: the year of a document, not of a tax period.
_NUMBERED = r"\s?第?\s?\d{1,4}\s?号"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("quarters", rf"(?:{_YEAR}{_OF})?前(?P<n>[二两三23])个?季度"),
        (
            "months",
            rf"(?:{_YEAR}{_OF})?(?<!\d)(?P<from>{_NUMBER})月?份?{_TO}"
            rf"(?:(?P<to_year>20\d{{2}})年)?(?P<n>{_NUMBER}){_GAP}月(?![\d个])",
        ),
        ("years", rf"(?<!\d)(?P<year>20\d{{2}})年?{_TO}(?P<n>20\d{{2}})年"),
        ("quarter", rf"{_YEAR}{_OF}第{_GAP}(?P<n>[一二三四1-4]){_GAP}个?{_GAP}季度?"),
        ("quarter", rf"{_YEAR}{_OF}(?P<n>[一二三四1-4]){_GAP}季度?"),
        ("quarter", rf"(?P<year>)第{_GAP}(?P<n>[一二三四1-4]){_GAP}个?{_GAP}季度?"),
        ("quarter", rf"(?P<year>){_NOT_COUNTED}(?P<n>[一二三四1-4]){_GAP}季[度报末初]"),
        ("quarter", rf"(?:{_YEAR}{_OF})?[qQ](?P<n>[1-4])(?![0-9])"),
        ("half", rf"(?:{_YEAR}{_OF})?(?P<n>[上下])半年"),
        ("month", rf"{_YEAR}{_GAP}[年的.\-/]{{0,2}}{_GAP}(?P<n>{_NUMBER}){_GAP}月(?!\d*个)份?"),
        ("month", r"(?<!\d)(?P<year>20\d{2})[-/.](?P<n>1[0-2]|0?[1-9])(?![\d.%％万元号])"),
        (
            "relative",
            r"(?<!以)(?P<n>这|本|当|上上|上|下|前)(?:一个|一|个)?(?P<unit>季度|季|月|征期)份?",
        ),
        ("month", rf"(?P<year>)(?<![\d个])(?P<n>{_NUMBER}){_GAP}月份?(?![\d个])"),
        ("year", rf"(?P<year>{_YEAR_WORDS})度?"),
        ("year", rf"(?<!\d)(?P<year>(?:19|20)\d{{2}}){_GAP}年(?!{_NUMBERED})度?"),
        ("year", r"(?<![\d.\-〔\[（(])(?P<year>20[12]\d)(?=$|[\s的，。、,？?])"),
        ("short_year", rf"(?<![\d.期满近共达过有])(?P<year>\d{{2}})年(?!{_DURATION})度?"),
    )
)
_HAN_YEAR = re.compile(r"[一二][〇零○九][〇零○一二三四五六七八九]{2}(?=年)")
_PLAIN_DIGITS = {ord("〇"): "0", ord("零"): "0", ord("○"): "0"} | {
    ord(char): str(place) for place, char in enumerate("一二三四五六七八九", 1)
}
_WIDE_DIGITS = {0xFF10 + digit: str(digit) for digit in range(10)}


@dataclass(frozen=True)
class Period:
    """A span of whole days that a question is about.

    ``said`` is the wording it came from, empty where it was assumed.
    """

    first: date
    last: date
    said: str = ""

    @property
    def label(self) -> str:
        """How the period is named to people, e.g. ``2026年第三季度``."""
        first, last = self.first, self.last
        if (first.month, first.day, last.month, last.day) == (
            1,
            1,
            12,
            31,
        ) and first.year == last.year:
            return f"{first.year}年"
        if first.year == last.year and first.day == 1 and last == month_end(last):
            months = last.month - first.month + 1
            if months == 1:
                return f"{first.year}年{first.month}月"
            if months == 3 and first.month % 3 == 1:
                return f"{first.year}年第{'一二三四'[first.month // 3]}季度"
            if months == 6 and first.month in (1, 7):
                return f"{first.year}年{'上' if first.month == 1 else '下'}半年"
        if first == last:
            return f"{first.year}年{first.month}月{first.day}日"
        return f"{first:%Y-%m-%d}至{last:%Y-%m-%d}"


def month_end(day: date) -> date:
    """The last day of ``day``'s month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def month_of(year: int, month: int, said: str = "") -> Period:
    """A calendar month."""
    return Period(date(year, month, 1), month_end(date(year, month, 1)), said)


def quarter_of(year: int, quarter: int, said: str = "") -> Period:
    """A calendar quarter, 1 to 4."""
    first = date(year, quarter * 3 - 2, 1)
    return Period(first, month_end(date(year, quarter * 3, 1)), said)


def year_of(year: int, said: str = "") -> Period:
    """A calendar year."""
    return Period(date(year, 1, 1), date(year, 12, 31), said)


def quarter_containing(day: date) -> Period:
    """The quarter that contains ``day``."""
    return quarter_of(day.year, (day.month + 2) // 3)


def previous_quarter(day: date) -> Period:
    """The quarter before the one that contains ``day``."""
    return quarter_containing(quarter_containing(day).first - timedelta(days=1))


def parse_period(text: str, today: date) -> Period | None:
    """Read the period that ``text`` is about, or None where none is said.

    Args:
        text: What the person wrote.
        today: The Chinese calendar day of the question.
    """
    text = _HAN_YEAR.sub(lambda year: year[0].translate(_PLAIN_DIGITS), text)
    text = text.translate(_WIDE_DIGITS)
    for kind, pattern in _PATTERNS:
        match = pattern.search(text)
        if match is None:
            continue
        period = _read(kind, match, today)
        if period is not None:
            return period
    return None


def _read(kind: str, match: re.Match[str], today: date) -> Period | None:
    said = match[0].strip()
    if kind == "relative":
        return _relative(match["n"], match["unit"], today, said)
    year = _year(match["year"], today)
    if not 1994 <= year <= today.year + 5:
        return None
    if kind == "year":
        return year_of(year, said)
    if kind == "short_year":
        return year_of(year, said) if today.year - 10 <= year <= today.year + 1 else None
    if kind == "half":
        first = 1 if match["n"] == "上" else 7
        return Period(date(year, first, 1), month_end(date(year, first + 5, 1)), said)
    number = _DIGIT.get(match["n"]) or int(match["n"])
    if kind == "quarters":
        return Period(date(year, 1, 1), quarter_of(year, number).last, said)
    if kind == "quarter":
        return quarter_of(year, number, said)
    if kind == "years":
        return _span(date(year, 1, 1), date(number, 12, 31), said)
    if kind == "months":
        first_month = _DIGIT.get(match["from"]) or int(match["from"])
        last_year = int(match["to_year"] or year)
        return _span(date(year, first_month, 1), month_end(date(last_year, number, 1)), said)
    return month_of(year, number, said)


def _span(first: date, last: date, said: str) -> Period | None:
    return Period(first, last, said) if first < last else None


def _year(word: str | None, today: date) -> int:
    if not word:
        return today.year
    if word in _YEAR_WORD:
        return today.year + _YEAR_WORD[word]
    number = int(word)
    return number + 2000 if number < 100 else number


def _relative(word: str, unit: str, today: date, said: str) -> Period:
    steps = {"这": 0, "本": 0, "当": 0, "上": -1, "前": -1, "上上": -2, "下": 1}[word]
    if unit in ("季度", "季"):
        index = today.year * 4 + (today.month - 1) // 3 + steps
        return quarter_of(index // 4, index % 4 + 1, said)
    index = today.year * 12 + today.month - 1 + steps
    return month_of(index // 12, index % 12 + 1, said)
