"""Legal figures that are typed into a text instead of named by parameter (裸写的法定数值)."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from core.money import parse_amount, parse_amounts, spoken
from knowledge_base.checks.finding import Finding
from knowledge_base.checks.texts import Told, texts_of
from knowledge_base.normalise import words
from knowledge_base.schema import Entry
from policy_rules.figures import figures_in
from policy_rules.parameters import Parameter, Unit, typed

_NUMBER = r"(?<![\d.])(\d+(?:\.\d+)?)"
#: 一年, 一个月 are everyday words.
_HAN = r"(?<![零一二两三四五六七八九十百第])(?!一(?![十百]))([一二两三四五六七八九十百]+)"
#: How a figure of each unit is written, beside amounts.
_WRITTEN: tuple[tuple[Unit, str], ...] = (
    (Unit.RATE, rf"{_NUMBER}[%％]"),
    (Unit.RATE, rf"百分之{_HAN}"),
    (Unit.PERMILLE, rf"{_NUMBER}‰"),
    (Unit.WORKING_DAYS, rf"(?:{_NUMBER}|{_HAN})个?工作日"),
    (Unit.DAYS, rf"(?<!\d月)(?:{_NUMBER}|{_HAN})(?:天|日)(?!期)"),
    (Unit.HOURS, rf"(?:{_NUMBER}|{_HAN})个?小时"),
    (Unit.MONTHS, rf"(?:{_NUMBER}|{_HAN})个月"),
    (Unit.YEARS, r"(?<![\d.])(\d{1,2})年(?!度|级)"),
    (Unit.YEARS, rf"{_HAN}年(?!度|级|期)"),
    (Unit.PEOPLE, rf"(?:{_NUMBER}|{_HAN})(?:人|名)(?!民)"),
    (Unit.MULTIPLE, rf"(?:{_NUMBER}|{_HAN})倍"),
    (Unit.POINTS, rf"{_NUMBER}分(?!钟|之|期)"),
    (Unit.SQUARE_METRES, rf"{_NUMBER}平方米"),
)
_MONTH_DAY = re.compile(r"(?<!\d年)(?<!\d)(\d{1,2})月(\d{1,2})[日号]")
_PATTERNS = tuple((unit, re.compile(pattern)) for unit, pattern in _WRITTEN)
_PLACE = re.compile(r"\{\{.*?\}\}")
#: What people say wrongly is quoted to be put right; documents are cited by number.
_QUOTED = re.compile(
    r"“[^”]*”|「[^」]*」|《[^》]*》|[^，。；（]{0,6}〔\d+〕\d+号|第[\d一二三四五六七八九十百]+[条款项号]"
)
_SENTENCE = re.compile(r"[^。！？\n]+")
#: A worked example; what follows the sign is its own sentence.
_EXAMPLE = re.compile(r"^\s*(?:例|比如|举例)[：:，,如]?|^[^，]{0,8}例[：:]")
_PARTS = {Unit.RATE: Decimal(100), Unit.PERMILLE: Decimal(1000)}
#: A word that stands in a larger share of titles tells nothing of what a figure is about.
_COMMON = 0.02
_WHEN = frozenset({"次年", "次月", "每年", "当年", "年度", "期限", "截止日", "条件", "不再"})

Key = tuple[str, object]


@dataclass(frozen=True)
class _Figure:
    """A figure as it is typed, the sentence it stands in, and what it means."""

    said: str
    sentence: str
    key: Key


@dataclass(frozen=True)
class _Title:
    parameter: Parameter
    words: frozenset[str]


class FigureIndex:
    """Every figure of the parameters, found by its value."""

    def __init__(self, parameters: Mapping[str, Parameter]) -> None:
        split = {name: frozenset(_telling(each.title)) for name, each in parameters.items()}
        counts = Counter(word for told in split.values() for word in told)
        most = max(4, _COMMON * len(split))
        self._titles = {
            name: _Title(parameters[name], frozenset(w for w in told if counts[w] <= most))
            for name, told in split.items()
        }
        self._by_figure: dict[Key, set[str]] = defaultdict(set)
        for name, parameter in parameters.items():
            for value in parameter.values:
                for figure in _figures_of(typed(value.value, parameter.unit), parameter.unit):
                    self._by_figure[figure].add(name)

    def holders(self, figure: Key, first: date, last: date) -> Iterator[_Title]:
        """The parameters that hold the figure on a day of the span."""
        for name in sorted(self._by_figure.get(figure, ())):
            title = self._titles[name]
            for value in title.parameter.values:
                said = _figures_of(typed(value.value, title.parameter.unit), title.parameter.unit)
                if figure in said and value.overlaps(first, last):
                    yield title
                    break


def bare_figures(entry: Entry, index: FigureIndex, *, today: date) -> Iterator[Finding]:
    """Find the figures of an entry that a parameter holds.

    A parameter counts where the entry cites it anyway, where it is of a topic of the entry and
    the sentence or the question has a word of its title, and where they have two of them.
    """
    cited = {name for told in texts_of(entry) for name in figures_in(told.text)}
    topics = {*entry.topics, *(name.partition(".")[0] for name in cited)}
    for told in texts_of(entry):
        for figure in _said_in(told):
            titles = index.holders(figure.key, told.first(today), told.last(today))
            near = [
                (title.parameter.id in cited, _shared(title, entry, figure), title.parameter)
                for title in titles
            ]
            meant = [row for row in near if row[0] or row[1] >= _needed(row[2], topics)]
            if meant:
                parameter = max(meant, key=lambda row: row[:2])[2]
                yield _finding(f"{entry.id}.{told.part}", figure.said, parameter)


def _finding(place: str, said: str, parameter: Parameter) -> Finding:
    named = f"{{{{ {parameter.id} }}}}（{parameter.title}）"
    return Finding(place, f"裸写的数值“{said}”应写成 {named}；若是另一个数值，请另立参数")


def _shared(title: _Title, entry: Entry, figure: _Figure) -> int:
    """How many words of its title stand near."""
    near = f"{entry.question} {figure.sentence}"
    return sum(word in near for word in title.words)


def _needed(parameter: Parameter, topics: Collection[str]) -> int:
    """How many words of its title make a parameter one that is meant; last days are all alike."""
    own = parameter.id.partition(".")[0] in topics
    return 1 if own and parameter.unit is not Unit.MONTH_DAY else 2


def _said_in(told: Told) -> Iterator[_Figure]:
    """What is typed in a text, sentence by sentence."""
    for sentence in _SENTENCE.findall(_QUOTED.sub(" ", told.text)):
        if _EXAMPLE.search(sentence):
            continue
        plain = _PLACE.sub(" ◇ ", sentence)
        for amount in parse_amounts(plain):
            yield _Figure(spoken(amount), sentence, ("yuan", amount))
        for match in _MONTH_DAY.finditer(plain):
            day = f"{int(match[1]):02}-{int(match[2]):02}"
            yield _Figure(match[0], sentence, ("month_day", day))
        for unit, pattern in _PATTERNS:
            for match in pattern.finditer(plain):
                number = _number(next(each for each in match.groups() if each))
                if number is not None:
                    yield _Figure(match[0], sentence, _counted(number, unit))


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text[0].isdigit() else parse_amount(f"{text}元")


def _counted(number: Decimal, unit: Unit) -> Key:
    if unit in _PARTS:
        return "share", number / _PARTS[unit]
    return unit.value, number


def _figures_of(value: object, unit: Unit) -> tuple[Key, ...]:
    """How a value of a parameter may stand in a text; tables are not looked for."""
    if isinstance(value, Decimal):
        return (("share" if unit in _PARTS else unit.value, value),)
    if unit is Unit.MONTH_DAY:
        return (("month_day", value),)
    return ()


def _telling(title: str) -> Iterator[str]:
    return (word for word in words(title) if len(word) > 1 and word not in _WHEN)
