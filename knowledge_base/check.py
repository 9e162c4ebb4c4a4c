"""Checking the library before people rely on it (知识库检查)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from knowledge_base.checks.bare_figures import FigureIndex, bare_figures
from knowledge_base.checks.finding import Finding
from knowledge_base.files import LibraryFiles
from knowledge_base.normalise import comparable
from knowledge_base.schema import Claim, DocumentState, Entry, ShortAnswer
from policy_rules.figures import figures_in
from policy_rules.parameters import NoFigure, Parameter, read_parameters
from policy_rules.rules import RULES

#: An entry that nobody has looked at for so long is named.
STALE_AFTER = timedelta(days=180)


def check_library(library: LibraryFiles, *, today: date) -> list[Finding]:
    """Check everything that can be checked without knowing the law."""
    parameters = read_parameters()
    findings = [Finding(fault.file, str(fault)) for fault in library.faults]
    for entry in library.entries.values():
        findings += _entry(entry, library, parameters, today)
    index = FigureIndex(parameters)
    for entry in library.entries.values():
        findings += bare_figures(entry, index, today=today)
    findings += _shared_wordings(library)
    findings += _sources_of_parameters(library, parameters)
    return findings


def _entry(
    entry: Entry, library: LibraryFiles, parameters: dict[str, Parameter], today: date
) -> Iterator[Finding]:
    claims = {claim.id: claim for claim in (*entry.claims, *entry.traps)}
    for claim in claims.values():
        place = f"{entry.id}.{claim.id}"
        for basis in claim.basis:
            document = library.documents.get(basis.document)
            if document is None:
                yield Finding(place, f"依据的文件没有登记：{basis.document}")
            elif _outlives(claim, document.ended_on, document.state):
                yield Finding(place, f"适用期超过了依据文件的有效期：{basis.document}", False)
        yield from _figures(place, claim.text, _days_of(claim, today), parameters)
    for short in entry.short_answers:
        place = f"{entry.id}.short"
        yield from _figures(place, short.text, _days_of(short, today), parameters)
        for name in short.claims:
            if not _covers(claims[name], short):
                yield Finding(place, f"短答的适用期超过了它依据的结论：{name}")
    yield from _handling(entry, library, parameters, today)
    if entry.rule is not None and entry.rule not in RULES:
        yield Finding(entry.id, f"没有这条测算规则：{entry.rule}")
    for other in entry.related:
        if other not in library.entries:
            yield Finding(entry.id, f"相关条目不存在：{other}")
    if today - entry.checked_on > STALE_AFTER:
        yield Finding(entry.id, f"超过{STALE_AFTER.days}天没有核对", False)


def _handling(
    entry: Entry, library: LibraryFiles, parameters: dict[str, Parameter], today: date
) -> Iterator[Finding]:
    handling = entry.handling
    if handling is None:
        return
    place = f"{entry.id}.handling"
    for basis in handling.basis:
        if basis.document not in library.documents:
            yield Finding(place, f"依据的文件没有登记：{basis.document}")
    told = (*handling.steps, *handling.materials, *handling.channels)
    for text in (*told, handling.time_needed or "", handling.claim_mode or ""):
        yield from _figures(place, text, (today,), parameters)


def _covers(claim: Claim, short: ShortAnswer) -> bool:
    if claim.from_ > short.from_:
        return False
    return claim.to is None or (short.to is not None and short.to <= claim.to)


def _days_of(span: Claim | ShortAnswer, today: date) -> tuple[date, ...]:
    """The days on which a span's figures are read: its ends, and today where it has no end."""
    return (span.from_, span.to or max(today, span.from_))


def _outlives(claim: Claim, ended_on: date | None, state: DocumentState) -> bool:
    if state is DocumentState.REPEALED and ended_on is not None:
        return claim.to is None or claim.to > ended_on
    return False


def _figures(
    place: str, text: str, days: Iterable[date], parameters: dict[str, Parameter]
) -> Iterator[Finding]:
    for parameter_id in figures_in(text):
        parameter = parameters.get(parameter_id)
        if parameter is None:
            yield Finding(place, f"没有这个参数：{parameter_id}")
            continue
        for day in dict.fromkeys(days):
            try:
                parameter.value_on(day)
            except NoFigure:
                yield Finding(place, f"参数 {parameter_id} 在 {day} 没有数值")


def _shared_wordings(library: LibraryFiles) -> Iterator[Finding]:
    owners: dict[str, set[str]] = defaultdict(set)
    for entry in library.entries.values():
        for wording in (entry.question, *entry.similar):
            owners[comparable(wording).strip()].add(entry.id)
    for wording, entries in owners.items():
        if len(entries) > 1:
            names = "、".join(sorted(entries))
            yield Finding(names, f"同一个问法指向几个条目：{wording}", False)


def _sources_of_parameters(
    library: LibraryFiles, parameters: dict[str, Parameter]
) -> Iterator[Finding]:
    for parameter in parameters.values():
        for value in parameter.values:
            for basis in value.basis:
                if basis.document not in library.documents:
                    yield Finding(parameter.id, f"依据的文件没有登记：{basis.document}")
