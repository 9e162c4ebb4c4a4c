"""Three entries that go out together, for tests of releases on a real database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.audit import AuditLine
from core.database import Sessions, reading, transaction
from core.due_work import DueWork
from knowledge_base.changes import ENTRY_CHANGED
from knowledge_base.life_cycle import Check, suspend
from knowledge_base.loading import load_files
from knowledge_base.release_measuring import note_verdict
from knowledge_base.release_publishing import publish_release, roll_back_release
from knowledge_base.release_rows import entries_of, get_release
from knowledge_base.release_tables import LibraryRelease
from knowledge_base.releases import open_release
from knowledge_base.store import (
    current_revision,
    get_entry,
    get_version,
    published_entries,
    save_draft,
)
from knowledge_base.tables import LibraryEntry
from tests.conftest import NOW
from tests.knowledge_base.flags import as_yaml, flag_data, flag_entry, library_of
from tests.knowledge_base.reviewing import approved, no_faults

#: Two that are answered with, one that is not there yet.
FIRST, SECOND, NEW = "flags", "flags-high", "flags-new"
WRITER, OTHER = "li", "wang"
PASSED: dict[str, Any] = {"passed": True, "measures": [], "worse": [], "questions": 3}
FAILED: dict[str, Any] = {
    "passed": False,
    "questions": 3,
    "measures": [{"label": "Hit@1 首条命中", "dropped": True}],
    "worse": [
        {"text": "旗子要报吗", "dropped": True},
        {"text": "旗子多高", "dropped": False},
    ],
}


@dataclass
class ReleaseRoom:
    """Every word is one transaction at ``now``."""

    sessions: Sessions
    now: datetime = NOW
    check: Check = no_faults

    def load(self) -> None:
        entries = [flag_entry(id=each, question=f"{each}要报备吗") for each in (FIRST, SECOND)]
        with transaction(self.sessions) as session:
            load_files(session, library_of(*entries), editor="files", now=self.now)

    def later(self, **span: int) -> None:
        self.now += timedelta(**span)

    def prepare(self, *entries: str, word: str = "怎么报备") -> None:
        """Bring a new version of each entry so far that it waits to be published."""
        with transaction(self.sessions) as session:
            for name in entries:
                row = session.get(LibraryEntry, name)
                text = as_yaml(flag_data(id=name, question=f"{name}{word}"))
                base = row.latest_version if row else None
                saved = save_draft(
                    session, yaml_text=text, base_version=base, editor=WRITER, now=self.now
                )
                approved(session, name, version=saved.latest_version, now=self.now)

    def open(self, *, by: str = WRITER, entries: tuple[str, ...] | None = None) -> int:
        with transaction(self.sessions) as session:
            return open_release(
                session, note="九月的一批", entries=entries, officer=by, now=self.now
            ).id

    def measured(self, release: int, verdict: dict[str, Any] | None = PASSED, **more: Any) -> bool:
        with transaction(self.sessions) as session:
            values = {
                "run": get_release(session, release).run,
                "revision": current_revision(session),
                "fault": None,
            } | more
            return note_verdict(session, release, verdict=verdict, now=self.now, **values)

    def publish(self, release: int, **more: Any) -> None:
        with transaction(self.sessions) as session:
            values = {"officer": OTHER, "now": self.now, "check": self.check}
            publish_release(session, release, **values | more)

    def release(self, *entries: str, word: str = "怎么报备") -> int:
        """Everything from the edit to the publication."""
        self.prepare(*entries, word=word)
        release = self.open()
        self.measured(release)
        self.publish(release)
        return release

    def roll_back(self, release: int, *, by: str = OTHER) -> int:
        with transaction(self.sessions) as session:
            return roll_back_release(
                session, release, reason="说错了", officer=by, now=self.now, check=self.check
            ).id

    def suspend(self, entry: str, version: int) -> None:
        with transaction(self.sessions) as session:
            values = {"reason": "待核", "officer": OTHER, "now": self.now}
            suspend(session, entry, version=version, **values)

    def row(self, release: int) -> LibraryRelease:
        with reading(self.sessions) as session:
            return get_release(session, release)

    def items(self, release: int) -> dict[str, tuple[int | None, int | None, str | None]]:
        """By entry: before, after, remark."""
        with reading(self.sessions) as session:
            return {
                each.entry_id: (each.before, each.version, each.remark)
                for each in entries_of(session, release)
            }

    def entry(self, name: str) -> LibraryEntry:
        with reading(self.sessions) as session:
            return get_entry(session, name)

    def body(self, name: str, version: int) -> dict[str, Any]:
        with reading(self.sessions) as session:
            return get_version(session, name, version).body

    def answered(self) -> dict[str, tuple[str, int]]:
        """By entry the question and the version that people are answered with."""
        with reading(self.sessions) as session:
            return {e.id: (e.question, version) for e, version in published_entries(session)}

    def deeds(self) -> list[tuple[str, str]]:
        """Who did what to releases."""
        with reading(self.sessions) as session:
            lines = session.scalars(
                select(AuditLine)
                .where(AuditLine.deed.startswith("knowledge_base.release."))
                .order_by(AuditLine.id)
            )
            return [(line.actor, line.deed.rpartition(".")[2]) for line in lines]

    def told(self) -> list[tuple[str, int | None, str]]:
        """What was filed as changed: entry, new version, cause."""
        with reading(self.sessions) as session:
            works = session.scalars(
                select(DueWork).where(DueWork.kind == ENTRY_CHANGED).order_by(DueWork.id)
            )
            told = [work.payload for work in works]
        return [(each["entry"], each["new_version"], each["cause"]) for each in told]
