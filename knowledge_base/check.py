"""Checking the library before people rely on it (知识库检查)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache

from knowledge_base.checks.bare_figures import FigureIndex, bare_figures
from knowledge_base.checks.contradictions import contradictions, unequal_parameters
from knowledge_base.checks.duplicates import near_duplicates, shared_wordings
from knowledge_base.checks.finding import Finding
from knowledge_base.checks.sources import sources_of_entry, sources_of_parameter
from knowledge_base.checks.texts import texts_of
from knowledge_base.checks.unwritten import unwritten
from knowledge_base.files import LibraryFiles
from knowledge_base.rendering import cited_documents
from knowledge_base.schema import Claim, Document, Entry, ShortAnswer
from policy_rules.figures import figures_in
from policy_rules.parameters import NoFigure, Parameter, installed_parameters, read_parameters
from policy_rules.rules import RULES

#: An entry that nobody has looked at for so long is named.
STALE_AFTER = timedelta(days=180)


def check_library(library: LibraryFiles, *, today: date) -> list[Finding]:
    """Check everything that can be checked without knowing the law."""
    parameters = read_parameters()
    figures = FigureIndex(parameters)
    findings = [Finding(fault.file, str(fault)) for fault in library.faults]
    for entry in library.entries.values():
        findings += check_entry(entry, library.documents, parameters, figures, today=today)
    findings += _related(library)
    for parameter in parameters.values():
        findings += sources_of_parameter(parameter, library.documents)
    for document in library.documents.values():
        if today - document.checked_on > STALE_AFTER:
            findings.append(Finding(document.id, f"超过{STALE_AFTER.days}天没有核对", False))
    entries = library.entries.values()
    findings += contradictions(entries, parameters)
    findings += unequal_parameters(parameters)
    findings += shared_wordings(entries)
    findings += near_duplicates(entries)
    return findings


def check_one(
    entry: Entry, documents: Mapping[str, Document], others: Iterable[Entry], *, today: date
) -> Iterator[Finding]:
    """Check one entry by itself, and against some that are answered with.

    Documents and figures that do not exist are left to whoever knows the lines of the text.
    """
    parameters = installed_parameters()
    if documents.keys() >= set(cited_documents(entry)):
        yield from sources_of_entry(entry, documents)
    if parameters.keys() >= {name for told in texts_of(entry) for name in figures_in(told.text)}:
        yield from _figures(entry, parameters, today)
    yield from bare_figures(entry, _figure_index(), today=today)
    yield from _spans_of_shorts(entry)
    yield from _rule(entry)
    yield from unwritten(entry)
    several = [entry, *(other for other in others if other.id != entry.id)]
    yield from contradictions(several, parameters, only=entry.id)
    for found in (*shared_wordings(several), *near_duplicates(several)):
        if entry.id in found.place.split("、"):
            yield found


@cache
def _figure_index() -> FigureIndex:
    return FigureIndex(installed_parameters())


def check_entry(
    entry: Entry,
    documents: Mapping[str, Document],
    parameters: Mapping[str, Parameter],
    figures: FigureIndex,
    *,
    today: date,
) -> Iterator[Finding]:
    """Check one entry for itself, without the rest of the library."""
    yield from sources_of_entry(entry, documents)
    yield from _figures(entry, parameters, today)
    yield from bare_figures(entry, figures, today=today)
    yield from _spans_of_shorts(entry)
    yield from _rule(entry)
    yield from unwritten(entry)
    if today - entry.checked_on > STALE_AFTER:
        yield Finding(entry.id, f"超过{STALE_AFTER.days}天没有核对", False)


def _spans_of_shorts(entry: Entry) -> Iterator[Finding]:
    claims = {claim.id: claim for claim in (*entry.claims, *entry.traps)}
    for short in entry.short_answers:
        for name in short.claims:
            if not _covers(claims[name], short):
                yield Finding(f"{entry.id}.short", f"短答的适用期超过了它依据的结论：{name}")


def _rule(entry: Entry) -> Iterator[Finding]:
    if entry.rule is not None and entry.rule not in RULES:
        yield Finding(entry.id, f"没有这条测算规则：{entry.rule}")


def _related(library: LibraryFiles) -> Iterator[Finding]:
    """Related entries that are not there, and entries that no other one leads to."""
    led_to = {other for entry in library.entries.values() for other in entry.related}
    for entry in library.entries.values():
        for other in entry.related:
            if other not in library.entries:
                yield Finding(entry.id, f"相关条目不存在：{other}")
        if entry.id not in led_to and len(library.entries) > 1:
            yield Finding(entry.id, "没有别的条目把它列为相关条目", False)


def _covers(claim: Claim, short: ShortAnswer) -> bool:
    if claim.from_ > short.from_:
        return False
    return claim.to is None or (short.to is not None and short.to <= claim.to)


def _figures(entry: Entry, parameters: Mapping[str, Parameter], today: date) -> Iterator[Finding]:
    """Every figure that is named has to have a value on the days it is said for."""
    for told in texts_of(entry):
        place = f"{entry.id}.{told.part}"
        for name in figures_in(told.text):
            if name not in parameters:
                yield Finding(place, f"没有这个参数：{name}")
                continue
            for day in dict.fromkeys(told.days(today)):
                try:
                    parameters[name].value_on(day)
                except NoFigure:
                    yield Finding(place, f"参数 {name} 在 {day} 没有数值")
