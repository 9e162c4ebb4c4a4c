"""Putting an entry into words for one case (成文): the claims that hold, and their evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from answers.frame import Frame
from answers.parts import Evidence
from answers.sentences import label, say
from knowledge_base.library import Snapshot
from knowledge_base.schema import Claim, Conditions, Entry, Handling, ShortAnswer
from policy_rules.figures import fill
from policy_rules.parameters import Certainty

MOST_CLAIMS = 4
MOST_TRAPS = 2
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
    several = len({(short.from_, short.to) for short in shorts}) > 1
    blocks = [
        "\n".join(_short_line(short, frame, several, by_id) for short in shorts),
        "\n".join(f"· {_claim_line(claim, frame)}" for claim in further),
        _handling(entry.handling, frame),
        _block(say("traps"), [_claim_line(claim, frame) for claim in traps]),
    ]
    unsure = any(claim.certainty is Certainty.UNVERIFIED for claim in used) or (
        entry.handling is not None and entry.handling.certainty is Certainty.UNVERIFIED
    )
    return Rendered(
        text="\n\n".join(block for block in blocks if block),
        evidence=_evidence(used, entry.checked_on, snapshot),
        claims=tuple(used),
        shorts=tuple(shorts),
        caution=say("caution") if unsure else None,
        undecided=bool(used) and all(claim.certainty is Certainty.OPEN for claim in used),
    )


def _distinct(claims: Iterable[Claim]) -> list[Claim]:
    return list({claim.id: claim for claim in claims}.values())


def day_for(span: Claim | ShortAnswer, frame: Frame) -> date:
    """The day of the case on which a span's figures are read."""
    if isinstance(span, Claim) and span.measured_by == "today":
        return frame.today
    return max(span.from_, frame.period.first)


def _short_line(short: ShortAnswer, frame: Frame, several: bool, claims: dict[str, Claim]) -> str:
    day = day_for(short, frame)
    if all(claims[each].measured_by == "today" for each in short.claims):
        day = frame.today
    text = fill(short.text, day)
    if any(claims[each].certainty is Certainty.UNVERIFIED for each in short.claims):
        text = say("unverified_mark", text=text.rstrip("。")) + "。"
    return f"{_span(short)}{text}" if several else text


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


def _handling(handling: Handling | None, frame: Frame) -> str:
    if handling is None:
        return ""
    lines = []
    if handling.steps:
        lines.append(f"{say('steps')}：")
        lines.extend(
            f"{place}. {fill(step, frame.today)}" for place, step in enumerate(handling.steps, 1)
        )
    for name in ("materials", "channels"):
        told = [fill(each, frame.today) for each in getattr(handling, name)]
        if told:
            lines.append(f"{say(name)}：{'；'.join(told)}")
    for name in ("time_needed", "claim_mode"):
        if told := getattr(handling, name):
            lines.append(f"{say(name)}：{fill(told, frame.today)}")
    if lines and handling.certainty is Certainty.UNVERIFIED:
        lines[0] = say("unverified_block", line=lines[0])
    return "\n".join(lines)


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
