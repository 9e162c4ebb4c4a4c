"""What changed between two versions of an entry (版本差异), field by field, as people read it.

A change has *substance* where a taxpayer may be told something else: the wording of what is said,
for whom, for when, how surely and on what ground. How the entry is found is not substance.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Literal

from knowledge_base.rendering import (
    Documents,
    Figures,
    at_all_times,
    basis_text,
    claim_text,
    conditions_text,
    short_text,
    span_text,
)
from knowledge_base.schema import Claim, Entry, Handling, ShortAnswer
from knowledge_base.sentences import label
from policy_rules.parameters import installed_parameters

#: Lists that only help to find or file an entry.
_LISTS = ("similar", "topics", "related", "policies")
Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class Change:
    """One difference.

    ``item`` is the claim's id, or the short answer's place in the newer version; ``aspect`` tells
    which part of the item changed, None where the whole item was added or removed.
    """

    field: str
    kind: Kind
    before: str | None
    after: str | None
    substance: bool
    item: str | None = None
    aspect: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The change with the Chinese names of field and aspect."""
        return {
            **asdict(self),
            "label": label("fields", self.field),
            "aspect_label": label("fields", self.aspect) if self.aspect else None,
        }


@dataclass(frozen=True)
class Reader:
    """What is needed to read a text with its figures and sources."""

    documents: Documents
    figures: Figures


def diff_entries(
    before: Entry, after: Entry, documents: Documents, figures: Figures | None = None
) -> list[Change]:
    """Everything that differs between two versions, what has substance first."""
    reader = Reader(documents, installed_parameters() if figures is None else figures)
    return sorted(_changes(before, after, reader), key=lambda change: not change.substance)


def has_substance(
    before: Entry, after: Entry, documents: Documents, figures: Figures | None = None
) -> bool:
    """Tell whether a taxpayer may be told something else by ``after``."""
    reader = Reader(documents, installed_parameters() if figures is None else figures)
    return any(change.substance for change in _changes(before, after, reader))


def _changes(before: Entry, after: Entry, reader: Reader) -> Iterator[Change]:
    for name in ("question", "rule"):
        yield from _changed(name, getattr(before, name), getattr(after, name), substance=True)
    yield from _shorts(before.short_answers, after.short_answers, reader)
    yield from _claims("claims", before.claims, after.claims, reader)
    yield from _claims("traps", before.traps, after.traps, reader)
    yield from _handling(before.handling, after.handling, reader)
    old_referral = before.referral.model_dump() if before.referral else {}
    new_referral = after.referral.model_dump() if after.referral else {}
    for name in {**old_referral, **new_referral}:
        yield from _changed(
            "referral", old_referral.get(name), new_referral.get(name), aspect=name, substance=True
        )
    for name in _LISTS:
        yield from _listed(name, getattr(before, name), getattr(after, name), substance=False)
    old_day, new_day = before.checked_on.isoformat(), after.checked_on.isoformat()
    yield from _changed("checked_on", old_day, new_day, substance=False)


def _changed(
    field: str,
    before: str | None,
    after: str | None,
    *,
    substance: bool,
    item: str | None = None,
    aspect: str | None = None,
) -> Iterator[Change]:
    if before == after:
        return
    kind: Kind = "changed" if before and after else "added" if after else "removed"
    yield Change(field, kind, before or None, after or None, substance, item, aspect)


def _listed(
    field: str,
    before: Iterable[str],
    after: Iterable[str],
    *,
    substance: bool,
    aspect: str | None = None,
) -> Iterator[Change]:
    old, new = list(before), list(after)
    for each in old:
        if each not in new:
            yield Change(field, "removed", each, None, substance, aspect=aspect)
    for each in new:
        if each not in old:
            yield Change(field, "added", None, each, substance, aspect=aspect)


def _worded(
    field: str, source: tuple[str, str], read: tuple[str, str], item: str | None, aspect: str
) -> Iterator[Change]:
    """A text as read; where only its source differs (a figure was typed), the source is shown."""
    if read[0] != read[1]:
        yield Change(field, "changed", read[0], read[1], True, item, aspect)
    else:
        yield from _changed(field, *source, substance=False, item=item, aspect=aspect)


def _claims(
    field: str, before: tuple[Claim, ...], after: tuple[Claim, ...], reader: Reader
) -> Iterator[Change]:
    old, new = ({claim.id: claim for claim in claims} for claims in (before, after))
    for name in old.keys() - new.keys():
        text = claim_text(old[name], reader.figures)
        yield Change(field, "removed", text, None, substance=True, item=name)
    for name, claim in new.items():
        if name not in old:
            text = claim_text(claim, reader.figures)
            yield Change(field, "added", None, text, substance=True, item=name)
        elif old[name] != claim:
            yield from _claim(field, old[name], claim, reader)


def _claim(field: str, old: Claim, new: Claim, reader: Reader) -> Iterator[Change]:
    if (old.from_, old.to) == (new.from_, new.to):
        read = claim_text(old, reader.figures), claim_text(new, reader.figures)
    else:  # the figures of either text for one and the same span
        same = old.model_copy(update={"from_": new.from_, "to": new.to})
        read = claim_text(same, reader.figures), claim_text(new, reader.figures)
    yield from _worded(field, (old.text, new.text), read, new.id, "text")
    for aspect, first, second in zip(
        ("span", "when", "certainty", "basis", "ask", "region", "measured_by"),
        _aspects(old, reader),
        _aspects(new, reader),
        strict=True,
    ):
        yield from _changed(field, first, second, substance=True, item=new.id, aspect=aspect)


def _aspects(claim: Claim, reader: Reader) -> tuple[str | None, ...]:
    return (
        span_text(claim.from_, claim.to),
        conditions_text(claim.when),
        label("certainty", claim.certainty.value),
        basis_text(claim.basis, reader.documents),
        claim.ask,
        claim.region,
        label("measured_by", claim.measured_by),
    )


def _shorts(
    before: tuple[ShortAnswer, ...], after: tuple[ShortAnswer, ...], reader: Reader
) -> Iterator[Change]:
    """Short answers have no name: the same ones are set aside, the others go by their place."""
    old = [each for each in before if each not in after]
    new = [(str(place), each) for place, each in enumerate(after, 1) if each not in before]
    for short in old[len(new) :]:
        yield Change("short_answers", "removed", short_text(short, reader.figures), None, True)
    for place, short in new[len(old) :]:
        text = short_text(short, reader.figures)
        yield Change("short_answers", "added", None, text, True, place)
    for first, (place, second) in zip(old, new, strict=False):
        same = first.model_copy(update={"from_": second.from_, "to": second.to})
        read = short_text(same, reader.figures), short_text(second, reader.figures)
        yield from _worded("short_answers", (first.text, second.text), read, place, "text")
        for aspect, told, now in (
            ("span", span_text(first.from_, first.to), span_text(second.from_, second.to)),
            ("when", conditions_text(first.when), conditions_text(second.when)),
            ("resting", "、".join(first.claims), "、".join(second.claims)),
        ):
            yield from _changed(
                "short_answers", told, now, substance=True, item=place, aspect=aspect
            )


def _handling(before: Handling | None, after: Handling | None, reader: Reader) -> Iterator[Change]:
    for name in ("steps", "materials", "channels"):
        old, new = (
            [at_all_times(text, reader.figures) for text in (getattr(each, name) if each else ())]
            for each in (before, after)
        )
        if sorted(old) == sorted(new) and old != new:
            yield Change("handling", "changed", "\n".join(old), "\n".join(new), True, aspect=name)
        yield from _listed("handling", old, new, substance=True, aspect=name)
    for name in ("time_needed", "claim_mode", "certainty", "basis"):
        told, now = (_said(each, name, reader) for each in (before, after))
        yield from _changed("handling", told, now, substance=True, aspect=name)


def _said(handling: Handling | None, name: str, reader: Reader) -> str | None:
    if handling is None:
        return None
    if name == "certainty":
        return label("certainty", handling.certainty.value)
    if name == "basis":
        return basis_text(handling.basis, reader.documents)
    told = getattr(handling, name)
    return at_all_times(told, reader.figures) if told else None
