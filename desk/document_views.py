"""Documents of the register as the desk shows them (文件登记): state, ends, what rests on them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from consultations.relied import Source, answers_relying_on
from desk.labels import label
from desk.staff import staff_names
from knowledge_base.force import last_day_of
from knowledge_base.library import Snapshot
from knowledge_base.register import find_ending, get_document, replacing
from knowledge_base.register_tables import DocumentEnding
from knowledge_base.relied import Relied, RelyingEntry, RelyingFigure, relied_on
from knowledge_base.schema import Document, DocumentState
from knowledge_base.store import all_documents
from outreach.relied import reminders_told
from policy_rules.figures import spoken_figure
from policy_rules.parameters import Unit, Value, installed_parameters, typed

PER_PAGE = 20
#: Reminders of deadlines rest on the figures of this family.
_OF_REMINDERS = "filing."


def documents_page(
    snapshot: Snapshot,
    documents: Mapping[str, Document],
    *,
    search: str,
    state: str | None,
    topic: str | None,
    page: int,
) -> dict[str, Any]:
    """One page of the register, by number and title."""
    named = [each for each in documents.values() if _has(each, search.strip())]
    topics = {name: _topics(snapshot, name) for name in documents}
    found = [
        each
        for each in named
        if (not state or each.state.value == state) and (not topic or topic in topics[each.id])
    ]
    found.sort(key=lambda each: (-(each.issued_on.toordinal() if each.issued_on else 0), each.id))
    states = Counter(each.state.value for each in named)
    used = {each for several in topics.values() for each in several}
    return {
        "rows": [_row(each, snapshot) for each in paged(found, page)],
        "total": len(found),
        "page": page,
        "per_page": PER_PAGE,
        "states": [
            {"code": each.value, "label": label("document_states", each.value), "count": count}
            for each in DocumentState
            if (count := states[each.value])
        ],
        "topics": [{"code": each, "label": label("topics", each)} for each in sorted(used)],
    }


def _has(document: Document, search: str) -> bool:
    return any(search in text for text in (document.id, document.number or "", document.title))


def _topics(snapshot: Snapshot, document_id: str) -> set[str]:
    citing = snapshot.citing.get(document_id, ())
    return {snapshot.entries[each].topics[0] for each in citing}


def _row(document: Document, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": document.id,
        "number": document.number,
        "title": document.title,
        "issuers": list(document.issuers),
        "issued_on": _day(document.issued_on),
        "state": document.state.value,
        "state_label": label("document_states", document.state.value),
        "last_day": _day(last_day_of(document)),
        "certainty": document.certainty.value,
        "certainty_label": label("certainty", document.certainty.value),
        "checked_on": document.checked_on.isoformat(),
        "entries": len(snapshot.citing.get(document.id, ())),
        "topics": [label("topics", each) for each in sorted(_topics(snapshot, document.id))],
    }


def document_view(session: Session, snapshot: Snapshot, document_id: str) -> dict[str, Any]:
    """One document with both sides of its replacement, how it was ended, and counts."""
    document, documents = get_document(session, document_id), all_documents(session)
    ending, names = find_ending(session, document_id), staff_names(session)
    relying, source = _relying(session, document)
    answers = answers_relying_on(session, source, per_page=1)
    by_desk = [ending.replaced_by] if ending and ending.replaced_by else []
    followers = dict.fromkeys([*replacing(documents.values(), document_id), *by_desk])
    return {
        **_row(document, snapshot),
        "in_force_from": _day(document.in_force_from),
        "ended_on": _day(document.ended_on),
        "ended_clauses": list(document.ended_clauses),
        "url": document.url,
        "note": document.note,
        "replaces": [_named(each, documents) for each in document.replaces],
        "replaced_by": [_named(each, documents) for each in followers],
        "ending": ending_view(ending, names) if ending else None,
        "relied_on": {
            "entries": len(relying.entries),
            "figures": len(relying.figures),
            "answers": answers.total,
            "reminders": _reminders(session, relying, page=1)["total"],
        },
    }


def ending_view(ending: DocumentEnding, names: Mapping[str, str]) -> dict[str, Any]:
    """What the desk decided: who, when, why."""
    return {
        "state": ending.state,
        "state_label": label("document_states", ending.state),
        "ended_on": _day(ending.ended_on),
        "clauses": ending.clauses,
        "replaced_by": ending.replaced_by,
        "reason": ending.reason,
        "login": ending.ended_by,
        "by": names.get(ending.ended_by, ending.ended_by),
        "at": ending.ended_at.isoformat(),
    }


def _named(document_id: str, documents: Mapping[str, Document]) -> dict[str, Any]:
    document = documents.get(document_id)
    return {
        "id": document_id,
        "number": document.number if document else None,
        "title": document.title if document else document_id,
    }


def relying_page(session: Session, document_id: str, kind: str, page: int) -> dict[str, Any]:
    """One page of what rests on a document: entries, figures, answers or reminders."""
    relying, source = _relying(session, get_document(session, document_id))
    if kind == "answers":
        answers = answers_relying_on(session, source, page=page, per_page=PER_PAGE)
        return _page([_plain(asdict(each)) for each in answers.rows], answers.total, page)
    if kind == "reminders":
        return _reminders(session, relying, page=page)
    if kind == "figures":
        figures = [_figure_view(each) for each in paged(relying.figures, page)]
        return _page(figures, len(relying.figures), page)
    entries = [_entry_view(each) for each in paged(relying.entries, page)]
    return _page(entries, len(relying.entries), page)


def _relying(session: Session, document: Document) -> tuple[Relied, Source]:
    """What rests on a document, of a partly repealed one on what ended of it."""
    clauses = document.ended_clauses
    relying = relied_on(session, document.id, installed_parameters(), clauses=clauses)
    values = {each.parameter.id: each.values for each in relying.figures}
    spans = {
        entry.id: {
            claim: [span for name in names for span in values[name]]
            for claim, names in entry.through.items()
        }
        for entry in relying.entries
        if entry.through
    }
    return relying, Source(document.id, clauses, spans)


def _reminders(session: Session, relying: Relied, *, page: int) -> dict[str, Any]:
    """Reminders of deadlines that went out on days for which such a figure held."""
    spans: list[Value] = [
        value
        for figure in relying.figures
        if figure.parameter.id.startswith(_OF_REMINDERS)
        for value in figure.values
    ]
    told = reminders_told(session, spans, page=page, per_page=PER_PAGE)
    rows = [
        {"enterprise_id": each.enterprise_id, "due_on": each.due_on, "told_at": each.told_at}
        for each in told.rows
    ]
    return _page([_plain(each) for each in rows], told.total, page)


def _figure_view(figure: RelyingFigure) -> dict[str, Any]:
    unit = figure.parameter.unit
    return {
        "id": figure.parameter.id,
        "title": figure.parameter.title,
        "values": [
            {"from": _day(each.from_), "to": _day(each.to), "value": _said(each, unit)}
            for each in figure.values
        ],
    }


def _said(value: Value, unit: Unit) -> str:
    return spoken_figure(typed(value.value, unit), unit)


def _entry_view(entry: RelyingEntry) -> dict[str, Any]:
    return {
        **_plain(asdict(entry)),
        "state_label": label("library_states", entry.state),
    }


def _page(rows: list[Any], total: int, page: int) -> dict[str, Any]:
    return {"rows": rows, "total": total, "page": page, "per_page": PER_PAGE}


def paged(rows: Sequence[Any], page: int) -> Sequence[Any]:
    """The rows of one page."""
    return rows[(page - 1) * PER_PAGE : page * PER_PAGE]


def _day(day: Any) -> str | None:
    return day.isoformat() if day is not None else None


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        key: each.isoformat() if hasattr(each, "isoformat") else each for key, each in row.items()
    }
