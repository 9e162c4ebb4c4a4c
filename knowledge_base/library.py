"""The library as one process holds it (知识库快照): entries, documents and the search index.

A snapshot never changes; when the revision in the database does, a new one is made beside it and
swapped in: out of the old one where few entries changed, anew where many did.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from core.database import Sessions, reading
from knowledge_base.embedding.senses import Senses
from knowledge_base.force import figures_in_force
from knowledge_base.kept_terms import terms_in_force
from knowledge_base.layer import EVER, Wording
from knowledge_base.normalise import clean
from knowledge_base.published import changes_since, entries_at
from knowledge_base.rendering import cited_documents
from knowledge_base.schema import Document, Entry
from knowledge_base.search import SearchIndex
from knowledge_base.store import all_documents, current_revision
from knowledge_base.thesaurus import Variant, file_terms, keep
from policy_rules.parameters import Parameter, installed_parameters

#: With more edits than that the whole is indexed anew, and its weights with it.
MOST_EDITS = 300


@dataclass(frozen=True)
class Snapshot:
    """What is published at one revision."""

    revision: int
    entries: dict[str, Entry]
    versions: dict[str, int]
    documents: dict[str, Document]
    index: SearchIndex
    terms: frozenset[Variant] = frozenset()  # what editors keep beside the thesaurus

    @cached_property
    def figures(self) -> Mapping[str, Parameter]:
        """The legal figures, each for the days on which its documents are law."""
        return figures_in_force(installed_parameters(), self.documents)

    @cached_property
    def citing(self) -> Mapping[str, tuple[str, ...]]:
        """The entries that cite a document, by its id."""
        found: dict[str, list[str]] = defaultdict(list)
        for entry in self.entries.values():
            for document in cited_documents(entry):
                found[document].append(entry.id)
        return {name: tuple(entries) for name, entries in found.items()}

    def are_related(self, one: str, other: str) -> bool:
        """Tell whether one of two published entries names the other as related."""
        return other in self.entries[one].related or one in self.entries[other].related


def answers_of(entry: Entry) -> list[str]:
    """Every text in which ``entry`` answers: in short, its claims, traps and steps."""
    texts = [each.text for each in entry.short_answers]
    texts += [each.text for each in (*entry.claims, *entry.traps)]
    return [*texts, *(entry.handling.steps if entry.handling else ())]


def texts_of(entry: Entry) -> tuple[str, ...]:
    """Everything that ``entry`` says: every way of asking, and what it answers."""
    return (entry.question, *entry.similar, *answers_of(entry))


def wordings_of(entry: Entry) -> list[Wording]:
    """Every way of asking that leads to ``entry``."""
    spans = tuple(
        (claim.from_, claim.to or EVER[1])
        if claim.measured_by == "tax_period"
        else (EVER[0], claim.to or EVER[1])
        for claim in entry.claims
    )
    regions = {claim.region for claim in entry.claims}
    region = regions.pop() if len(regions) == 1 else "全国"
    body = " ".join(answers_of(entry))
    return [
        Wording(entry.id, text, body if place == 0 else "", spans, region)
        for place, text in enumerate((entry.question, *entry.similar))
    ]


def build_snapshot(
    entries: list[tuple[Entry, int]], documents: dict[str, Document], revision: int
) -> Snapshot:
    """Build a snapshot with its index."""
    return Snapshot(
        revision=revision,
        entries={entry.id: entry for entry, _ in entries},
        versions={entry.id: version for entry, version in entries},
        documents=documents,
        index=SearchIndex(wording for entry, _ in entries for wording in wordings_of(entry)),
    )


def changed_snapshot(
    before: Snapshot,
    entries: dict[str, Entry],
    versions: dict[str, int],
    documents: dict[str, Document],
    revision: int,
) -> Snapshot:
    """Make the next snapshot out of the last one.

    Args:
        before: The last one.
        entries: The entries that are new or have another version.
        versions: Every entry that is published now, with its version.
        documents: The register.
        revision: What the database stands at.
    """
    gone = before.versions.keys() - versions.keys()
    standing = {**before.entries, **entries}
    for name in gone:
        del standing[name]
    wordings = (wording for entry in entries.values() for wording in wordings_of(entry))
    return Snapshot(
        revision=revision,
        entries=standing,
        versions=versions,
        documents=documents,
        index=before.index.changed(wordings, gone | entries.keys()),
    )


def entries_saying(entries: Mapping[str, Entry], terms: Iterable[Variant]) -> dict[str, Entry]:
    """The entries in which any of the terms is said: they are compared otherwise by now."""
    said = {text for each in terms for text in (each.text, each.term)} - file_terms()
    return {
        name: entry
        for name, entry in (entries.items() if said else ())
        if any(
            text in clean(f"{wording.text} {wording.body}")
            for wording in wordings_of(entry)
            for text in said
        )
    }


class Library:
    """Gives the current snapshot; :meth:`refresh` is called about once a second."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._lock = threading.Lock()
        self._snapshot = build_snapshot([], {}, -1)
        self._touched_last: datetime | None = None
        self._tell: Callable[[], None] | None = None

    @property
    def snapshot(self) -> Snapshot:
        """What is published, as this process last saw it."""
        return self._snapshot

    def on_change(self, tell: Callable[[], None]) -> None:
        """Let somebody know of every new snapshot."""
        self._tell = tell

    def take_senses(self, senses: Senses, revision: int) -> bool:
        """Search with a model from outside too, unless the library has changed meanwhile."""
        with self._lock:
            before = self._snapshot
            if before.revision != revision:
                return False
            self._snapshot = replace(before, index=before.index.with_senses(senses))
            return True

    def refresh(self) -> bool:
        """Take over what was published meanwhile.

        Returns:
            Whether anything had changed.
        """
        with self._lock:
            with reading(self._sessions) as session:
                revision = current_revision(session)
                before = self._snapshot
                if revision == before.revision:
                    return False
                changes = changes_since(session, before.versions, self._touched_last)
                versions = changes.versions
                documents = all_documents(session)
                terms = terms_in_force(session)
                keep(terms)
                resaid = entries_saying(before.entries, terms ^ before.terms)
                edits = len(resaid) + len(changes.news) + len(changes.gone)
                is_small = edits + before.index.edited <= MOST_EDITS and len(before.index) > 0
                entries = entries_at(session, changes.news if is_small else versions)
            if is_small:
                standing = {name: each for name, each in resaid.items() if name in versions}
                after = changed_snapshot(
                    before, {**standing, **entries}, versions, documents, revision
                )
            else:
                pairs = [(entry, versions[name]) for name, entry in entries.items()]
                after = build_snapshot(pairs, documents, revision)
            self._snapshot = replace(after, terms=terms)
            self._touched_last = changes.latest
        if self._tell is not None:
            self._tell()
        return True


def speaks_of(entry: Entry, first: date, last: date) -> bool:
    """Tell whether any claim of ``entry`` holds on a day of the span."""
    return any(claim.overlaps(first, last) for claim in entry.claims)
