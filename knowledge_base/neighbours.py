"""The entries that an edited one may contradict or repeat (相邻条目)."""

from __future__ import annotations

import re

from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import Session

from knowledge_base.files import parse
from knowledge_base.rendering import cited_documents
from knowledge_base.schema import Entry
from knowledge_base.tables import EntryState, LibraryEntry, LibraryVersion
from policy_rules.figures import figures_in

#: More than that are not compared while somebody waits.
MOST = 200


def neighbours(session: Session, entry_id: str, text: str) -> list[Entry]:
    """Published entries of the same topic that share a document, a figure or the question.

    Args:
        session: Open session.
        entry_id: The edited entry, which is left out.
        text: Its YAML as it is edited; what cannot be read has no neighbours.
    """
    entry, _ = parse(text, Entry, entry_id)
    if entry is None:
        return []
    body = cast(LibraryVersion.body, String)
    shared = {*figures_in(text), *cited_documents(entry), *entry.related, entry.id}
    rows = session.scalars(
        select(LibraryVersion.body)
        .join(LibraryEntry, LibraryEntry.id == LibraryVersion.entry_id)
        .where(
            LibraryEntry.state == EntryState.PUBLISHED,
            LibraryEntry.published_version == LibraryVersion.version,
            LibraryEntry.id != entry_id,
            or_(
                LibraryEntry.question.contains(_core(entry.question), autoescape=True),
                (LibraryEntry.topic == entry.topics[0])
                & or_(*(body.contains(name, autoescape=True) for name in sorted(shared))),
            ),
        )
        .order_by(LibraryEntry.id)
        .limit(MOST)
    )
    return [Entry.model_validate(each) for each in rows]


def _core(question: str) -> str:
    """A question without its signs at both ends."""
    return re.sub(r"^\W+|\W+$", "", question) or question
