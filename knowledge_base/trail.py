"""Whether the audit trail tells of every version in the database (条目留痕检查)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.audit import AuditLine
from knowledge_base.check import Finding
from knowledge_base.tables import LibraryVersion


def check_trail(session: Session, *, loaded_by: str, since: datetime) -> list[Finding]:
    """Find versions that were saved or published at the desk, but not through its services.

    Args:
        session: Open session.
        loaded_by: The editor of versions loaded from files, which leave no line.
        since: From when on audit lines are kept.
    """
    told = {
        (line.deed, line.subject, line.data.get("version"))
        for line in session.scalars(
            select(AuditLine).where(AuditLine.deed.startswith("knowledge_base.entry."))
        )
    }
    findings = []
    versions = select(LibraryVersion).order_by(LibraryVersion.entry_id, LibraryVersion.version)
    for row in session.scalars(versions):
        deeds = (
            ("saved", "保存", row.editor, row.created_at),
            ("published", "发布", row.published_by, row.published_at),
        )
        for deed, label, by, at in deeds:
            if by in (None, loaded_by) or at is None or at < since:
                continue
            deeds_that_tell = {deed, "rolled_back"} if row.rolls_back is not None else {deed}
            lines = {
                (f"knowledge_base.entry.{each}", f"entry:{row.entry_id}", row.version)
                for each in deeds_that_tell
            }
            if told.isdisjoint(lines):
                place = f"{row.entry_id} 第{row.version}版"
                findings.append(Finding(place, f"由 {by} {label}，审计记录里却没有"))
    return findings
