"""The question and what is known beside it (问题框架).

Two times are kept apart: the tax period that the question is about governs the substance, and
today governs procedure and deadlines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from answers.said import facts_in, without_facts
from core.money import parse_amounts
from core.periods import Period, parse_period, previous_quarter, quarter_containing
from knowledge_base.normalise import clean

#: Short words that lean on what was said before (那季度的呢, 怎么弄).
_LEANS = re.compile(
    r"^(那|那么|这个|这种|它|如果|要是|换成|还有)|呢[？?]?$|^(怎么|咋)(弄|办|操作|申请)"
)
_LONGEST_FOLLOW_UP = 16
#: How to do it (怎么办理), said alone: about what was just answered.
_HOW = re.compile(
    r"(那么?|具体|我)*(要|该|应该)?(怎么|咋|如何|到哪里?|去哪里?|在哪里?)(去|来)?"
    r"(弄|办|办理|操作|申请|享受|申报|做)[呢啊呀？?]*"
)
#: What may stand beside facts in a question that states nothing else.
_AROUND_FACTS = re.compile(
    r"那么?|如果|要是|换成|改成|我们?家?|是|的|呢|吗|了|呀|啊|话|在|按|报|做|卖|也|一样|晚|迟|逾期|销售额?|[\W_]"
)
_FIGURE = re.compile(r"[0-9零一二两三四五六七八九十百千万亿wk.,]+(?:元|块|天)?钱?")
#: The last calendar day of the filing season in which people ask about the quarter before.
_SEASON_ENDS = 20


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
    states_facts_only: bool = False  # 那2025年的呢, 我是小规模纳税人, 29万呢
    asks_how_only: bool = False  # 怎么办理
    amounts_carried: bool = False  # from an earlier question of this talk

    @property
    def today(self) -> date:
        return self.query.today


def read_frame(query: Query) -> Frame:
    """Read period, facts and amounts out of a question and what is known beside it."""
    text = clean(query.text)
    said = facts_in(text)
    period = parse_period(text, query.today)
    period_said = period is not None
    facts_only = bool(said or period_said or _FIGURE.search(text)) and not _beside_facts(
        text, period
    )
    how_only = bool(_HOW.fullmatch(text))
    follows = query.topic is not None and (
        facts_only or how_only or (len(text) <= _LONGEST_FOLLOW_UP and bool(_LEANS.search(text)))
    )
    if period is None and follows and query.topic and query.topic.get("period_said"):
        first, last = query.topic["period"]
        period, period_said = Period(date.fromisoformat(first), date.fromisoformat(last)), True
    firm_facts = dict(query.firm.facts) if query.firm else {}
    return Frame(
        query=query,
        period=period or usual_period(query.today),
        period_said=period_said,
        facts={**firm_facts, **query.known, **said},
        facts_said={**query.known, **said},
        amounts=tuple(parse_amounts(text)),
        leans_on_topic=follows,
        states_facts_only=facts_only,
        asks_how_only=how_only,
    )


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
