"""Telling people what has changed since they were told (告知更正): in a talk, once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from answers.parts import Button, Part
from answers.sentences import say_button
from consultations.sentences import say
from consultations.tables import Author, Conversation, Correction, CorrectionVerdict, Message
from consultations.talk import add_message
from core.clock import china_date

#: More corrections than this are not said at once; the others follow at the next return.
AT_ONCE = 5
#: What is worth writing to somebody for. What has ended as planned is said on return alone.
_URGENT = (
    CorrectionVerdict.CHANGED,
    CorrectionVerdict.WITHDRAWN,
    CorrectionVerdict.VALID_AGAIN,
    CorrectionVerdict.ANSWERED,
)
#: What is no correction, but told like one.
_NEWS = CorrectionVerdict.ANSWERED


def waits_since(moment: datetime) -> ColumnElement[bool]:
    """The condition for corrections that are worth a message and nobody has come for since."""
    return and_(
        Correction.shown_at.is_(None),
        Correction.verdict.in_(_URGENT),
        Correction.queued_at <= moment,
    )


def waiting_corrections(
    session: Session, identity_key: str, *conditions: ColumnElement[bool]
) -> Sequence[Correction]:
    """The corrections that wait for a person, the oldest first, held so that they are told once."""
    return session.scalars(
        select(Correction)
        .where(Correction.identity_key == identity_key, Correction.shown_at.is_(None), *conditions)
        .order_by(Correction.told_at, Correction.id)
        .limit(AT_ONCE)
        .with_for_update()
    ).all()


def tell_corrections(
    session: Session, conversation: Conversation, *, now: datetime
) -> list[Message]:
    """Say the corrections that wait for this person, each once, the oldest first."""
    if conversation.is_evaluation:
        return []
    messages = []
    for row in waiting_corrections(session, conversation.identity_key):
        part = correction_part(row)
        message = add_message(session, conversation, author=Author.SYSTEM, part=part, now=now)
        mark_told([row], message, now=now)
        messages.append(message)
    return messages


def mark_told(rows: Iterable[Correction], message: Message, *, now: datetime) -> None:
    """Hold that a message told these corrections."""
    for row in rows:
        row.shown_at, row.message_id = now, message.id


def correction_part(row: Correction) -> Part:
    """Put one correction into words."""
    told_on = china_date(row.told_at)
    intro = say(
        f"correction_{row.verdict.value}",
        date=f"{told_on.year}年{told_on.month}月{told_on.day}日",
        question=row.question,
    )
    return Part(
        text="\n".join([intro, *(_line(row, each) for each in row.changes)]),
        kind="correction",
        title=say("answered_title" if row.verdict is _NEWS else "correction_title"),
        buttons=(Button(say("ask_again"), "say", row.question), say_button("person")),
    )


def _line(row: Correction, change: dict[str, str | None]) -> str:
    if row.verdict is _NEWS:
        news = change["new"]
        return say("answered_line", new=news) if news else say("answered_elsewhere")
    if row.verdict is CorrectionVerdict.CHANGED:
        return say("corrected_line", old=change["old"], new=change["new"] or say("no_longer"))
    return say("withdrawn_line", old=change["old"])


def joined(rows: Sequence[Correction], *, closing: str, stop: Button) -> Part:
    """Put several corrections into one message that goes out unasked.

    Args:
        rows: At least one.
        closing: Why the message came, and how to have no more of them.
        stop: The button that does so.
    """
    parts = [correction_part(row) for row in rows]
    questions = dict.fromkeys(row.question for row in rows)
    again = [Button(each, "say", each) for each in questions] if len(questions) > 1 else []
    buttons = again or [parts[0].buttons[0]]
    return replace(
        parts[0],
        text="\n\n".join([*(part.text for part in parts), closing]),
        buttons=(*buttons, say_button("person"), stop),
    )
