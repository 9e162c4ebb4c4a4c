"""One run over what was asked (整理提问), in its transactions: by itself every hour, or at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from consultations.learning.collecting import (
    COLLECT,
    EVERY,
    keep,
    keep_verdicts,
    look,
    place,
    to_judge,
)
from consultations.learning.judging import judge
from consultations.learning.signals import SOURCES
from core.database import Sessions, in_transaction, reading
from core.due_work import file_work
from desk.learning_signals import answered_otherwise
from knowledge_base.library import Snapshot


def collect(sessions: Sessions, snapshot: Snapshot, *, now: datetime) -> int:
    """Note what may be learned from, and judge what may help.

    Args:
        sessions: Makes the sessions.
        snapshot: The library as it is answered with.
        now: The moment.

    Returns:
        How many turns were noted.
    """
    with reading(sessions) as session:
        found = look(session, sources=(*SOURCES, answered_otherwise), now=now)
    placed = place(found, snapshot)
    try:
        noted = in_transaction(sessions, lambda session: keep(session, placed, now=now))
    except IntegrityError:
        noted = 0  # another process did the same run
    revision = snapshot.revision
    with reading(sessions) as session:
        asked = to_judge(session, revision=revision)
    verdicts = {group: judge(each, snapshot) for group, each in asked.items()}
    in_transaction(sessions, lambda session: keep_verdicts(session, verdicts, revision=revision))
    return noted


def plan_collecting(session: Session, *, now: datetime) -> None:
    """File the next run, at the next full hour; filing it again changes nothing."""
    due_at = now.replace(minute=0, second=0, microsecond=0) + EVERY
    file_work(session, kind=COLLECT, key=due_at.isoformat(), due_at=due_at, payload={})
