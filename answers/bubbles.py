"""The bubble that shows an answer (答复气泡): its text, evidence, notes and ways on."""

from __future__ import annotations

from dataclasses import replace

from answers.compute import Computed
from answers.frame import Frame
from answers.parts import Button, Evidence, Part
from answers.render import Rendered, contradicting, holding_shorts
from answers.sentences import fact_label, i_am_button, label, rating_buttons, say, say_button
from knowledge_base.schema import Entry, ShortAnswer

_MOST_RELATED = 3
_FACTS_NAMED = ("taxpayer_type", "subject", "filing_cycle")


def answer_part(
    entry: Entry,
    frame: Frame,
    rendered: Rendered,
    computed: Computed | None,
    related: tuple[str, ...],
    preface: str = "",
) -> Part:
    """One answer as it is shown, with questions that may have been meant or follow."""
    outcome, text = _worded(entry, rendered, computed, preface)
    period_matters = any(claim.measured_by == "tax_period" for claim in rendered.claims)
    other = _other_year(entry, frame)
    by_rule = computed is not None and computed.outcome == outcome != "answered"
    notes = [say("caution")] if label("certainty", "unverified") in text else []
    if period_matters and not frame.period_said and other and outcome != "clarifying":
        notes.append(say("assumed_period", period=frame.period.label))
    notes += _firm_note(frame)
    asks_back = computed is not None and not computed.settled
    return Part(
        text=text,
        kind="answer",
        outcome=outcome,
        title=computed.title if computed and by_rule else entry.question,
        evidence=_evidence(rendered, computed if by_rule else None),
        tax_period=frame.period.label if period_matters else None,
        as_of=frame.today,
        clarification=computed.clarification if computed else None,
        buttons=computed.buttons if computed and asks_back else _ways_on(rendered, frame, other),
        related=related[:_MOST_RELATED],
        caution="".join(notes) or None,
    )


def _worded(
    entry: Entry, rendered: Rendered, computed: Computed | None, preface: str
) -> tuple[str, str]:
    """The outcome, and the text of its blocks."""
    text = f"{preface}\n\n{rendered.text}" if preface else rendered.text
    if entry.referral is not None:
        return "referred", f"{_referral(entry)}\n\n{text}"
    if rendered.undecided:
        return "refused_uncertain", f"{say('refused_uncertain', question=entry.question)}\n\n{text}"
    if computed is None:
        return "answered", text
    if computed.outcome == "answered":
        return computed.outcome, f"{text}\n\n{computed.text}"
    return computed.outcome, computed.text


def _evidence(rendered: Rendered, computed: Computed | None) -> tuple[Evidence, ...]:
    """The evidence of what is said: of a computation, what its figures stand on."""
    if computed is None:
        return rendered.evidence
    used = {each["document"] for each in computed.trace["sources"]}
    own = tuple(each for each in rendered.evidence if each.document_id in used)
    return own or rendered.evidence


def _ways_on(rendered: Rendered, frame: Frame, other_year: str | None) -> tuple[Button, ...]:
    splitting = sorted(
        {
            value
            for short in rendered.shorts
            for value in short.when.taxpayer_type
            if "taxpayer_type" not in frame.facts
        }
    )
    buttons = [i_am_button(value) for value in splitting if len(splitting) > 1]
    if other_year:
        buttons.append(Button(other_year, "say", other_year))
    return (*buttons, *rating_buttons(), say_button("person"), say_button("appeal"))


def _firm_note(frame: Frame) -> list[str]:
    firm = frame.query.firm
    if firm is None or not firm.facts:
        return []
    named = "、".join(
        fact_label(value) for fact, value in firm.facts.items() if fact in _FACTS_NAMED
    )
    return [say("for_your_firm", firm=firm.name, facts=named)]


def only_for(shorts: list[ShortAnswer], frame: Frame) -> str:
    """Says whom an answer is for that is not for the kind of payer who was named."""
    facts = {fact for short in shorts for fact in contradicting(short.when, frame)}
    if not facts:
        return ""
    meant = sorted({fact_label(v) for s in shorts for f in facts for v in getattr(s.when, f)})
    said = sorted(fact_label(frame.facts[fact]) for fact in facts)
    return say("only_for", whom="、".join(meant), said="、".join(said))


def _referral(entry: Entry) -> str:
    referral = entry.referral
    if referral is None:
        return ""
    lines = [say("referred", office=referral.office)]
    if referral.where:
        lines.append(say("referred_where", where=referral.where))
    if referral.telephone:
        lines.append(say("referred_telephone", telephone=referral.telephone))
    return "".join(lines)


def _other_year(entry: Entry, frame: Frame) -> str | None:
    """The year before or after whose answer is another one, as something to ask."""
    here = {short.text for short in holding_shorts(entry, frame)}
    for step in (-1, 1):
        year = frame.period.first.year + step
        day = frame.period.first.replace(year=year, day=1)
        shifted = replace(frame, period=replace(frame.period, first=day, last=day))
        there = {short.text for short in holding_shorts(entry, shifted)}
        if there and there != here:
            return say("other_period", year=year)
    return None
