"""How an entry stands (条目情形): what is answered, what is in review, whose yes still counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.orm import Session

from knowledge_base.rendering import Rendering, render_entry
from knowledge_base.schema import Entry
from knowledge_base.store import FILES, all_documents, get_version
from knowledge_base.tables import EntryState, LibraryApproval, LibraryEntry, LibraryVersion

#: So many people, none of whom wrote it, must have approved a version as it reads.
APPROVALS_NEEDED = 2


@dataclass(frozen=True)
class Approval:
    """One officer's yes; it ``holds`` while the version still reads as it did."""

    officer: str
    at: datetime
    rendering: str
    holds: bool


@dataclass(frozen=True)
class Review:
    """The version that is before the reviewers."""

    version: LibraryVersion
    writers: frozenset[str]
    rendering: Rendering
    approvals: tuple[Approval, ...]

    @property
    def holding(self) -> frozenset[str]:
        """Whose approval counts now."""
        return frozenset(each.officer for each in self.approvals if each.holds)

    @property
    def missing(self) -> int:
        """How many approvals are still to come."""
        return max(APPROVALS_NEEDED - len(self.holding), 0)


class Standing:
    """One entry with what its moves depend on, looked up once when first needed."""

    def __init__(self, session: Session, row: LibraryEntry) -> None:
        self._session = session
        self.row = row

    @property
    def is_answered(self) -> bool:
        """Whether people are answered with it now."""
        return self.row.state is EntryState.PUBLISHED

    @cached_property
    def review(self) -> Review | None:
        """The open review, if there is one."""
        if self.row.review_version is None:
            return None
        version = get_version(self._session, self.row.id, self.row.review_version)
        rendering = self.rendering_of(version)
        writers = writers_of(self._session, version)
        return Review(version, writers, rendering, self._approvals(version, writers, rendering))

    def _approvals(
        self, version: LibraryVersion, writers: frozenset[str], rendering: Rendering
    ) -> tuple[Approval, ...]:
        found = self._session.scalars(
            select(LibraryApproval)
            .where(LibraryApproval.version_id == version.id)
            .order_by(LibraryApproval.at, LibraryApproval.id)
        )
        return tuple(
            Approval(
                each.officer,
                each.at,
                each.rendering,
                holds=each.rendering == rendering.digest and each.officer not in writers,
            )
            for each in found
        )

    def rendering_of(self, version: LibraryVersion) -> Rendering:
        """A version of the entry as it reads now."""
        return render_entry(Entry.model_validate(version.body), all_documents(self._session))

    @cached_property
    def earlier(self) -> list[int]:
        """The versions that were published before, the latest first, without what is answered."""
        answered = self.row.published_version if self.is_answered else None
        found = self._session.scalars(
            select(LibraryVersion.version)
            .where(LibraryVersion.entry_id == self.row.id, LibraryVersion.published_at.is_not(None))
            .order_by(LibraryVersion.version.desc())
        )
        return [version for version in found if version != answered]

    @cached_property
    def is_wording_kept(self) -> bool:
        """Whether what was answered last may be answered again just as it was approved."""
        if self.row.published_version is None:
            return False
        last = get_version(self._session, self.row.id, self.row.published_version)
        return last.wording is None or self.reads_as_published(last)

    def reads_as_published(self, version: LibraryVersion) -> bool:
        """Whether a version still has the wording with which it was published.

        What the files last brought counts as it reads: loading them would publish it just so.
        """
        if version.wording is not None:
            return version.wording == self.rendering_of(version).wording
        return version.version == self._session.scalar(
            select(LibraryVersion.version)
            .where(LibraryVersion.entry_id == self.row.id, LibraryVersion.editor == FILES)
            .order_by(LibraryVersion.version.desc())
            .limit(1)
        )


def writers_of(session: Session, version: LibraryVersion) -> frozenset[str]:
    """Who wrote a version; of one that brings an earlier one back, the writer of that one too."""
    writers = {version.editor}
    while version.rolls_back is not None:
        version = get_version(session, version.entry_id, version.rolls_back)
        writers.add(version.editor)
    return frozenset(writers)
