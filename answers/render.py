"""Putting an entry into words for one case (成文): the claims that hold, and their evidence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from answers.frame import Frame
from answers.parts import Evidence
from answers.sentences import fact_label, label, say
from knowledge_base.library import Snapshot
from knowledge_base.schema import Claim, Conditions, Entry, Handling, ShortAnswer
from policy_rules.figures import fill
from policy_rules.parameters import Certainty

MOST_CLAIMS = 4
MOST_TRAPS = 2
#: A kind of payer is told by so many characters: 小规模, 一般纳.
_TOLD_BY = 3
_LIMITING_FACTS = ("taxpayer_type", "subject", "filing_cycle")


@dataclass(frozen=True)
class Rendered:
    """An entry in words, with what it rests on."""

    text: str
    evidence: tuple[Evidence, ...]
    claims: tuple[Claim, ...]
    shorts: tuple[ShortAnswer, ...]
    caution: str | None
    undecided: bool  # nothing but open claims hold
    has_aspect: bool = True  # says what alone was asked for, if that was one thing


def contradicting(conditions: Conditions, frame: Frame) -> list[str]:
    """The known facts that rule the conditions out."""
    return [
        fact
        for fact in _LIMITING_FACTS
        if (allowed := getattr(conditions, fact))
        and fact in frame.facts
        and frame.facts[fact] not in allowed
    ]


def contradicts(conditions: Conditions, frame: Frame) -> bool:
    """Tell whether what is known rules the conditions out."""
    return bool(contradicting(conditions, frame))


def holds(claim: Claim, frame: Frame) -> bool:
    """Tell whether a claim holds for the period (or today) and the known facts."""
    if contradicts(claim.when, frame):
        return False
    if claim.region not in ("全国", frame.query.region) and claim.region not in frame.query.text:
        return False
    if claim.measured_by == "today":
        return claim.holds_on(frame.today)
    return claim.overlaps(frame.period.first, frame.period.last)


def holding_shorts(entry: Entry, frame: Frame) -> list[ShortAnswer]:
    """The short answers for this case; those that rest on nothing that holds are left out."""
    claims = {claim.id: claim for claim in (*entry.claims, *entry.traps)}
    found = []
    for short in entry.short_answers:
        by_today = all(claims[each].measured_by == "today" for each in short.claims)
        in_time = (
            short.holds_on(frame.today)
            if by_today
            else short.overlaps(frame.period.first, frame.period.last)
        )
        rests = any(holds(claims[each], frame) for each in short.claims)
        if in_time and rests and not contradicts(short.when, frame):
            found.append(short)
    return found


def render(entry: Entry, frame: Frame, snapshot: Snapshot) -> Rendered:
    """Render ``entry`` for the case.

    Raises:
        NoFigure: A figure in the text has no value for the period.
    """
    shorts = holding_shorts(entry, frame)
    resting = {claim_id for short in shorts for claim_id in short.claims}
    holding = [claim for claim in entry.claims if holds(claim, frame)]
    # An open claim is always said as such, even if a short answer rests on it.
    traps = [claim for claim in entry.traps if holds(claim, frame)]
    open_ones = {each.id for each in (*holding, *traps) if each.certainty is Certainty.OPEN}
    settled = resting - open_ones
    holding.sort(key=lambda claim: claim.id not in resting)
    further = [claim for claim in holding if claim.id not in settled][:MOST_CLAIMS]
    traps.sort(key=lambda claim: claim.id not in resting)
    traps = [claim for claim in traps if claim.id not in settled][:MOST_TRAPS]
    by_id = {claim.id: claim for claim in (*entry.claims, *entry.traps)}
    used = _distinct(
        [*(by_id[each] for each in sorted(settled) if holds(by_id[each], frame)), *further, *traps]
    )
    evidence = _evidence(used, entry.checked_on, snapshot)
    handling = _handling(entry.handling, frame)
    lead = _basis(evidence) if frame.aspect == "basis" else handling.pop(frame.aspect or "", "")
    blocks = [
        lead,
        _shorts(shorts, frame, by_id),
        "\n".join(f"· {_claim_line(claim, frame)}" for claim in further),
        "\n".join(handling.values()),
        _block(say("traps"), [_claim_line(claim, frame) for claim in traps]),
    ]
    unsure = any(claim.certainty is Certainty.UNVERIFIED for claim in used) or (
        entry.handling is not None and entry.handling.certainty is Certainty.UNVERIFIED
    )
    return Rendered(
        text="\n\n".join(block for block in blocks if block),
        evidence=evidence,
        claims=tuple(used),
        shorts=tuple(shorts),
        caution=say("caution") if unsure else None,
        undecided=bool(used) and all(claim.certainty is Certainty.OPEN for claim in used),
        has_aspect=bool(lead) or frame.aspect is None,
    )


def _distinct(claims: Iterable[Claim]) -> list[Claim]:
    return list({claim.id: claim for claim in claims}.values())


def day_for(span: Claim | ShortAnswer, frame: Frame) -> date:
    """The day of the case on which a span's figures are read."""
    if isinstance(span, Claim) and span.measured_by == "today":
        return frame.today
    return max(span.from_, frame.period.first)


def _shorts(shorts: list[ShortAnswer], frame: Frame, claims: dict[str, Claim]) -> str:
    """The short answers; several are told apart by their span and by whom they are for."""
    fact = splitting_fact(shorts, frame)
    spans = {(short.from_, short.to, getattr(short.when, fact) if fact else ()) for short in shorts}
    several = len(spans) > len({whom for *_, whom in spans})
    return "\n".join(
        (_span(short) if several else "")
        + _for_whom(short, fact)
        + _short_text(short, frame, claims)
        for short in shorts
    )


def splitting_fact(shorts: Sequence[ShortAnswer], frame: Frame) -> str | None:
    """The unknown fact by which short answers are for different payers, or None."""
    for fact in _LIMITING_FACTS:
        meant = [set(getattr(short.when, fact)) for short in shorts]
        if fact not in frame.facts and all(meant) and meant and not set.intersection(*meant):
            return fact
    return None


def _for_whom(short: ShortAnswer, fact: str | None) -> str:
    """Whom a short answer is for, where it does not begin with it itself."""
    if fact is None:
        return ""
    whom = "、".join(fact_label(value) for value in getattr(short.when, fact))
    return "" if short.text.startswith(whom[:_TOLD_BY]) else say("for_case", case=whom)


def _short_text(short: ShortAnswer, frame: Frame, claims: dict[str, Claim]) -> str:
    day = day_for(short, frame)
    if all(claims[each].measured_by == "today" for each in short.claims):
        day = frame.today
    text = fill(short.text, day)
    if any(claims[each].certainty is Certainty.UNVERIFIED for each in short.claims):
        return say("unverified_mark", text=text.rstrip("。")) + "。"
    return text


def _claim_line(claim: Claim, frame: Frame) -> str:
    text = fill(claim.text, day_for(claim, frame))
    if claim.when.case and not text.startswith(claim.when.case):
        text = say("for_case", case=claim.when.case) + text
    if claim.certainty is Certainty.OPEN:
        return say("open", text=text.rstrip("。"), ask=claim.ask)
    if claim.certainty is Certainty.UNVERIFIED:
        return say("unverified_mark", text=text.rstrip("。")) + "。"
    return text


def _span(span: ShortAnswer) -> str:
    first, last = _day(span.from_), _day(span.to) if span.to else None
    if last is None:
        return say("span_from", first=first)
    return say("span_both", first=first, last=last)


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _block(title: str, lines: Iterable[str]) -> str:
    found = [f"· {line}" for line in lines]
    return "\n".join([f"{title}：", *found]) if found else ""


def _handling(handling: Handling | None, frame: Frame) -> dict[str, str]:
    """How it is done, each aspect by itself."""
    if handling is None:
        return {}
    told = {}
    if handling.steps:
        steps = (f"{at}. {fill(each, frame.today)}" for at, each in enumerate(handling.steps, 1))
        told["steps"] = "\n".join([f"{say('steps')}：", *steps])
    for name in ("materials", "channels"):
        if lines := [fill(each, frame.today) for each in getattr(handling, name)]:
            told[name] = f"{say(name)}：{'；'.join(lines)}"
    for name in ("time_needed", "claim_mode"):
        if line := getattr(handling, name):
            told[name] = f"{say(name)}：{fill(line, frame.today)}"
    if told and handling.certainty is Certainty.UNVERIFIED:
        first = frame.aspect if frame.aspect in told else next(iter(told))
        told[first] = say("unverified_block", line=told[first])
    return told


def _basis(evidence: tuple[Evidence, ...]) -> str:
    """What the answer rests on, by number and clause."""
    named = dict.fromkeys(
        f"{each.document_number or f'《{each.title}》'}{each.clause or ''}" for each in evidence
    )
    return say("resting_on", documents="、".join(named)) if named else ""


def _evidence(claims: list[Claim], checked_on: date, snapshot: Snapshot) -> tuple[Evidence, ...]:
    found: dict[tuple[str, str | None], Evidence] = {}
    for claim in claims:
        if claim.certainty is Certainty.OPEN:
            continue
        for basis in claim.basis:
            document = snapshot.documents.get(basis.document)
            key = (basis.document, basis.clause)
            if document is None or key in found:
                continue
            found[key] = Evidence(
                document_id=document.id,
                document_number=document.number,
                title=document.title,
                clause=basis.clause,
                holds_from=claim.from_,
                holds_to=claim.to,
                checked_on=checked_on,
                certainty=claim.certainty.value,
                certainty_label=label("certainty", claim.certainty.value),
                state_label=label("state", document.state.value),
                url=document.url,
            )
    return tuple(found.values())
