"""What was asked and not looked at yet (新的提问和诉求): turns of talks, and appeals."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from appeals.heat.parameters import heat_parameters
from appeals.heat_tables import HeatAsk, HeatState, HeatTopic
from appeals.tables import Appeal, AppealStatus, Origin
from consultations.learning.signals import ANSWERED, OFFERED, REFUSED
from consultations.tables import Answer, Conversation, Turn, TurnState
from core.secrets import fingerprint

#: So much is looked at in one step of a run.
MOST = 2000
#: A turn that was answered late is found so long after it came in.
_LATE = timedelta(hours=2)
#: Only where a tax term is said: much else is asked of people, and outside of our field.
_IF_TAX = "refused_out_of_scope"
_LONGEST = 200


@dataclass(frozen=True)
class Heard:
    """One thing that somebody asked."""

    at: datetime
    person: str
    text: str
    turn_id: str | None = None
    appeal_id: int | None = None
    entry_id: str | None = None  # where it is sure
    is_question: bool = True  # as far as is known


@dataclass(frozen=True)
class Standing:
    """A wording that stands for a topic."""

    topic_id: int
    text: str


@dataclass(frozen=True)
class Loose:
    """A question that was like no other when it came."""

    ask_id: int
    at: datetime
    person: str
    text: str


@dataclass(frozen=True)
class Listened:
    """What one step of a run starts from."""

    heard: tuple[Heard, ...]
    standing: tuple[Standing, ...]
    loose: tuple[Loose, ...]
    turns_to: datetime  # so far is looked after this step
    steps: int  # of the state that this was read from
    is_all: bool


def person_of(identity_key: str) -> str:
    """How a person is told apart from others here, without their key."""
    return fingerprint(identity_key)[:40]


def listen(session: Session, *, now: datetime) -> Listened:
    """Find what was asked up to now and not looked at yet."""
    state = session.get(HeatState, 1)
    back = timedelta(days=heat_parameters().look_back_days)
    since = (state.turns_to if state else now - back) - _LATE
    turns = _turns(session, since, now)
    appeals = _appeals(session, since, now)
    is_all = max(len(turns), len(appeals)) < MOST
    last = [each[-1].at for each in (turns, appeals) if len(each) == MOST]
    heard = sorted([*turns, *appeals], key=lambda each: (each.at, each.turn_id or ""))
    return Listened(
        heard=tuple(heard),
        standing=_standing(session) if heard else (),
        loose=_loose(session, heard[0].at, heard[-1].at) if heard else (),
        turns_to=now if is_all else min(last),
        steps=state.steps if state else 0,
        is_all=is_all,
    )


def _turns(session: Session, since: datetime, now: datetime) -> list[Heard]:
    rows = session.execute(
        select(
            Turn.id,
            Turn.text,
            Turn.received_at,
            Conversation.identity_key,
            Answer.outcome,
            Answer.entries,
        )
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .outerjoin(Answer, Answer.turn_id == Turn.id)
        .where(
            Turn.received_at > since,
            Turn.received_at <= now,
            Conversation.channel != "evaluation",
            Conversation.deleted_at.is_(None),
            _is_asked(now),
            ~exists().where(HeatAsk.turn_id == Turn.id),
        )
        .order_by(Turn.received_at, Turn.id)
        .limit(MOST)
    )
    return [
        Heard(
            at=at,
            person=person_of(identity_key),
            text=text[:_LONGEST],
            turn_id=turn_id,
            entry_id=sure_entry(outcome, entries),
            is_question=outcome is not None and outcome != _IF_TAX,
        )
        for turn_id, text, at, identity_key, outcome, entries in rows
    ]


def _is_asked(now: datetime) -> ColumnElement[bool]:
    """What asks for something: no small talk, nothing about one's own firm, no call for a person.

    What waits for its answer is looked at once it has one, or has waited long enough.
    """
    patience = timedelta(minutes=heat_parameters().patience_minutes)
    waits_long = or_(Turn.state != TurnState.WAITING, Turn.received_at <= now - patience)
    asked = (*ANSWERED, *REFUSED, OFFERED, _IF_TAX)
    return or_(
        Answer.outcome.in_(asked),
        Answer.outcome.like("error_%"),
        and_(Answer.turn_id.is_(None), waits_long),
    )


def sure_entry(outcome: str | None, entries: Iterable[dict[str, Any]] | None) -> str | None:
    """The entry that a turn is about: answered with, refused for its period, or the only offer."""
    named = [str(each["id"]) for each in entries or ()]
    if not named or outcome is None:
        return None
    is_sure = outcome in ANSWERED or outcome in REFUSED or (outcome == OFFERED and len(named) == 1)
    return named[0] if is_sure else None


def _appeals(session: Session, since: datetime, now: datetime) -> list[Heard]:
    rows = session.execute(
        select(Appeal.id, Appeal.subject, Appeal.detail, Appeal.opened_at, Appeal.identity_key)
        .where(
            Appeal.opened_at > since,
            Appeal.opened_at <= now,
            Appeal.is_evaluation.is_(False),
            Appeal.origin != Origin.DESK,
            Appeal.status != AppealStatus.REFUSED,
            ~exists().where(HeatAsk.appeal_id == Appeal.id),
        )
        .order_by(Appeal.opened_at, Appeal.id)
        .limit(MOST)
    )
    return [
        Heard(
            at=at,
            person=person_of(identity_key),
            text=f"{subject} {detail}"[:_LONGEST],
            appeal_id=appeal_id,
        )
        for appeal_id, subject, detail, at, identity_key in rows
    ]


def _standing(session: Session) -> tuple[Standing, ...]:
    rows = session.execute(
        select(HeatAsk.topic_id, Turn.text, Appeal.subject, Appeal.detail)
        .outerjoin(Turn, Turn.id == HeatAsk.turn_id)
        .outerjoin(Appeal, Appeal.id == HeatAsk.appeal_id)
        .join(HeatTopic, HeatTopic.id == HeatAsk.topic_id)
        .where(HeatAsk.stands)
        .order_by(HeatAsk.topic_id, HeatAsk.id)
    )
    return tuple(Standing(topic, _text(*words)) for topic, *words in rows if topic is not None)


def _loose(session: Session, first: datetime, last: datetime) -> tuple[Loose, ...]:
    """The latest loose questions of the day before."""
    day = timedelta(hours=heat_parameters().counts_once_hours)
    rows = session.execute(
        select(HeatAsk.id, HeatAsk.at, HeatAsk.person, Turn.text, Appeal.subject, Appeal.detail)
        .outerjoin(Turn, Turn.id == HeatAsk.turn_id)
        .outerjoin(Appeal, Appeal.id == HeatAsk.appeal_id)
        .where(HeatAsk.loose, HeatAsk.at > first - day, HeatAsk.at <= last)
        .order_by(HeatAsk.at.desc(), HeatAsk.id)
        .limit(heat_parameters().grouping.most_loose)
    )
    return tuple(Loose(ask, at, person, _text(*words)) for ask, at, person, *words in rows)


def _text(turn: str | None, subject: str | None, detail: str | None) -> str:
    return (turn if turn is not None else f"{subject} {detail}")[:_LONGEST]
