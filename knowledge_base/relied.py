"""What rests on a document (依据关联): entries by claim and short answer, and legal figures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.orm import Session

from knowledge_base.force import is_among
from knowledge_base.schema import Entry
from knowledge_base.tables import LibraryEntry, LibraryVersion
from policy_rules.figures import figures_in
from policy_rules.parameters import Basis, Parameter, Value

_BATCH = 500


@dataclass(frozen=True)
class RelyingFigure:
    """A parameter with those of its values that rest on the document."""

    parameter: Parameter
    values: tuple[Value, ...]


@dataclass(frozen=True)
class RelyingEntry:
    """An entry with what in it rests on the document, directly or through a figure."""

    id: str
    question: str
    state: str
    version: int
    claims: tuple[str, ...]
    shorts: tuple[int, ...]  # places, from 0
    handling: bool
    through: dict[str, tuple[str, ...]]  # by claim, the figures through which it does


@dataclass(frozen=True)
class Relied:
    """Everything that rests on one document."""

    entries: tuple[RelyingEntry, ...]
    figures: tuple[RelyingFigure, ...]


def relied_on(
    session: Session,
    document_id: str,
    figures: Mapping[str, Parameter],
    *,
    clauses: Iterable[str] = (),
) -> Relied:
    """Find what rests on a document; what only cites it as history does not.

    Args:
        session: Open session.
        document_id: The document.
        figures: Legal figures by id.
        clauses: Only what rests on one of these clauses; all of it where none is named.
    """
    ended = tuple(clauses)
    resting = figures_on(document_id, figures, ended)
    names = {each.parameter.id for each in resting}
    entries = (
        found
        for entry, state, version in _candidates(session, [document_id, *sorted(names)])
        if (found := _in_entry(entry, state, version, _Wanted(document_id, ended, names)))
    )
    return Relied(tuple(entries), tuple(resting))


def figures_on(
    document_id: str, figures: Mapping[str, Parameter], clauses: tuple[str, ...] = ()
) -> list[RelyingFigure]:
    """The legal figures that rest on a document, or on some clauses of it."""
    found = []
    for parameter in figures.values():
        values = tuple(v for v in parameter.values if _rests(v.basis, document_id, clauses))
        if values:
            found.append(RelyingFigure(parameter, values))
    return found


def _rests(basis: Iterable[Basis], document_id: str, clauses: tuple[str, ...]) -> bool:
    return any(
        each.document == document_id
        and not each.history
        and (not clauses or is_among(each.clause, clauses))
        for each in basis
    )


@dataclass(frozen=True)
class _Wanted:
    """A document, those of its clauses that are meant, and the figures that rest on it."""

    document_id: str
    clauses: tuple[str, ...]
    figures: set[str]

    def rests(self, text: str, basis: Iterable[Basis] = ()) -> bool:
        return bool(self.named(text)) or _rests(basis, self.document_id, self.clauses)

    def named(self, text: str) -> set[str]:
        return self.figures.intersection(figures_in(text))


def _in_entry(entry: Entry, state: str, version: int, wanted: _Wanted) -> RelyingEntry | None:
    """What of an entry rests on the document; None where nothing does."""
    every = {each.id: each for each in (*entry.claims, *entry.traps)}
    claims = tuple(each.id for each in every.values() if wanted.rests(each.text, each.basis))
    shorts = tuple(
        place
        for place, short in enumerate(entry.short_answers)
        if wanted.rests(short.text) or set(claims).intersection(short.claims)
    )
    through = {name: wanted.named(claim.text) for name, claim in every.items()}
    for short in entry.short_answers:
        for name in short.claims:
            through[name] = through[name] | wanted.named(short.text)
    handling = entry.handling
    told = (*handling.steps, *handling.materials, *handling.channels) if handling else ()
    done = handling is not None and wanted.rests(
        " ".join((*told, handling.time_needed or "", handling.claim_mode or "")), handling.basis
    )
    if not claims and not shorts and not done:
        return None
    by_claim = {name: tuple(sorted(named)) for name, named in through.items() if named}
    return RelyingEntry(entry.id, entry.question, state, version, claims, shorts, done, by_claim)


def _candidates(session: Session, named: list[str]) -> Iterator[tuple[Entry, str, int]]:
    """The entries, as answered or else as last written, whose text has one of the names."""
    body = cast(LibraryVersion.body, String)
    rows = session.execute(
        select(LibraryVersion.body, LibraryEntry.state, LibraryVersion.version)
        .join(LibraryEntry, LibraryVersion.entry_id == LibraryEntry.id)
        .where(
            LibraryVersion.version
            == func.coalesce(LibraryEntry.published_version, LibraryEntry.latest_version),
            or_(*(body.contains(name, autoescape=True) for name in named)),
        )
        .order_by(LibraryEntry.id)
        .execution_options(yield_per=_BATCH)
    )
    for found, state, version in rows:
        yield Entry.model_validate(found), state.value, version
