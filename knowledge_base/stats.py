"""Counting the library (知识库统计): entries by topic, claims by certainty, and so on."""

from __future__ import annotations

from collections import Counter
from typing import Any

from knowledge_base.files import LibraryFiles
from policy_rules.parameters import parameters


def library_stats(library: LibraryFiles) -> dict[str, Any]:
    """Return the counts that reports give."""
    entries = library.entries.values()
    claims = [claim for entry in entries for claim in (*entry.claims, *entry.traps)]
    return {
        "entries": len(library.entries),
        "entries_by_topic": dict(Counter(entry.topics[0] for entry in entries).most_common()),
        "claims": len(claims),
        "claims_by_certainty": dict(
            Counter(claim.certainty.value for claim in claims).most_common()
        ),
        "documents": len(library.documents),
        "parameters": len(parameters()),
        "similar_questions": sum(len(entry.similar) for entry in entries),
        "faults": len(library.faults),
    }
