"""Running the rule of an entry on what is known (测算): a result, or the one question it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from answers.amounts import amount_for, is_about
from answers.clarify import Asking, Option
from answers.frame import Frame
from answers.parts import Button
from answers.sentences import fact_label, say
from knowledge_base.force import Days, ended_basis
from knowledge_base.ranking import Hit
from knowledge_base.schema import Document, Entry
from policy_rules.parameters import Basis
from policy_rules.rules import RULES, Rule, Verdict

#: An entry so close to the best one is put first if its rule can be run with the amount named,
#: and is that much surer.
NEAR, COMPUTABLE_GAIN = 0.92, 0.10


@dataclass(frozen=True)
class Computed:
    """What came of a rule."""

    outcome: str  # computed, clarifying or answered
    text: str
    settled: bool
    trace: dict[str, Any]
    title: str
    clarification: dict[str, Any] | None = None
    buttons: tuple[Button, ...] = ()

    def asking(self) -> Asking | None:
        """What is asked back, if anything."""
        if self.clarification is None:
            return None
        options = tuple(Option(each, each) for each in self.clarification["options"])
        return Asking(self.clarification["question"], options, self.text)


def computable_first(frame: Frame, hits: list[Hit], entries: Mapping[str, Entry]) -> list[Hit]:
    """Put the entry that can be computed first, where the question names one plain amount.

    An entry about one special case (exactly at a limit, a little above) must not answer for
    another amount; the rule says what holds for the amount that was named. Other entries that
    could be computed, or whose rule is about another tax, are no rivals to it.
    """
    rules = {hit.entry_id: RULES.get(entries[hit.entry_id].rule or "") for hit in hits}
    runs = {name for name, rule in rules.items() if rule and amount_for(rule, frame) is not None}
    first = next((hit for hit in hits if hit.entry_id in runs), None)
    if first is None or first.score < NEAR * hits[0].score:
        return hits
    foreign = {name for name, rule in rules.items() if rule and not is_about(rule, frame)}
    first = replace(first, score=min(hits[0].score + COMPUTABLE_GAIN, 1.0))
    return [first, *(hit for hit in hits if hit.entry_id not in runs | foreign)]


def can_run(entry: Entry, frame: Frame) -> bool:
    """Tell whether the entry has a rule that the amount named can be computed with."""
    rule = RULES.get(entry.rule or "")
    return rule is not None and amount_for(rule, frame) is not None


def run(entry: Entry, frame: Frame, documents: Mapping[str, Document]) -> Computed | None:
    """Run the entry's rule.

    Returns:
        None where the entry has no rule, nobody gave an amount that can be computed with or asked
        for a calculation, the rule does not cover the period, or what it rests on has ended.
    """
    rule = RULES.get(entry.rule or "")
    if rule is None:
        return None
    amount = amount_for(rule, frame)
    asked = frame.query.act == "ask_calculation" and not frame.amounts and is_about(rule, frame)
    if amount is None and not asked:
        return None
    facts = dict(frame.facts)
    if amount is not None:
        facts[rule.amount] = amount
    verdict = rule.explain(facts, frame.period.first, frame.period.last)
    if verdict is None or _basis_ended(verdict, frame, documents):
        return None
    if verdict.missing:
        return _ask(rule, verdict, has_amount=amount is not None)
    return Computed(
        outcome="computed",
        text="\n".join(verdict.working),
        settled=True,
        trace=verdict.to_json(),
        title=rule.title,
    )


def _basis_ended(verdict: Verdict, frame: Frame, documents: Mapping[str, Document]) -> bool:
    basis = [
        Basis(document=each["document"], clause=each["clause"])
        for each in verdict.sources
        if each["document"]
    ]
    days = Days(frame.period.first, frame.period.last, frame.today)
    return ended_basis(basis, documents, days) is not None


def _ask(rule: Rule, verdict: Verdict, *, has_amount: bool) -> Computed:
    """Ask back; where no amount is known yet, the entry is answered and the question added."""
    need = rule.need(verdict.missing[0])
    options = [fact_label(option) for option in need.options]
    return Computed(
        outcome="clarifying" if has_amount else "answered",
        text=say("needs" if has_amount else "needs_to_compute", question=need.question),
        settled=False,
        trace=verdict.to_json(),
        title=rule.title,
        clarification={"question": need.question, "options": options},
        buttons=tuple(Button(option, "say", option) for option in options),
    )
