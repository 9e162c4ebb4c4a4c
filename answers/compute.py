"""Running the rule of an entry on what is known (测算): a result, or the one question it needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from answers.frame import Frame
from answers.parts import Button
from answers.sentences import fact_label, say
from knowledge_base.schema import Entry
from policy_rules.rules import RULES, Need, Verdict

#: Words that make an amount a limit, or the amount of something else.
_QUALIFIED = re.compile(
    r"超过?|不超|不到|不足|达到|以内|以下|以上|起征点|免征额|注册资|资产|一年|全年|年销售|年收入"
)


@dataclass(frozen=True)
class Computed:
    """What came of a rule."""

    outcome: str  # computed or clarifying
    text: str
    settled: bool
    trace: dict[str, Any]
    clarification: dict[str, Any] | None = None
    buttons: tuple[Button, ...] = ()


def amounts_from(topic: Mapping[str, Any]) -> tuple[Decimal, ...]:
    """The amounts of the last question, for a follow-up that names none."""
    return tuple(Decimal(each) for each in topic.get("amounts", ()))


def run(entry: Entry, frame: Frame) -> Computed | None:
    """Run the entry's rule.

    Returns:
        None where the entry has no rule, nobody gave an amount, or the rule does not cover the
        period.
    """
    rule = RULES.get(entry.rule or "")
    asked = frame.query.act == "ask_calculation"
    if rule is None or not (frame.amounts or asked) or not _is_plain(frame):
        return None
    facts = dict(frame.facts)
    if frame.amounts:
        facts[rule.amount] = frame.amounts[0]
    verdict = rule.explain(facts, frame.period.first, frame.period.last)
    if verdict is None:
        return None
    if verdict.missing:
        return _ask(rule.need(verdict.missing[0]), verdict) if frame.amounts or asked else None
    return Computed(
        outcome="computed", text="\n".join(verdict.working), settled=True, trace=verdict.to_json()
    )


def _is_plain(frame: Frame) -> bool:
    """Whether the one amount said is the amount to compute with, not a limit or another thing."""
    return len(frame.amounts) <= 1 and not _QUALIFIED.search(frame.query.text)


def _ask(need: Need, verdict: Verdict) -> Computed:
    options = [fact_label(option) for option in need.options]
    return Computed(
        outcome="clarifying",
        text=say("needs", question=need.question),
        settled=False,
        trace=verdict.to_json(),
        clarification={"question": need.question, "options": options},
        buttons=tuple(Button(option, "say", option) for option in options),
    )
