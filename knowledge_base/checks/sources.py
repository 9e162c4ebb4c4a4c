"""What statements and figures rest on (依据检查): registered, still law, as sure as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from core.dated import Dated
from knowledge_base.checks.finding import Finding
from knowledge_base.force import last_day_of
from knowledge_base.schema import Claim, Document, DocumentState, Entry, ShortAnswer
from policy_rules.parameters import Basis, Certainty, Parameter

Documents = Mapping[str, Document]
#: From the least sure to the surest.
_SURE = (Certainty.OPEN, Certainty.UNVERIFIED, Certainty.SECONDARY, Certainty.VERIFIED)


def sources_of_entry(entry: Entry, documents: Documents) -> Iterator[Finding]:
    """Check the basis of every claim and of the handling, and that short answers are no surer."""
    for claim in (*entry.claims, *entry.traps):
        place = f"{entry.id}.{claim.id}"
        yield from _basis(place, claim.basis, documents)
        yield from _outlived(place, claim, claim.basis, documents)
        if claim.certainty is Certainty.VERIFIED:
            yield from _surer_than_documents(place, claim, documents)
    if entry.handling is not None:
        yield from _basis(f"{entry.id}.handling", entry.handling.basis, documents)
        yield from _ended_for_today(f"{entry.id}.handling", entry.handling.basis, documents)
    claims = {claim.id: claim for claim in (*entry.claims, *entry.traps)}
    for short in entry.short_answers:
        yield from _surer_than_claims(entry, short, claims)


def sources_of_parameter(parameter: Parameter, documents: Documents) -> Iterator[Finding]:
    """Check the basis of every value."""
    for value in parameter.values:
        for basis in value.basis:
            if basis.document not in documents:
                yield Finding(parameter.id, f"依据的文件没有登记：{basis.document}")
        yield from _outlived(parameter.id, value, value.basis, documents)


def _basis(place: str, basis: Iterable[Basis], documents: Documents) -> Iterator[Finding]:
    for each in basis:
        document = documents.get(each.document)
        if document is None:
            yield Finding(place, f"依据的文件没有登记：{each.document}")
        elif document.state is DocumentState.UNKNOWN:
            yield Finding(place, f"依据文件的效力待核：{document.id}", is_error=False)


def _outlived(
    place: str, span: Dated, basis: Iterable[Basis], documents: Documents
) -> Iterator[Finding]:
    """A statement for days after the end of what it rests on, unless that is cited as history."""
    for each in basis:
        document = documents.get(each.document)
        if document is None or each.history:
            continue
        last = last_day_of(document, each.clause)
        if last is not None and (span.to is None or span.to > last):
            what = f"适用期超过了依据文件的有效期（到{last}）：{document.id}"
            yield Finding(place, what)


def _ended_for_today(place: str, basis: Iterable[Basis], documents: Documents) -> Iterator[Finding]:
    for each in basis:
        document = documents.get(each.document)
        if document is None or each.history:
            continue
        last = last_day_of(document, each.clause)
        if last is not None and last < document.checked_on:
            yield Finding(place, f"依据文件已于{last}终止：{document.id}")


def _surer_than_documents(place: str, claim: Claim, documents: Documents) -> Iterator[Finding]:
    cited = [documents[each.document] for each in claim.basis if each.document in documents]
    unsure = [each.id for each in cited if _rank(each.certainty) <= _rank(Certainty.UNVERIFIED)]
    if unsure and len(unsure) == len(cited):
        names = "、".join(unsure)
        yield Finding(place, f"结论已核，依据文件却没有核过：{names}", is_error=False)


def _surer_than_claims(
    entry: Entry, short: ShortAnswer, claims: Mapping[str, Claim]
) -> Iterator[Finding]:
    """A short answer that rests on nothing that is decided states what nobody knows."""
    resting = [claims[each] for each in short.claims if each in claims]
    undecided = bool(resting) and all(each.certainty is Certainty.OPEN for each in resting)
    if undecided and not any(word in short.text for word in _HEDGES):
        yield Finding(f"{entry.id}.short", "短答只依据未定的结论，却没有说还不确定")


#: What a short answer says that does not decide.
_HEDGES = (
    "没有",
    "不确定",
    "未定",
    "待",
    "请问",
    "请向",
    "先问",
    "确认",
    "看当地",
    "不能肯定",
    "说不准",
)


def _rank(certainty: Certainty) -> int:
    return _SURE.index(certainty)
