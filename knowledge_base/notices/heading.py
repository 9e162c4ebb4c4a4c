"""What a notice is (文件要素): number, title, issuers, and its days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from knowledge_base.notices.dates import DAY, day_of, days_in, number_of
from knowledge_base.notices.numbers import Number, bare_number, numbers_in
from knowledge_base.notices.vocabulary import offices_in, words

#: The head and the foot of a notice, in lines; what a saved page puts above it at the most.
_HEAD = 12
_FOOT = 12
_ABOVE = 4
_FURNITURE = 80
_LONGEST_FOOT = 60
_LONGEST_LINE = 1000
_QUOTED = r"《[^《》]*(?:《[^《》]*》[^《》]*)*》"
_START = re.compile(rf"(?:自|从)\s*({DAY})\s*起")
_SPAN = re.compile(rf"(?:自|从)?\s*({DAY})(?:起)?\s*(?:至|到)\s*({DAY})")
_UNTIL = re.compile(
    rf"(?:执行|施行|实施|有效)(?:期)?(?:期限)?(?:延续|延长)?(?:至|到|截至)\s*({DAY})"
)
_OVER = re.compile(rf"({DAY})(?:终止|停止)(?:执行|施行|实施)")
_YEARS = re.compile(r"有效期(?:限)?为?(\d|[一二三四五六七八九十])年")
#: Behind the number and the day of a regulation, in brackets below its title.
_PASSED = ("公布", "发布", "印发")
_PASSED_ON = re.compile(rf"[（(]({DAY})[^，。]{{0,40}}?(?:公布|发布|印发|通过)")
_IN_FORCE = re.compile("施行|执行|实施|生效|有效期")
_ON_ISSUE = re.compile("自(?:发布|公布|印发|本公告发布|本通知印发)之日起(?:施行|执行|实施|生效)")


@dataclass(frozen=True)
class Heading:
    """What stands above and below the text of a notice.

    ``starts`` are all days from which something of it holds; ``start_is_said`` tells whether the
    notice says from when it is in force, or only its clauses name days.
    """

    number: Number | None
    title: str
    has_title: bool
    issuers: tuple[str, ...]
    issued_on: date | None
    in_force_from: date | None
    ended_on: date | None
    starts: tuple[date, ...]
    start_is_said: bool


def heading_of(lines: Sequence[str]) -> Heading:
    """Find what the notice is."""
    head = _head(lines)
    title, has_title, above = _title(head)
    number = _own_number(head, title)
    issuers = _issuers(number, above, lines)
    if number is None:
        bare = (bare_number(line, " ".join(issuers), title[-2:]) for line in head)
        number = next((each for each in bare if each), None)
    issued_on = _issued_on(lines)
    sentences = [each for each in re.split("[。；\n]", "\n".join(lines)) if not _is_of_others(each)]
    starts, ended_on = _force([each for each in sentences if _IN_FORCE.search(each)], issued_on)
    start_is_said = bool(starts)
    if not starts:
        starts, last = _force(sentences, None)
        ended_on = ended_on or last
    return Heading(
        number=number,
        title=title,
        has_title=has_title,
        issuers=issuers,
        issued_on=issued_on,
        in_force_from=min(starts, default=None),
        ended_on=ended_on,
        starts=starts,
        start_is_said=start_is_said,
    )


def _head(lines: Sequence[str]) -> list[str]:
    """The first lines; where a page stands around the notice, the lines around its title."""
    first = next(
        (
            place
            for place, line in enumerate(lines[:_FURNITURE])
            if len(line) <= _LONGEST_LINE and _title_line().match(line)
        ),
        0,
    )
    start = 0 if first < _HEAD else first - _ABOVE
    return [line[:_LONGEST_LINE] for line in lines[start : start + _HEAD]]


@cache
def _title_line() -> re.Pattern[str]:
    """A line that is a title and nothing else, but for the offices before it."""
    return re.compile(rf"[^，。；：]{{0,60}}?{_title_words()}[\s）)]*$")


@cache
def _title_words() -> str:
    kinds = "|".join(words()["kinds_of_notice"])
    return rf"关于(?:{_QUOTED}|[^《》。；\n]){{2,150}}?(?:的)?(?:{kinds})"


def _title(head: Sequence[str]) -> tuple[str, bool, str]:
    """The title, whether it is one of the usual form, and what stands before it."""
    title = re.compile(rf"{_title_words()}(?=[\s（(〔]|$|[^的》了])")
    text = "\n".join(head)
    for found in (title.search(text), title.search("".join(head))):
        if found and not re.match(r"[^\n]{0,6}[，,]", text[found.end() :]):
            before = text[: text.find(found[0][:6])]
            return found[0].replace("\n", ""), True, before.split("\n")[-1] or before
    first = next((line for line in head if len(line) > 3 and not line.startswith(("---", "#"))), "")
    if re.fullmatch(
        rf"[^，。：]{{2,60}}?(?:{words()['regulations']})(?:[（(][试暂]行[）)])?", first
    ):
        return first, True, ""
    return re.sub(r"^title:\s*", "", first).strip("'\" ")[:120], False, ""


def _own_number(head: Sequence[str], title: str) -> Number | None:
    """The number in the head that is not part of a sentence or of the title's quotation."""
    for place, line in enumerate(head):
        # The year and number may stand below the word that they belong to.
        for number in numbers_in("\n".join(head[place : place + 2])):
            if number.start >= len(line):
                continue
            before, after = line[: number.start], line[number.end :]
            cites = re.search("按照|根据|依据|规定|执行|《[^》]*$|[（(]$", before[-30:])
            is_last = len(after.strip()) <= len(title) + 20 or after.startswith(_PASSED)
            if not cites and is_last and "。" not in before:
                return number
    return None


def _issuers(number: Number | None, above: str, lines: Sequence[str]) -> tuple[str, ...]:
    """Who issued it: said above the title, else below the text, else by the number."""
    signed = [line for line in lines[-_FOOT:] if len(line) <= _LONGEST_FOOT and "。" not in line]
    texts = (above, number.text if number else "", " ".join(signed), " ".join(lines[:3]))
    for text in texts:
        found = dict.fromkeys(name for name, _ in offices_in(text))
        if found:
            return tuple(found)
    return ()


def _issued_on(lines: Sequence[str]) -> date | None:
    """The day below the text; where annexes follow, the first line that is only dated."""
    for line in lines[:_HEAD]:
        if passed := _PASSED_ON.match(line):
            return day_of(passed[1])
    for line in (*reversed(lines[-_FOOT:]), *lines):
        if len(line) <= _LONGEST_FOOT and re.search(rf"(?:{DAY})\s*[）)]?$", line):
            found = [day for day, _, _ in days_in(line)]
            if found and not re.search("[起至到，。：]", line):
                return found[-1]
    return None


def _force(
    sentences: Sequence[str], issued_on: date | None
) -> tuple[tuple[date, ...], date | None]:
    """From when it is in force (there may be several days), and until when."""
    starts: list[date] = []
    ended: list[date] = []
    for sentence in sentences:
        if span := _SPAN.search(sentence):
            starts += _days(span, 1)
            last = _days(span, 2)
        else:
            starts += _days(_START.search(sentence))
            last = _days(_UNTIL.search(sentence)) + _days(_OVER.search(sentence))
        if _ON_ISSUE.search(sentence) and issued_on:
            starts.append(issued_on)
        if (years := _YEARS.search(sentence)) and starts:
            last.append(_last_of(starts[-1], number_of(years[1])))
        # Where only one of its clauses ends, the notice does not.
        if not re.search(rf"{words()['itself']}第", sentence):
            ended += last
    return tuple(dict.fromkeys(starts)), (ended[0] if len(set(ended)) == 1 else None)


def _days(match: re.Match[str] | None, group: int = 1) -> list[date]:
    """The day that a pattern found, if it is one of the calendar."""
    day = day_of(match[group]) if match else None
    return [day] if day else []


def _last_of(first: date, years: int) -> date:
    """The last day of so many years."""
    leap_day = (first.month, first.day) == (2, 29)
    return date(first.year + years, first.month, 28 if leap_day else first.day) - timedelta(days=1)


def _is_of_others(sentence: str) -> bool:
    """Tell whether a sentence only says when other documents end."""
    ends = re.search(words()["ended_by_it"], sentence)
    return bool(ends) and not re.search(words()["itself"], sentence)
