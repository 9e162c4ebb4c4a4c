"""Deleting a talk from Rasa's own tracker (删除 Rasa 记录): it has no call for that."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def forget_talks(tracker: Path, talk_ids: list[str]) -> int:
    """Delete the events of talks from the tracker file.

    Returns:
        How many events were deleted; 0 where there is no tracker yet.
    """
    if not tracker.exists():
        return 0
    deleted = 0
    with closing(sqlite3.connect(tracker, timeout=15)) as database, database:
        has_events = database.execute(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'events'"
        ).fetchone()
        if not has_events:
            return 0
        for talk_id in talk_ids:
            deleted += database.execute(
                "DELETE FROM events WHERE sender_id = ?", (talk_id,)
            ).rowcount
    return deleted
