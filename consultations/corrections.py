"""我们告诉过您，现在变了: finding who was told an answer that has changed, and telling them.

A correction waits until the person returns, on any talk of theirs. What was told is compared
claim by claim with the entry as it now stands, for the tax period and facts of that answer, so a
better wording or another period's change disturbs nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from answers.frame import Frame, Query
from answers.parts import Button, Part
from answers.render import day_for, holding_shorts, holds
from answers.sentences import say_button
from consultations.sentences import say
from consultations.substance import differs
from consultations.tables import (
    Answer,
    Author,
    Conversation,
    Correction,
    CorrectionVerdict,
    Message,
    Turn,
)
from consultations.talk import add_message
from core.clock import china_date
from core.periods import Period
from knowledge_base.schema import Claim, Entry, ShortAnswer
from knowledge_base.store import EntryUnknown, get_version
from policy_rules.figures import fill
from policy_rules.parameters import NoFigure

#: The kind of due work that the library files when an entry is no longer answered as before.
ENTRY_CHANGED = "knowledge_base.entry_changed"
#: More corrections than this are not said at once; the others follow at the next return.
AT_ONCE = 5
_BATCH = 500
_TOLD = ("answered", "computed", "referred")


@dataclass(frozen=True)
class Change:
    """One statement that a person was told, and what now stands in its place."""

    old: str
    new: str | None  # None: nothing does


def queue_corrections(
    session: Session, *, entry_id: str, new_version: int | None, region: str, now: datetime
) -> int:
    """Queue a correction for every answer that rested on the entry and no longer holds.

    Args:
        session: Open session.
        entry_id: The entry that changed.
        new_version: The version answered now; None where the entry is not answered any more.
        region: The bureau's region.
        now: The moment.

    Returns:
        How many corrections were queued or brought up to date.
    """
    current = _entry(session, entry_id, new_version)
    queued = 0
    for answer, turn, conversation in _told(session, entry_id):
        note = next(each for each in answer.entries if each.get("id") == entry_id)
        told = _entry(session, entry_id, note.get("version"))
        if told is None:
            continue
        changes = _changes(told, current, note, _frame_of(answer, turn, region))
        queued += _queue(session, conversation, turn, told, changes, now, is_gone=current is None)
    session.flush()
    return queued


def _entry(session: Session, entry_id: str, version: int | None) -> Entry | None:
    if version is None:
        return None
    try:
        return Entry.model_validate(get_version(session, entry_id, version).body)
    except EntryUnknown:
        return None


def _told(session: Session, entry_id: str) -> Iterator[tuple[Answer, Turn, Conversation]]:
    """Every answer given to a person, not to a measurement, that names the entry."""
    rows = session.execute(
        select(Answer, Turn, Conversation)
        .join(Turn, Turn.id == Answer.turn_id)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(
            Answer.outcome.in_(_TOLD),
            cast(Answer.entries, String).contains(f'"{entry_id}"', autoescape=True),
            Conversation.channel != "evaluation",
            Conversation.deleted_at.is_(None),
        )
        .order_by(Answer.created_at, Answer.turn_id)
        .execution_options(yield_per=_BATCH)
    )
    for answer, turn, conversation in rows:
        if any(each.get("id") == entry_id for each in answer.entries):
            yield answer, turn, conversation


def _frame_of(answer: Answer, turn: Turn, region: str) -> Frame:
    """The case as it was answered."""
    first = answer.tax_period_first or answer.as_of
    last = answer.tax_period_last or answer.as_of
    return Frame(
        query=Query(text=turn.text, today=answer.as_of, region=region),
        period=Period(first, last),
        period_said=True,
        facts=dict(answer.facts),
        facts_said={},
        amounts=(),
        leans_on_topic=False,
    )


def _changes(
    told: Entry, current: Entry | None, note: dict[str, Any], frame: Frame
) -> list[Change]:
    """What was told and is no longer so; empty where the answer still holds."""
    claims = [*told.claims, *told.traps]
    said = [claim for claim in claims if claim.id in note.get("claims", ())]
    if current is None:
        return [Change(_filled(claim, frame), None) for claim in said]
    now_said = {claim.id: claim for claim in (*current.claims, *current.traps)}
    return [
        *_changed_shorts(told, current, frame),
        *(
            change
            for claim in said
            if (change := _changed_claim(claim, now_said.get(claim.id), frame)) is not None
        ),
    ]


def _changed_shorts(told: Entry, current: Entry, frame: Frame) -> Iterator[Change]:
    new = [_filled(short, frame) for short in holding_shorts(current, frame)]
    for short in holding_shorts(told, frame):
        old = _filled(short, frame)
        if all(differs(old, each) for each in new):
            yield Change(old, new[0] if new else None)


def _changed_claim(old: Claim, new: Claim | None, frame: Frame) -> Change | None:
    before = _filled(old, frame)
    if new is None or (holds(old, frame) and not holds(new, frame)):
        return Change(before, None)
    after = _filled(new, frame)
    if new.certainty is not old.certainty and new.ask and not old.ask:
        return Change(before, say("now_open", text=after.rstrip("。"), ask=new.ask))
    return Change(before, after) if differs(before, after) else None


def _filled(span: Claim | ShortAnswer, frame: Frame) -> str:
    try:
        return fill(span.text, day_for(span, frame))
    except NoFigure:
        return span.text


def _queue(
    session: Session,
    conversation: Conversation,
    turn: Turn,
    told: Entry,
    changes: list[Change],
    now: datetime,
    *,
    is_gone: bool,
) -> int:
    row = session.scalar(
        select(Correction).where(Correction.turn_id == turn.id, Correction.entry_id == told.id)
    )
    if not changes:
        return _settle(session, row, now)
    verdict = CorrectionVerdict.WITHDRAWN if is_gone else CorrectionVerdict.CHANGED
    body = [{"old": each.old, "new": each.new} for each in changes]
    if row is None:
        row = Correction(
            turn_id=turn.id,
            conversation_id=conversation.id,
            identity_key=conversation.identity_key,
            entry_id=told.id,
            question=told.question,
            told_at=turn.answered_at or turn.received_at,
        )
        session.add(row)
    elif (row.verdict, row.changes) == (verdict, body):
        return 0
    row.verdict, row.changes, row.queued_at, row.shown_at = verdict, body, now, None
    return 1


def _settle(session: Session, row: Correction | None, now: datetime) -> int:
    """What was told holds (again): nothing to say, unless something else was said meanwhile."""
    if row is None or row.verdict is CorrectionVerdict.VALID_AGAIN:
        return 0
    if row.shown_at is None and row.message_id is None:
        session.delete(row)
        return 0
    row.verdict, row.changes, row.queued_at = CorrectionVerdict.VALID_AGAIN, [], now
    row.shown_at = None
    return 1


def tell_corrections(
    session: Session, conversation: Conversation, *, now: datetime
) -> list[Message]:
    """Say the corrections that wait for this person, each once, the oldest first."""
    if conversation.is_evaluation:
        return []
    waiting = session.scalars(
        select(Correction)
        .where(Correction.identity_key == conversation.identity_key, Correction.shown_at.is_(None))
        .order_by(Correction.told_at, Correction.id)
        .limit(AT_ONCE)
        .with_for_update()
    ).all()
    messages = []
    for row in waiting:
        message = add_message(session, conversation, author=Author.SYSTEM, part=_part(row), now=now)
        row.shown_at, row.message_id = now, message.id
        messages.append(message)
    return messages


def _part(row: Correction) -> Part:
    lines = [
        say("corrected_line", old=each["old"], new=each["new"] or say("no_longer"))
        if row.verdict is CorrectionVerdict.CHANGED
        else say("withdrawn_line", old=each["old"])
        for each in row.changes
    ]
    told_on = china_date(row.told_at)
    intro = say(
        f"correction_{row.verdict.value}",
        date=f"{told_on.year}年{told_on.month}月{told_on.day}日",
        question=row.question,
    )
    return Part(
        text="\n".join([intro, *lines]),
        kind="correction",
        title=say("correction_title"),
        buttons=(Button(say("ask_again"), "say", row.question), say_button("person")),
    )


@dataclass(frozen=True)
class CorrectionCount:
    """How many people are yet to be told, and how many were."""

    waiting: int
    shown: int


def count_corrections(session: Session, *, entry_id: str) -> CorrectionCount:
    """Count the corrections that an entry's changes led to."""
    waiting, shown = session.execute(
        select(
            func.count(Correction.id).filter(Correction.shown_at.is_(None)),
            func.count(Correction.id).filter(Correction.shown_at.is_not(None)),
        ).where(Correction.entry_id == entry_id)
    ).one()
    return CorrectionCount(waiting, shown)
