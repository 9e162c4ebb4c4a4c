"""Two reviewers and an editor who get a version published, for tests that need one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from knowledge_base.life_cycle import publish
from knowledge_base.review import approve, submit
from knowledge_base.schema import Entry
from knowledge_base.standing import Standing
from knowledge_base.store import get_entry, get_version

REVIEWERS = ("chen", "zhao")


def no_faults(_: Session, __: Entry) -> list[dict[str, Any]]:
    """A check that finds nothing."""
    return []


def digest(session: Session, entry_id: str, version: int) -> str:
    """The digest of a version as it reads now."""
    found = get_version(session, entry_id, version)
    return Standing(session, get_entry(session, entry_id)).rendering_of(found).digest


def approve_as(session: Session, entry_id: str, version: int, officer: str, now: datetime) -> int:
    """Approve a version as it reads now."""
    seen = digest(session, entry_id, version)
    return approve(session, entry_id, version=version, rendering=seen, officer=officer, now=now)


def approved(
    session: Session, entry_id: str, *, version: int, editor: str = "li", now: datetime
) -> None:
    """Bring the latest version so far that it can be published."""
    submit(session, entry_id, version=version, note="", officer=editor, now=now)
    for reviewer in REVIEWERS:
        approve_as(session, entry_id, version, reviewer, now)


def publish_reviewed(
    session: Session, entry_id: str, *, version: int, editor: str = "li", now: datetime
) -> None:
    """Publish the latest version through review."""
    approved(session, entry_id, version=version, editor=editor, now=now)
    publish(session, entry_id, version=version, officer=editor, now=now, check=no_faults)
