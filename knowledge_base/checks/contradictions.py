"""Statements that cannot both hold (矛盾检查): other figures, or the opposite, for one case."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from core.dated import Dated
from knowledge_base.checks.duplicates import Text, likeness, near_pairs
from knowledge_base.checks.finding import Finding
from knowledge_base.schema import Claim, Conditions, Entry
from policy_rules.figures import figures_in, fill
from policy_rules.parameters import Certainty, NoFigure, Parameter, typed

_LISTS = ("taxpayer_type", "subject", "filing_cycle")
#: Two texts so much alike, figures and verdicts left out, are about the same thing.
SAME_SUBJECT = 0.8
#: Of one policy, less is enough.
SAME_POLICY = 0.72
#: Texts that say both yes and no have to be more alike to be opposites.
SAME_MIXED = 0.9
#: Where both name their figures by parameter, which are two things by name, nothing less is.
SAME_WORDS = 0.95
_LARGEST_BLOCK = 40
_NUMBER = re.compile(
    r"\d[\d,]*(?:\.\d+)?\s*(?:[%％‰]|[万亿千百]?元|个?工作日|个月|小时|[年月日天号倍分人次条])?"
)
#: No and yes; the no first, so that 不可以 is not read as 可以.
_VERDICTS = tuple(
    (re.compile(no), re.compile(yes))
    for no, yes in (
        (r"不可以|不能|不得|不允许", r"可以|允许|能(?!源|力)"),
        (r"不免(?!费)|照常缴|照常征", r"免(?!费|除)"),
        (r"不用缴|不缴|无需缴|不需要缴", r"要缴|应当缴|应缴|须缴"),
        (r"不征", r"征(?:收|税)"),
        (r"不需要|不用|无需|不必", r"需要|必须|应当|要(?!求|素|件|么)"),
        (r"不享受|不适用", r"享受|适用"),
    )
)


@dataclass(frozen=True)
class _Statement:
    """A claim with its figures and verdicts taken out of its words."""

    entry: Entry
    claim: Claim
    figures: tuple[str, ...]
    verdicts: tuple[tuple[int, int], ...]  # by kind, how often no and how often yes
    masked: Text

    @property
    def place(self) -> str:
        return f"{self.entry.id}.{self.claim.id}"


def contradictions(
    entries: Iterable[Entry], parameters: Mapping[str, Parameter], *, only: str | None = None
) -> Iterator[Finding]:
    """Find claims that say another figure or the opposite for days, region and case they share.

    Args:
        entries: The library.
        parameters: Legal figures by id.
        only: Only pairs with a claim of this entry.
    """
    statements = {
        each.place: each
        for entry in entries
        for claim in (*entry.claims, *entry.traps)
        if (each := _statement(entry, claim, parameters)) is not None
    }
    pairs = [*near_pairs((each.masked for each in statements.values()), SAME_SUBJECT)]
    pairs += _of_one_policy(statements.values())
    for first, second in sorted({tuple(sorted((a.owner, b.owner))) for a, b in pairs}):
        one, other = statements[first], statements[second]
        if only in (None, one.entry.id, other.entry.id) and _meet(one.claim, other.claim):
            yield from _difference(one, other)


def _statement(
    entry: Entry, claim: Claim, parameters: Mapping[str, Parameter]
) -> _Statement | None:
    """None for what states nothing: open claims, and texts whose figures are missing."""
    if claim.certainty is Certainty.OPEN:
        return None
    try:
        said = fill(claim.text, claim.from_, parameters)
    except NoFigure:
        return None
    figures = tuple(sorted(re.sub(r"[\s,]", "", each) for each in _NUMBER.findall(said)))
    masked, verdicts = _without_verdicts(_NUMBER.sub("", said))
    place = f"{entry.id}.{claim.id}"
    return _Statement(entry, claim, figures, verdicts, Text.of(place, masked))


def _without_verdicts(text: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    found = []
    for no, yes in _VERDICTS:
        text, denied = no.subn("", text)
        text, affirmed = yes.subn("", text)
        found.append((denied, affirmed))
    return text, tuple(found)


def _of_one_policy(statements: Iterable[_Statement]) -> Iterator[tuple[Text, Text]]:
    """Pairs of claims on one policy that are somewhat alike, by blocks of shared pairs."""
    blocks: dict[tuple[str, str], list[_Statement]] = defaultdict(list)
    for each in statements:
        for policy in each.entry.policies:
            for pair in sorted(each.masked.pairs)[:3]:
                blocks[policy, pair].append(each)
    for block in blocks.values():
        for one, other in combinations(block, 2) if len(block) <= _LARGEST_BLOCK else ():
            if likeness(one.masked, other.masked) >= SAME_POLICY:
                yield one.masked, other.masked


def _meet(one: Claim, other: Claim) -> bool:
    """Whether there is a case for which both claims hold."""
    return (
        one.overlaps(other.from_, other.to or date.max)
        and (one.region == other.region or "全国" in (one.region, other.region))
        and _may_both(one.when, other.when)
    )


def _may_both(one: Conditions, other: Conditions) -> bool:
    if one.case != other.case:
        return False
    for name in _LISTS:
        left, right = set(getattr(one, name)), set(getattr(other, name))
        if left and right and not left & right:
            return False
    return True


def _difference(one: _Statement, other: _Statement) -> Iterator[Finding]:
    places = f"{one.place}、{other.place}"
    alike = likeness(one.masked, other.masked)
    if any(_opposite(*each, alike) for each in zip(one.verdicts, other.verdicts, strict=True)):
        yield Finding(places, "同一情形下一说是、一说否，两条结论矛盾")
    elif one.figures != other.figures and len(one.figures) == len(other.figures):
        named = bool(figures_in(one.claim.text)) and bool(figures_in(other.claim.text))
        if named and alike < SAME_WORDS:
            return
        said = "、".join(sorted(set(one.figures) ^ set(other.figures)))
        what = f"同一情形下数值不同，两条结论可能矛盾：{said}"
        yield Finding(places, what, is_error=not named)


def _opposite(one: tuple[int, int], other: tuple[int, int], alike: float) -> bool:
    """Whether two texts decide as often, but not the same way; more often only if very alike."""
    if sum(one) != sum(other) or one == other:
        return False
    return sum(one) == 1 or alike >= SAME_MIXED


def unequal_parameters(parameters: Mapping[str, Parameter]) -> Iterator[Finding]:
    """Find figures of one name and unit that differ on a day on which both hold."""
    named: dict[tuple[str, str], list[Parameter]] = defaultdict(list)
    for parameter in parameters.values():
        name = re.sub(r"\W|的", "", parameter.title)
        named[name, parameter.unit.value].append(parameter)
    for group in named.values():
        for one, other in combinations(group, 2):
            if _differ(one, other):
                names = f"{one.id}、{other.id}"
                yield Finding(names, f"同名的数值在同一期间不相等：{one.title}")


def _differ(left: Parameter, right: Parameter) -> bool:
    return any(
        _share_a_day(one, other) and typed(one.value, left.unit) != typed(other.value, right.unit)
        for one in left.values
        for other in right.values
    )


def _share_a_day(one: Dated, other: Dated) -> bool:
    return one.overlaps(other.from_, other.to or date.max)
