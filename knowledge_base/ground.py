"""What entries rest on has changed (依据变动): documents that end or return, figures of files.

The entries read as before, but answers that people were given may no longer hold; each entry
that is concerned is told of by the due work of ``changes``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import ServiceError
from knowledge_base.changes import note_moved_ground
from knowledge_base.force import ENDED, OVER, WHOLE
from knowledge_base.library import answers_of
from knowledge_base.published import entries_at, published_versions
from knowledge_base.register_tables import SeenFigure
from knowledge_base.relied import relied_on
from knowledge_base.schema import Document, DocumentState, Entry
from knowledge_base.tables import EntryState
from policy_rules.figures import figures_in
from policy_rules.parameters import Parameter, installed_parameters


class FiguresBehind(ServiceError):
    """This process still has the figures of before; another has started since (数值未更新)."""

    code = "figures_behind"


def note_documents(
    session: Session, changed: Iterable[tuple[Document, Document]], *, now: datetime
) -> int:
    """Tell which entries rest on documents that ended, or returned, or end otherwise now.

    Args:
        session: Open session.
        changed: Documents as they were and as they are.
        now: The moment.

    Returns:
        How many entries are concerned.
    """
    figures = installed_parameters()
    concerned = {
        entry.id: entry.version
        for before, after in changed
        if _force(before) != _force(after)
        for entry in relied_on(session, after.id, figures, clauses=_clauses(before, after)).entries
        if entry.state == EntryState.PUBLISHED.value
    }
    return note_moved_ground(session, concerned, cause="document", now=now)


def _force(document: Document) -> tuple[Any, ...]:
    """All that decides for which days a document is law; see ``force.last_day_of``."""
    ended = document.ended_on or (document.checked_on if document.state in ENDED else None)
    return document.state, ended, document.ended_clauses


def _clauses(before: Document, after: Document) -> tuple[str, ...]:
    """The clauses that are concerned; none where the whole document is."""
    both = (before, after)
    partly = any(each.state is DocumentState.PARTLY_REPEALED for each in both)
    whole = any(each.state in OVER or WHOLE in each.ended_clauses for each in both)
    if not partly or whole or before.ended_on != after.ended_on:
        return ()
    return tuple(dict.fromkeys((*before.ended_clauses, *after.ended_clauses)))


def note_figures(session: Session, figures: Mapping[str, Parameter], *, now: datetime) -> int:
    """Hold the figures of this start, and tell which entries they changed under.

    The first start has nothing to compare with. A figure that is new changes no entry: whoever
    names it has a new version.

    Returns:
        How many entries are concerned.
    """
    seen = {row.id: row for row in session.scalars(select(SeenFigure))}
    found = {name: _body(each) for name, each in figures.items()}
    changed = {name for name, row in seen.items() if found.get(name) != row.body}
    for name in changed:
        if name in found:
            seen[name].body = found[name]
        else:
            session.delete(seen[name])
    new = found.keys() - seen.keys()
    session.add_all(SeenFigure(id=name, body=found[name]) for name in sorted(new))
    session.flush()
    if not changed:
        return 0
    versions = published_versions(session)
    entries = entries_at(session, versions)
    concerned = {name: versions[name] for name, each in entries.items() if _says(each, changed)}
    return note_moved_ground(session, concerned, cause="figure", now=now, figures=sorted(changed))


def check_figures(session: Session, names: Collection[str]) -> None:
    """Leave work about figures to a process that has them.

    Raises:
        FiguresBehind: One of the figures is another here than at the last start of a process.
    """
    figures = installed_parameters()
    seen = {
        row.id: row.body
        for row in session.scalars(select(SeenFigure).where(SeenFigure.id.in_(names)))
    }
    own = {name: _body(figures[name]) for name in names if name in figures}
    if own != seen:
        raise FiguresBehind(figures="、".join(sorted(names)))


def _body(parameter: Parameter) -> dict[str, Any]:
    """What of a parameter decides what is said; not what is noted beside it."""
    plain = parameter.model_dump(mode="json", by_alias=True, exclude={"title", "checked_on"})
    return {**plain, "values": [{**value, "note": None} for value in plain["values"]]}


def _says(entry: Entry, figures: Collection[str]) -> bool:
    """Whether an entry names a figure, or computes by a rule, which may use any."""
    if entry.rule is not None:
        return True
    texts = answers_of(entry)
    if entry.handling is not None:
        handling = entry.handling
        texts += [*handling.materials, *handling.channels]
        texts += [handling.time_needed or "", handling.claim_mode or ""]
    return any(name in figures for text in texts for name in figures_in(text))
