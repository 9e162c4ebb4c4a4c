"""Numbers of documents (文号): found in a text, written one way, turned into an id."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pypinyin import lazy_pinyin

from knowledge_base.notices.vocabulary import offices_in, stop_words, words

_BRACKETED = re.compile(
    r"(?P<office>[\u4e00-\u9fff]{2,16})\s*[〔［\[【﹝(（]\s*(?P<year>(?:19|20)\d{2})\s*"
    r"[〕］\]】﹞)）]\s*第?\s*(?P<number>\d{1,5})\s*号"
)
_ANNOUNCED = re.compile(
    r"(?P<kind>公告|通告)\s*"
    r"[〔（(]?(?P<year>(?:19|20)\d{2})[〕）)]?\s*年?\s*第\s*(?P<number>\d{1,4})\s*号"
)
_ORDER = re.compile(r"令\s*第\s*(?P<number>[\d一二三四五六七八九十百零〇]{1,6})\s*号")


_BARE = re.compile(r"[〔（(]?((?:19|20)\d{2})[〕）)]?\s*年?\s*第\s*(\d{1,4})\s*号")


@dataclass(frozen=True)
class Number:
    """One document number as said in a text."""

    text: str  # written the usual way
    id: str  # how the register would call it
    start: int
    end: int


def numbers_in(text: str) -> Iterator[Number]:
    """Every document number in a text, in order."""
    found = [*_bracketed(text), *_announced(text), *_orders(text)]
    taken = -1
    for number in sorted(found, key=lambda each: (each.start, -each.end)):
        if number.start >= taken:
            yield number
            taken = number.end


def bare_number(text: str, offices: str, kind: str) -> Number | None:
    """The announcement that a text like 2026年第4号 means, issued by ``offices``."""
    match = _BARE.fullmatch(text.strip())
    if match is None or kind not in ("公告", "通告"):
        return None
    return next(numbers_in(f"{offices}{kind}{match[1]}年第{match[2]}号"), None)


def same_number(one: str | None, other: str | None) -> bool:
    """Tell whether two numbers mean one document, however they are written."""
    return bool(one and other) and _bare(str(one)) == _bare(str(other))


def _bare(number: str) -> str:
    number = re.sub(r"[\s、第]", "", number).replace("国家税务总局", "税务总局")
    return re.sub(r"[〔［\[【﹝(（)）〕］\]】﹞]", "", number)


def _bracketed(text: str) -> Iterator[Number]:
    for match in _BRACKETED.finditer(text):
        office = _own_words(match["office"])
        if len(office) < 2:
            continue
        year, number = match["year"], int(match["number"])
        start = match.start("office") + len(match["office"]) - len(office)
        name = "".join(lazy_pinyin(office))
        yield Number(f"{office}〔{year}〕{number}号", f"{name}-{year}-{number}", start, match.end())


def _announced(text: str) -> Iterator[Number]:
    for match in _ANNOUNCED.finditer(text):
        offices = _offices_before(text, match.start("kind"))
        if not offices:
            continue
        start, year, number = offices[0][1], match["year"], int(match["number"])
        names = [name for name, _ in offices]
        said = f"{' '.join(names)}{match['kind']}{year}年第{number}号"
        yield Number(said, f"{_short(names)}-{year}-{number}", start, match.end())


def _orders(text: str) -> Iterator[Number]:
    for match in _ORDER.finditer(text):
        offices = _offices_before(text, match.start())
        if offices:
            names = [name for name, _ in offices]
            number = match["number"]
            digits = number if number.isdigit() else "".join(lazy_pinyin(number))
            yield Number(
                f"{' '.join(names)}令第{number}号",
                f"{_short(names)}-order-{digits}",
                offices[0][1],
                match.end(),
            )


def _offices_before(text: str, end: int) -> list[tuple[str, int]]:
    """The offices that stand right before ``end``, one after the other."""
    window = max(0, end - 120)
    found: list[tuple[str, int]] = []
    for name, start in offices_in(text, window, end):
        if found and text[found[-1][1] + len(found[-1][0]) : start].strip(" 、\n和"):
            found.clear()
        found.append((name, start))
    if found and text[found[-1][1] + len(found[-1][0]) : end].strip():
        return []
    return found


def _own_words(office: str) -> str:
    """What of the words before a bracket belongs to the number."""
    return re.split(stop_words(), office)[-1]


def _short(names: list[str]) -> str:
    """The short name of offices in an id; local ones by their sound."""
    known = words()["issuers"]
    found = [known.get(name) or "".join(lazy_pinyin(name))[:40] for name in names]
    return "-".join(dict.fromkeys(found))
