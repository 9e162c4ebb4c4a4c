"""The question and what is known beside it (问题框架).

Two times are kept apart: the tax period that the question is about governs the substance, and
today governs procedure and deadlines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from answers.said import facts_in, names_year, without_facts
from core.money import parse_amounts
from core.periods import Period, month_end, parse_period, previous_quarter, quarter_containing
from knowledge_base.normalise import clean

#: Short words that lean on what was said before (那季度的呢, 怎么弄).
_LEANS = re.compile(
    r"^(那|那么|这个|这种|它|如果|要是|换成|还有)|呢[？?]?$|^(怎么|咋)(弄|办|操作|申请)"
)
_LONGEST_FOLLOW_UP = 16
#: So much beside facts makes nothing else of what leans (那2025年的票呢).
_LITTLE = 2
_ENDINGS = " \t\n，,。.；;！!？?呢呀啊哦嘛"
#: What may stand beside facts in a question that states nothing else.
_AROUND_FACTS = re.compile(
    r"那么?|如果|要是|换成|改成|我们?家?|是|的|呢|吗|了|呀|啊|话|在|按|报|做|卖|也|一样|晚|迟|逾期|销售额?|[\W_]"
)
_FIGURE = re.compile(r"[0-9零一二两三四五六七八九十百千万亿wk.,]+(?:元|块|天)?钱?")
#: The last calendar day of the filing season in which people ask about the quarter before.
_SEASON_ENDS = 20
#: A period without a year that would begin later than this is the one of the year before.
_FAR_AHEAD = timedelta(days=150)


@dataclass(frozen=True)
class Firm:
    """What is known of the bound firm, as far as an answer may use it."""

    enterprise_id: int
    name: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Query:
    """One question as it reaches the engine; the same for every door."""

    text: str
    today: date
    act: str | None = None
    act_probability: float = 0.0
    known: Mapping[str, Any] = field(default_factory=dict)  # facts said earlier in this talk
    topic: Mapping[str, Any] | None = None  # what the last answer was about
    firm: Firm | None = None
    region: str = "全国"
    chosen: tuple[str, ...] = ()  # the entries that the asker chose, best first
    was_asked_back: bool = False  # this answers a question back: none is asked again


@dataclass(frozen=True)
class Frame:
    """A query with its period, facts and amounts read out of it."""

    query: Query
    period: Period
    period_said: bool
    facts: dict[str, Any]
    facts_said: dict[str, Any]
    amounts: tuple[Decimal, ...]
    leans_on_topic: bool
    may_follow: bool = False  # short enough to be about what was asked before
    states_facts_only: bool = False  # 那2025年的呢, 我是小规模纳税人, 29万呢
    aspect: str | None = None  # what alone is asked of the last answer: steps, materials, basis
    amounts_carried: bool = False  # from an earlier question of this talk
    text: str = ""  # clean, and mended where that says more

    @property
    def today(self) -> date:
        return self.query.today


@cache
def _aspects() -> dict[str, re.Pattern[str]]:
    raw = yaml.safe_load((Path(__file__).parent / "following.yml").read_text("utf-8"))
    return {aspect: re.compile("|".join(forms)) for aspect, forms in raw["aspects"].items()}


def read_frame(query: Query, mended: str = "") -> Frame:
    """Read period, facts and amounts out of a question and what is known beside it.

    Args:
        query: The question.
        mended: What the search took it for, where it mended slips in it.
    """
    read = _read(clean(query.text), query.today)
    if mended and (anew := _read(mended, query.today)).says_more_than(read):
        read = anew
    alone = read.text.strip(_ENDINGS)
    aspect = next((name for name, form in _aspects().items() if form.fullmatch(alone)), None)
    is_short = len(read.text) <= _LONGEST_FOLLOW_UP
    leans = is_short and bool(_LEANS.search(read.text))
    facts_only = read.says_facts and len(read.beside) <= (_LITTLE if leans else 0)
    follows = query.topic is not None and (facts_only or aspect is not None or leans)
    period = read.period
    if period is None and follows and query.topic and query.topic.get("period_said"):
        first, last = query.topic["period"]
        period = Period(date.fromisoformat(first), date.fromisoformat(last))
    firm_facts = dict(query.firm.facts) if query.firm else {}
    return Frame(
        query=query,
        period=period or usual_period(query.today),
        period_said=period is not None,
        facts={**firm_facts, **query.known, **read.facts},
        facts_said={**query.known, **read.facts},
        amounts=read.amounts,
        leans_on_topic=follows,
        may_follow=query.topic is not None and is_short,
        states_facts_only=facts_only,
        aspect=aspect,
        text=read.text,
    )


@dataclass(frozen=True)
class _Read:
    """What a text says."""

    text: str
    period: Period | None
    facts: dict[str, str]
    amounts: tuple[Decimal, ...]
    beside: str  # what is said beside facts, a period and amounts

    @property
    def says_facts(self) -> bool:
        return bool(self.facts or self.period or self.amounts)

    def says_more_than(self, other: _Read) -> bool:
        """Tell whether all that the other says is said, and something beside it."""
        keeps = self.facts.items() >= other.facts.items() and (
            not other.amounts or other.amounts == self.amounts
        )
        same_period = other.period is None or self.period == other.period
        return keeps and same_period and self._count() > other._count()

    def _count(self) -> int:
        return len(self.facts) + len(self.amounts) + (self.period is not None)


def _read(text: str, today: date) -> _Read:
    period, facts = _nearest(parse_period(text, today), today), facts_in(text)
    amounts = tuple(parse_amounts(text))
    return _Read(text, period, facts, amounts, _beside_facts(text, period))


def _nearest(period: Period | None, today: date) -> Period | None:
    """The period meant: 四季度, said in January, is last year's."""
    if period is None or names_year(period.said) or period.first - today <= _FAR_AHEAD:
        return period
    first, last = (day.replace(year=day.year - 1) for day in (period.first, period.last))
    return Period(first, month_end(last.replace(day=1)), period.said)


def _beside_facts(text: str, period: Period | None) -> str:
    """What a text says beside facts, a period and figures."""
    rest = text.replace(period.said, "") if period else text
    return _AROUND_FACTS.sub("", _FIGURE.sub("", without_facts(rest)))


def without_said_facts(frame: Frame) -> Frame:
    """The frame with only what is on file: a wording may name a kind of payer it is not about."""
    on_file = {k: v for k, v in frame.facts.items() if k not in frame.facts_said}
    return replace(frame, facts=on_file, facts_said={})


def usual_period(today: date) -> Period:
    """The period people mean who name none: in a quarter's filing season the quarter before."""
    if today.month in (1, 4, 7, 10) and today.day <= _SEASON_ENDS:
        return previous_quarter(today)
    return quarter_containing(today)
