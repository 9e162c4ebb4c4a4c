"""What the clock does to an appeal (到期): reminds the officer, escalates to the supervisor.

Both may run twice, or late, or for a date that no longer counts, and then do nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from appeals.lifecycle import RUNNING, SYSTEM, record_move
from appeals.tables import Appeal, AppealMove, Priority, Verb


def handle_remind(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """Remind the officer that one working day is left (到期提醒)."""
    appeal = _still_due(session, payload)
    if appeal is None:
        return
    if not _did(session, appeal, Verb.REMIND, AppealMove.promise_no == appeal.promise_no):
        record_move(session, appeal, Verb.REMIND, actor=SYSTEM, now=now, words="remind_due")


def handle_escalate(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """Raise an appeal by one level because its promise was broken (超期升级).

    Once between filing, or a reopening, and the answer: a pause makes a late appeal no less late.
    """
    appeal = _still_due(session, payload)
    if appeal is None:
        return
    if _did(session, appeal, Verb.ESCALATE, AppealMove.at >= appeal.clock_from):
        return
    appeal.escalation_level += 1
    appeal.priority = Priority.ESCALATED
    record_move(session, appeal, Verb.ESCALATE, actor=SYSTEM, now=now)


def _still_due(session: Session, payload: dict[str, Any]) -> Appeal | None:
    appeal = session.get(Appeal, payload["appeal_id"])
    if appeal is None or appeal.status not in RUNNING:
        return None
    return appeal if appeal.promise_no == payload["promise_no"] else None


def _did(session: Session, appeal: Appeal, verb: Verb, when: ColumnElement[bool]) -> bool:
    move = select(AppealMove.id).where(
        AppealMove.appeal_id == appeal.id,
        AppealMove.verb == verb,
        AppealMove.actor == SYSTEM,
        when,
    )
    return session.scalar(move.limit(1)) is not None
