"""Corrections nobody came for (主动告知更正): sent once, to who wants to hear of changes.

They go out by the rules of reminders: wished for, by day, one message a day, in the visitor's
own talk. Showing and sending hold the same row, so that a correction is told in one way only.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from answers.parts import Button
from consultations.tables import Author, Correction, Message
from consultations.talk import add_message
from consultations.telling import joined, mark_told, waiting_corrections, waits_since
from core.clock import china_date
from core.due_work import DueWork, file_work
from outreach.planning import CORRECT, REMIND, may_disturb, work_key
from outreach.reaching import is_wanted, latest_talk
from outreach.tables import PushKind, PushWish
from outreach.wording import kind_label, sentences


def corrections_to_push(session: Session, *, after: timedelta, now: datetime) -> list[str]:
    """Find who is to be sent a correction.

    Args:
        session: Open session.
        after: How long a correction waits for the visitor to return.
        now: The moment.

    Returns:
        The identity keys of visitors who want it and whose corrections have waited that long.
    """
    return list(
        session.scalars(
            select(Correction.identity_key)
            .join(PushWish, PushWish.identity_key == Correction.identity_key)
            .where(PushWish.kind == PushKind.POLICY_CHANGE, PushWish.wanted)
            .where(waits_since(now - after))
            .distinct()
            .order_by(Correction.identity_key)
        )
    )


def plan_corrections(session: Session, *, after: timedelta, now: datetime) -> int:
    """File one message for every visitor who is to be sent corrections today.

    Who is reminded of a deadline today has had the message of the day; corrections follow on the
    next one.

    Returns:
        To how many; none where it is too late in the day.
    """
    if not may_disturb(now):
        return 0
    today = china_date(now)
    chosen = {
        work_key(each, today): each for each in corrections_to_push(session, after=after, now=now)
    }
    reminded = set(
        session.scalars(
            select(DueWork.key).where(DueWork.kind == REMIND, DueWork.key.endswith(f":{today}"))
        )
    )
    planned = {key: each for key, each in chosen.items() if key not in reminded}
    for key, identity_key in planned.items():
        payload = {"identity_key": identity_key, "day": today.isoformat()}
        file_work(session, kind=CORRECT, key=key, due_at=now, payload=payload)
    return len(planned)


def push_corrections(
    session: Session, payload: dict[str, Any], *, after: timedelta, now: datetime
) -> Message | None:
    """Send one visitor the corrections that wait, if it is still so.

    Args:
        session: Open session.
        payload: ``identity_key``, and the ``day`` that the message was planned for.
        after: How long a correction waits for the visitor to return.
        now: The moment.

    Returns:
        The message, or None where nothing is to be said any more.
    """
    identity_key = payload["identity_key"]
    on_time = payload["day"] == china_date(now).isoformat() and may_disturb(now)
    if not on_time or not is_wanted(session, identity_key, PushKind.POLICY_CHANGE):
        return None
    conversation = latest_talk(session, identity_key)
    if conversation is None:
        return None
    rows = waiting_corrections(session, identity_key, waits_since(now - after))
    if not rows:
        return None
    words = sentences()["correction"]
    part = joined(
        rows,
        closing=words["why"].format(kind=kind_label(PushKind.POLICY_CHANGE)),
        stop=Button(words["stop_label"], "say", words["stop"]),
    )
    message = add_message(session, conversation, author=Author.SYSTEM, part=part, now=now)
    mark_told(rows, message, now=now)
    return message
