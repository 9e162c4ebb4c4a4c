"""When returns are due (申报期限)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from core.periods import month_end, quarter_containing
from policy_rules.deadlines import CALENDAR, announced_deadline
from policy_rules.judging import concluded, reason
from policy_rules.sentences import say
from policy_rules.span import Span
from policy_rules.verdicts import Verdict

_NAME = "filing_deadline"


def deadline(facts: dict[str, Any], span: Span) -> Verdict | None:
    """The announced last day to file, for a month or for the quarter that ended.

    A span of one month means that month's filing season; a whole quarter means the season after
    it. None where the season is not announced.

    Source: the yearly notice of the State Taxation Administration on filing seasons (征期通知).
    """
    first = facts.get("filing_month") or _season(span)
    if first is None:
        return Verdict("unknown", missing=("filing_month",))
    last = announced_deadline(first)
    if last is None:
        return None
    season = Span(first, first)
    text = say(_NAME, "announced", year=first.year, month=first.month)
    said = {"year": first.year, "month": first.month, "until": f"{last.month}月{last.day}日"}
    why = reason(season, CALENDAR, "filing_month", f"{first:%Y-%m}", met=True, text=text)
    lines = (say(_NAME, "result", **said), say(_NAME, "scope"))
    return concluded(season, "yes", reasons=(why,), lines=lines)


def _season(span: Span) -> date | None:
    if span.first == span.last or span.last <= month_end(span.first):
        return span.first.replace(day=1)
    quarter = quarter_containing(span.first)
    if (span.first, span.last) == (quarter.first, quarter.last):
        return span.last + timedelta(days=1)
    return None
