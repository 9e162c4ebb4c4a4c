"""An editors' room on a real database: short words for the moves of one entry about flags."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from core.audit import AuditLine
from core.database import Sessions, in_transaction, reading, transaction
from core.due_work import DueWork, LeaseLost, claim_work, finish_work
from knowledge_base import life_cycle, review, schedule
from knowledge_base.changes import ENTRY_CHANGED
from knowledge_base.life_cycle import Check
from knowledge_base.loading import load_files
from knowledge_base.moves import MOVES, begin, refusal, version_for
from knowledge_base.schema import Document, Entry
from knowledge_base.standing import Standing
from knowledge_base.store import get_entry, get_version, published_entries, save_draft
from knowledge_base.tables import LibraryEntry, LibraryVersion
from tests.conftest import NOW
from tests.knowledge_base.flags import as_yaml, flag_data, flag_document, flag_entry, library_of
from tests.knowledge_base.reviewing import REVIEWERS, approve_as, approved, digest, no_faults

LEASE = timedelta(seconds=60)
WRITER, OTHER = "li", "wang"


@dataclass
class Room:
    """The entry ``flags``; every word is one transaction at ``now``."""

    sessions: Sessions
    now: datetime = NOW
    check: Check = no_faults

    def later(self, **span: int) -> None:
        self.now += timedelta(**span)

    def load(self, *entries: Entry, documents: tuple[Document, ...] | None = None) -> None:
        with transaction(self.sessions) as session:
            files = library_of(*(entries or (flag_entry(),)), documents=documents)
            load_files(session, files, editor="files", now=self.now)

    def save(self, base: int | None = None, *, by: str = WRITER, **changes: Any) -> int:
        with transaction(self.sessions) as session:
            text = as_yaml(flag_data(**changes))
            row = save_draft(session, yaml_text=text, base_version=base, editor=by, now=self.now)
            return row.latest_version

    def register(self, document: Document) -> None:
        """Bring a document into the register without any entry."""
        with transaction(self.sessions) as session:
            load_files(session, library_of(documents=(document,)), editor="files", now=self.now)

    def do(self, verb: str, *, by: str = OTHER, version: int | None = None, **values: Any) -> Any:
        """Make a move about the version it is about, unless another is named."""

        def work(session: Any) -> Any:
            about = version or version_for(get_entry(session, "flags"), verb) or 0
            common = {"version": about, "officer": by, "now": self.now}
            return self._move(verb, session, common, values)

        return in_transaction(self.sessions, work)

    def _move(self, verb: str, session: Any, common: dict[str, Any], values: Any) -> Any:
        reason = {"reason": "说明"} | values
        match verb:
            case "submit":
                return review.submit(session, "flags", **common, note=values.get("note", ""))
            case "withdraw":
                return review.withdraw(session, "flags", **common)
            case "return":
                return review.return_to_draft(session, "flags", **common, **reason)
            case "approve":
                seen = values.get("rendering") or digest(session, "flags", common["version"])
                return review.approve(session, "flags", **common, rendering=seen)
            case "publish":
                return life_cycle.publish(session, "flags", **common, check=self.check)
            case "schedule":
                return schedule.schedule(session, "flags", **common, **values, check=self.check)
            case "cancel_schedule":
                return schedule.cancel_schedule(session, "flags", **common)
            case "expire":
                return schedule.expire_on(session, "flags", **common, **reason)
            case "cancel_expiry":
                return schedule.cancel_expiry(session, "flags", **common)
            case "roll_back":
                return life_cycle.roll_back(session, "flags", **common, **reason, check=self.check)
        return getattr(life_cycle, verb)(session, "flags", **common, **reason)

    def approve_all(self, version: int) -> None:
        with transaction(self.sessions) as session:
            approved(session, "flags", version=version, editor=WRITER, now=self.now)

    def approve_again(self, version: int) -> None:
        with transaction(self.sessions) as session:
            for officer in REVIEWERS:
                approve_as(session, "flags", version, officer, self.now)

    def publish(self, base: int | None = None, **changes: Any) -> int:
        """Save, have approved and publish a version."""
        version = self.save(base, **changes)
        self.approve_all(version)
        self.do("publish")
        return version

    def send_back(self) -> list[str]:
        with transaction(self.sessions) as session:
            return life_cycle.send_back_changed(session, now=self.now)

    def refusals(self, by: str = OTHER) -> dict[str, str | None]:
        with reading(self.sessions) as session:
            standing = Standing(session, get_entry(session, "flags"))
            return {verb: refusal(standing, verb, by) for verb in MOVES}

    def try_to(self, verb: str, by: str = OTHER) -> None:
        """Begin a move and leave it at that."""
        with reading(self.sessions) as session:
            version = version_for(get_entry(session, "flags"), verb) or 0
            begin(session, "flags", verb, version=version, officer=by)

    def row(self) -> LibraryEntry:
        with reading(self.sessions) as session:
            return get_entry(session, "flags")

    def version(self, number: int) -> LibraryVersion:
        with reading(self.sessions) as session:
            return get_version(session, "flags", number)

    def standing(self) -> Standing:
        """How the entry stands, with its review looked up."""
        with reading(self.sessions) as session:
            standing = Standing(session, get_entry(session, "flags"))
            assert standing.review is None or standing.review.rendering
            return standing

    def answered(self) -> tuple[str, int] | None:
        """The question and the version that people are answered with."""
        with reading(self.sessions) as session:
            found = {e.id: (e.question, version) for e, version in published_entries(session)}
        return found.get("flags")

    def deeds(self) -> list[str]:
        with reading(self.sessions) as session:
            lines = session.scalars(select(AuditLine).order_by(AuditLine.id))
            return [line.deed.removeprefix("knowledge_base.entry.") for line in lines]

    def told(self) -> list[tuple[int | None, int | None, str]]:
        """What was filed as changed: old version, new version, cause."""
        with reading(self.sessions) as session:
            works = session.scalars(
                select(DueWork).where(DueWork.kind == ENTRY_CHANGED).order_by(DueWork.id)
            )
            told = [work.payload for work in works]
        return [(each["old_version"], each["new_version"], each["cause"]) for each in told]

    def claim(self) -> list[DueWork]:
        kinds = [schedule.PUBLISH, schedule.EXPIRE]
        with transaction(self.sessions) as session:
            return claim_work(session, kinds=kinds, now=self.now, lease=LEASE)

    def finish(self, work: DueWork) -> bool:
        """Do claimed work as the loop does, in one transaction with marking it as done."""
        with suppress(LeaseLost), transaction(self.sessions) as session:
            finish_work(session, work.id, tries=work.tries, now=self.now)
            if work.kind == schedule.PUBLISH:
                changed = schedule.publish_due(
                    session, work.payload, now=self.now, check=self.check
                )
            else:
                changed = schedule.expire_due(session, work.payload, now=self.now)
            return changed
        return False

    def work_off(self) -> list[bool]:
        return [self.finish(work) for work in self.claim()]


def ended(**changes: Any) -> Document:
    """The document of the flags after its end."""
    return flag_document(**{"state": "repealed", "ended_on": "2026-10-01"} | changes)
