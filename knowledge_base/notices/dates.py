"""Days in official notices (公文日期): in digits, or in Chinese numerals."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_DIGITS = {sign: number for number, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
#: No official notice names a day outside of these years.
_FIRST_YEAR, _LAST_YEAR = 1949, 2199
_YEAR = r"[\d〇零○一二三四五六七八九]{4}"
_PART = r"[\d一二三四五六七八九十]{1,3}"
DAY = rf"{_YEAR}\s*年\s*{_PART}\s*月\s*{_PART}\s*日"
_DAY = re.compile(rf"({_YEAR})\s*年\s*({_PART})\s*月\s*({_PART})\s*日")


def days_in(text: str) -> Iterator[tuple[date, int, int]]:
    """Every day that a text names, with its place."""
    for match in _DAY.finditer(text):
        try:
            day = date(*(number_of(part) for part in match.groups()))
        except ValueError:
            continue
        if _FIRST_YEAR <= day.year <= _LAST_YEAR:
            yield day, match.start(), match.end()


def day_of(text: str) -> date | None:
    """The first day in a text."""
    return next((day for day, _, _ in days_in(text)), None)


def number_of(text: str) -> int:
    """A small number or a year, in digits or in Chinese numerals."""
    if text.isascii():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return int("".join(str(_DIGITS.get(sign, sign)) for sign in text))
