"""Counting the library (知识库统计): entries by topic, claims by certainty, and so on."""

from __future__ import annotations

from collections import Counter
from statistics import median
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from knowledge_base.files import LibraryFiles
from knowledge_base.register_tables import DocumentEnding
from knowledge_base.tables import LibraryEntry
from policy_rules.parameters import parameters


def library_stats(library: LibraryFiles) -> dict[str, Any]:
    """Return the counts that reports give of the authored files."""
    entries = library.entries.values()
    claims = [claim for entry in entries for claim in (*entry.claims, *entry.traps)]
    wordings = [len(entry.similar) for entry in entries]
    states = Counter(each.state.value for each in library.documents.values())
    return {
        "entries": len(library.entries),
        "entries_by_topic": dict(Counter(entry.topics[0] for entry in entries).most_common()),
        "claims": len(claims),
        "claims_by_certainty": dict(
            Counter(claim.certainty.value for claim in claims).most_common()
        ),
        "traps": sum(len(entry.traps) for entry in entries),
        "entries_without_trap": sum(not entry.traps for entry in entries),
        "documents": len(library.documents),
        "documents_by_state": dict(states.most_common()),
        "parameters": len(parameters()),
        "similar_questions": sum(wordings),
        "similar_per_entry": {"min": min(wordings, default=0), "median": _median(wordings)},
        "faults": len(library.faults),
    }


def _median(counts: list[int]) -> float:
    return float(median(counts)) if counts else 0.0


def stored_stats(session: Session) -> dict[str, Any]:
    """Return the counts that only a database knows: entries by state, documents ended by hand."""
    states = session.execute(
        select(LibraryEntry.state, func.count()).group_by(LibraryEntry.state)
    ).tuples()
    ended = select(func.count(DocumentEnding.id)).where(
        DocumentEnding.undone_at.is_(None), DocumentEnding.overtaken_at.is_(None)
    )
    return {
        "entries_by_state": {state.value: count for state, count in states},
        "documents_ended_at_desk": session.scalar(ended) or 0,
    }
