"""The list of talks (来件): who waits first, with what was said last and how it was answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlalchemy.orm import Session

from answers.hearing import DISTRESS
from consultations.tables import Answer, Conversation, Holder, Message, Turn
from desk.labels import label, outcome_label
from desk.staff import staff_names
from enterprises.binding_tables import CurrentFirm
from enterprises.firms import current_firm
from enterprises.tables import Enterprise

InboxFilter = Literal["waiting", "mine", "bot", "all"]
FILTERS: tuple[InboxFilter, ...] = get_args(InboxFilter)
PER_PAGE = 20
_LAST_TEXT = 120
#: How long somebody who may hurt themselves stands first in the list.
_DISTRESS_COUNTS = timedelta(days=1)


@dataclass(frozen=True)
class InboxQuery:
    """Which talks are wanted, and by whom."""

    filter: InboxFilter = "waiting"
    search: str = ""
    page: int = 1
    login: str = ""


def visible() -> ColumnElement[bool]:
    """Talks that staff see: not deleted, not for evaluation, and something was said."""
    return (
        Conversation.deleted_at.is_(None)
        & (Conversation.channel != "evaluation")
        & select(Message.id).where(Message.conversation_id == Conversation.id).exists()
    )


def _condition(filter: InboxFilter, login: str) -> ColumnElement[bool]:
    conditions: dict[str, ColumnElement[bool]] = {
        "waiting": Conversation.holder == Holder.WAITING,
        "mine": (Conversation.holder == Holder.PERSON) & (Conversation.staff_login == login),
        "bot": Conversation.holder == Holder.BOT,
        "all": Conversation.id > 0,
    }
    return visible() & conditions[filter]


def inbox_counts(session: Session, login: str) -> dict[str, int]:
    """How many talks each filter holds."""
    return {
        each: session.scalar(select(func.count(Conversation.id)).where(_condition(each, login)))
        or 0
        for each in FILTERS
    }


def list_inbox(
    session: Session, query: InboxQuery, *, now: datetime, gives_up_after: timedelta
) -> dict[str, Any]:
    """One page of the list.

    Args:
        session: Open session.
        query: Which talks.
        now: The moment.
        gives_up_after: How long a talk may wait for a person.
    """
    wanted = _condition(query.filter, query.login)
    if query.search.strip():
        wanted = wanted & _matches(query.search.strip())
    total = session.scalar(select(func.count(Conversation.id)).where(wanted)) or 0
    talks = session.scalars(
        select(Conversation)
        .where(wanted)
        .order_by(
            case((_in_distress(now), 0), (Conversation.holder == Holder.WAITING, 1), else_=2),
            Conversation.waiting_since,
            Conversation.last_at.desc(),
            Conversation.id.desc(),
        )
        .offset((query.page - 1) * PER_PAGE)
        .limit(PER_PAGE)
    ).all()
    return {
        "rows": inbox_rows(session, list(talks), now=now, gives_up_after=gives_up_after),
        "total": total,
        "page": query.page,
        "per_page": PER_PAGE,
        "counts": inbox_counts(session, query.login),
    }


def _in_distress(now: datetime) -> ColumnElement[bool]:
    """Somebody said not long ago that they may hurt themselves, and no person holds the talk."""
    said = select(Answer.turn_id).where(
        Answer.turn_id == Turn.id,
        Turn.conversation_id == Conversation.id,
        Answer.outcome == DISTRESS,
        Answer.created_at >= now - _DISTRESS_COUNTS,
    )
    return said.exists() & (Conversation.holder != Holder.PERSON)


def _matches(search: str) -> ColumnElement[bool]:
    said = select(Message.id).where(
        Message.conversation_id == Conversation.id,
        Message.body["text"].as_string().icontains(search, autoescape=True),
    )
    about = (
        select(CurrentFirm.identity_key)
        .join(Enterprise, Enterprise.id == CurrentFirm.enterprise_id)
        .where(Enterprise.name.icontains(search, autoescape=True))
    )
    return or_(said.exists(), Conversation.identity_key.in_(about))


def inbox_rows(
    session: Session, talks: list[Conversation], *, now: datetime, gives_up_after: timedelta
) -> list[dict[str, Any]]:
    """Talks as lines of the list."""
    ids = [talk.id for talk in talks]
    last, outcomes, names = (
        _last_messages(session, ids),
        _outcomes(session, ids, now),
        staff_names(session),
    )
    rows = []
    for talk in talks:
        firm = current_firm(session, identity_key=talk.identity_key, now=now)
        message, outcome = last.get(talk.id), outcomes.get(talk.id)
        rows.append(
            {
                "conversation_id": talk.id,
                "firm_name": firm.name if firm else None,
                "last_text": message.body.get("text", "")[:_LAST_TEXT] if message else "",
                "last_author": message.author.value if message else None,
                "last_at": (message.at if message else talk.last_at).isoformat(),
                "outcome": outcome,
                "outcome_label": outcome_label(outcome),
                **holder_view(talk, names, gives_up_after),
            }
        )
    return rows


def holder_view(
    talk: Conversation, names: dict[str, str], gives_up_after: timedelta
) -> dict[str, Any]:
    """Who holds a talk, through which channel it comes, and how long it waits."""
    waiting = talk.waiting_since if talk.holder is Holder.WAITING else None
    held_by = talk.staff_login if talk.holder is Holder.PERSON else None
    return {
        "channel": talk.channel,
        "channel_label": label("channels", talk.channel),
        "holder": talk.holder.value,
        "waiting_since": waiting.isoformat() if waiting else None,
        "gives_up_at": (waiting + gives_up_after).isoformat() if waiting else None,
        "agent": held_by,
        "agent_name": names.get(held_by, held_by) if held_by else None,
    }


def _last_messages(session: Session, ids: list[int]) -> dict[int, Message]:
    newest = (
        select(func.max(Message.id))
        .where(Message.conversation_id.in_(ids))
        .group_by(Message.conversation_id)
    )
    found = session.scalars(select(Message).where(Message.id.in_(newest)))
    return {message.conversation_id: message for message in found}


def _outcomes(session: Session, ids: list[int], now: datetime) -> dict[int, str]:
    """The outcome of the last answer of each talk; distress stays for a day."""
    rows = session.execute(
        select(Turn.conversation_id, Answer.outcome)
        .join(Answer, Answer.turn_id == Turn.id)
        .where(Turn.conversation_id.in_(ids))
        .order_by(
            (Answer.outcome == DISTRESS) & (Answer.created_at >= now - _DISTRESS_COUNTS),
            Answer.created_at,
        )
    )
    return dict(rows.tuples().all())
