"""What was told against what stands now (对照现在的说法), statement by statement.

Only the tax period and facts of the answer count. What goes by the day of asking was right or
wrong on that day; what goes by the tax period has to hold for the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from answers import compute
from answers.frame import Frame
from answers.render import holding_shorts, holds
from consultations.sentences import say
from consultations.substance import LIKE, differs
from consultations.told import Told, filled
from knowledge_base.force import standing
from knowledge_base.normalise import comparable
from knowledge_base.schema import Claim, Document, Entry, Handling, ShortAnswer
from policy_rules.figures import fill
from policy_rules.parameters import NoFigure, Parameter

_LISTS = ("steps", "materials", "channels")
_LINES = ("time_needed", "claim_mode")


@dataclass(frozen=True)
class Change:
    """One statement that a person was told, and what now stands in its place."""

    old: str
    new: str | None  # None: nothing does


@dataclass(frozen=True)
class Law:
    """What statements rest on: the register, and the figures as the files give them."""

    documents: Mapping[str, Document]
    figures: Mapping[str, Parameter]


def all_withdrawn(told: Told) -> list[Change]:
    """Everything that was told, where none of it is said any more."""
    return _withdrawn(told, [*told.shorts, *told.claims])


def withdrawn_from(told: Told, day: date) -> list[Change]:
    """What was told of a day on or after ``day``, from which on nothing is said any more."""
    spans: list[Claim | ShortAnswer] = [*told.shorts, *told.claims]
    return _withdrawn(told, [span for span in spans if _last_day(told, span) >= day])


def _withdrawn(told: Told, spans: list[Claim | ShortAnswer]) -> list[Change]:
    if told.computed and spans:
        return [Change(_result(told.computed["working"]), None)]
    return [Change(old, None) for span in spans if (old := told.said(span)) is not None]


def _last_day(told: Told, span: Claim | ShortAnswer) -> date:
    """The last day that a statement was told about."""
    by_id = {claim.id: claim for claim in (*told.entry.claims, *told.entry.traps)}
    under = [span] if isinstance(span, Claim) else [by_id[each] for each in span.claims]
    by_today = all(claim.measured_by == "today" for claim in under)
    asked = told.frame.today if by_today else told.frame.period.last
    return asked if span.to is None else min(asked, span.to)


def changes_since(told: Told, whole: Entry, law: Law, today: date) -> list[Change]:
    """What was told and is no longer so; empty where the answer still holds.

    Args:
        told: The answer.
        whole: The entry as it is answered with now.
        law: The register and the figures.
        today: The Chinese calendar day.
    """
    left = _left(whole, told.frame, law, today)
    if told.computed:
        recomputed = _computed_otherwise(told, left, law)
        if recomputed is not None:
            return recomputed
    now_said = {claim.id: claim for claim in (*left.claims, *left.traps)}
    fallen = {claim.id for claim in (*whole.claims, *whole.traps)} - now_said.keys()
    holding = [claim for claim in now_said.values() if holds(claim, told.frame)]
    claims = (
        _claim(told, claim, now_said.get(claim.id), holding, claim.id in fallen)
        for claim in told.claims
    )
    return [
        *_shorts(told, left, whole),
        *(change for change in claims if change is not None),
        *_handling(told, left, whole),
        *_referral(told, whole),
    ]


def _left(whole: Entry, frame: Frame, law: Law, today: date) -> Entry:
    """The entry without what rests on a document that ended for the days that were told of."""
    period = (frame.period.first, frame.period.last)
    now, then = (
        standing(whole, law.documents, law.figures, period, day).entry
        for day in (today, frame.today)
    )
    by_period = {each.id for each in (*now.claims, *now.traps)}
    by_day = {each.id for each in (*then.claims, *then.traps)}

    def stays(claim: Claim) -> bool:
        return claim.id in (by_day if claim.measured_by == "today" else by_period)

    kept = {each.id for each in (*whole.claims, *whole.traps) if stays(each)}
    shorts = {*now.short_answers, *then.short_answers}
    return whole.model_copy(
        update={
            "claims": tuple(filter(stays, whole.claims)),
            "traps": tuple(filter(stays, whole.traps)),
            "short_answers": tuple(
                short
                for short in whole.short_answers
                if short in shorts and kept.issuperset(short.claims)
            ),
            "handling": then.handling,
        }
    )


def _computed_otherwise(told: Told, left: Entry, law: Law) -> list[Change] | None:
    """How a result differs; None where it cannot be computed again, its amount said elsewhere."""
    if told.computed is None or not told.frame.amounts:
        return None
    old = "\n".join(told.computed["working"])
    again = compute.run(left, told.frame, law.documents)
    if again is None or not again.settled:
        return [Change(_result(told.computed["working"]), say("rechecked"))]
    if not differs(old, again.text):
        return []
    return [Change(_result(told.computed["working"]), _result(again.trace["working"]))]


def _result(working: Iterable[str]) -> str:
    return next(iter(working))


def _shorts(told: Told, left: Entry, whole: Entry) -> Iterator[Change]:
    new = [text for each in holding_shorts(left, told.frame) if (text := filled(each, told.frame))]
    ended = not new and bool(holding_shorts(whole, told.frame))
    for short in told.shorts:
        old = told.said(short)
        if old is not None and all(differs(old, each) for each in new):
            yield Change(old, say("rechecked") if ended else _closest(old, new))


def _claim(
    told: Told, old: Claim, new: Claim | None, holding: list[Claim], has_fallen: bool
) -> Change | None:
    before, frame = told.said(old), told.frame
    if before is None:
        return None
    if has_fallen:
        return Change(before, say("rechecked"))
    if new is None or (holds(old, frame) and not holds(new, frame)):
        texts = [text for each in holding if (text := filled(each, frame))]
        if any(not differs(before, text) for text in texts):
            return None
        near = [text for text in texts if _likeness(before, text) >= LIKE]
        return Change(before, _closest(before, near))
    after = filled(new, frame)
    if after is None:
        return Change(before, None)
    if new.certainty is not old.certainty and new.ask and not old.ask:
        return Change(before, say("now_open", text=after.rstrip("。"), ask=new.ask))
    return Change(before, after) if differs(before, after) else None


def _closest(old: str, texts: list[str]) -> str | None:
    return max(texts, key=lambda text: _likeness(old, text), default=None)


def _likeness(one: str, other: str) -> float:
    return fuzz.ratio(comparable(one), comparable(other))


def _handling(told: Told, left: Entry, whole: Entry) -> Iterator[Change]:
    """How it is done, as far as the bubble told it, by kind of instruction."""
    if told.entry.handling is None or told.computed:
        return
    fallen = whole.handling is not None and left.handling is None
    for name in (*_LISTS, *_LINES):
        texts = [told.wording(text) for text in _instructions(told.entry.handling, name)]
        old = "；".join(text.rstrip("。") for text in texts if text)
        if not old:
            continue
        new = _now_instructed(left.handling, name, told.frame.today)
        if fallen:
            yield Change(old, say("rechecked"))
        elif new is None or differs(old, new):
            yield Change(old, new)


def _instructions(handling: Handling, name: str) -> tuple[str, ...]:
    told = getattr(handling, name)
    return (told,) if isinstance(told, str) else told or ()


def _now_instructed(handling: Handling | None, name: str, day: date) -> str | None:
    if handling is None:
        return None
    try:
        texts = [fill(text, day) for text in _instructions(handling, name)]
    except NoFigure:
        return None
    return "；".join(text.rstrip("。") for text in texts) or None


def _referral(told: Told, whole: Entry) -> Iterator[Change]:
    """Whose business it is; an office or telephone that was told wrongly sends people astray."""
    if told.entry.referral is None:
        return
    old, new = (
        "，".join(each for each in referral.model_dump().values() if each) if referral else None
        for referral in (told.entry.referral, whole.referral)
    )
    if old and old != new:
        yield Change(old, new)
