"""What supervisors watch (督办): late, due, escalated, waiting, wrong, today's outcomes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from appeals.alerts import count_alerts
from appeals.heat.bursts_shown import count_unseen
from appeals.queue import QueueFilter, counts, list_queue
from consultations.learning.groups import count_open
from consultations.tables import Answer, Conversation, Holder, Turn, WrongAnswerReport
from core.clock import china_date, start_of_day
from desk.appeal_requests import count_requests
from desk.appeal_views import row_view
from desk.inbox import inbox_counts, inbox_rows, visible
from desk.labels import outcome_label
from desk.roles import roles_heard
from desk.sessions import Officer
from desk.staff import colleagues, filled_roles, staff_names

_LISTED = 20


def nav_counts(session: Session, officer: Officer, *, today: date) -> dict[str, int]:
    """The numbers beside the navigation."""
    login, heard = officer.login, roles_heard(officer.held, filled_roles(session))
    talks, appeals = inbox_counts(session, login), counts(session, today=today, login=login)
    return {
        "waiting": talks["waiting"],
        "mine": talks["mine"],
        "overdue": appeals["overdue"],
        "due_today": appeals["due_today"],
        "escalated": appeals["escalated"],
        "undecided": count_requests(session),
        "alerts": count_alerts(session, login=login, roles=heard),
        "wrong_answers": session.scalar(
            select(func.count(WrongAnswerReport.id)).where(WrongAnswerReport.state == "open")
        )
        or 0,
        "learning": count_open(session),
        "bursts": count_unseen(session),
    }


def overview(
    session: Session, officer: Officer, *, now: datetime, gives_up_after: timedelta
) -> dict[str, Any]:
    """Everything on the supervisor's page."""
    today, names = china_date(now), staff_names(session)

    def appeals(filter: QueueFilter) -> list[dict[str, Any]]:
        found = list_queue(session, filter=filter, today=today, per_page=_LISTED)
        return [row_view(row, names, officer) for row in found.rows]

    waiting = _waiting_talks(session) if officer.handles else []
    outcomes = outcomes_of_day(session, today)
    return {
        "counts": nav_counts(session, officer, today=today),
        "overdue": appeals("overdue"),
        "due_today": appeals("due_today"),
        "escalated": appeals("escalated"),
        "waiting": inbox_rows(session, waiting, now=now, gives_up_after=gives_up_after),
        "outcomes": outcomes,
        "questions_today": sum(each["count"] for each in outcomes),
        "colleagues": colleagues(session),
    }


def _waiting_talks(session: Session) -> list[Conversation]:
    """Who waits for a person; the words of a talk are for those who may take it up."""
    return list(
        session.scalars(
            select(Conversation)
            .where(visible(), Conversation.holder == Holder.WAITING)
            .order_by(Conversation.waiting_since)
            .limit(_LISTED)
        )
    )


def outcomes_of_day(session: Session, day: date) -> list[dict[str, Any]]:
    """What became of the questions of a Chinese calendar day, the commonest first."""
    first, after = start_of_day(day), start_of_day(day + timedelta(days=1))
    rows = session.execute(
        select(Answer.outcome, func.count(Answer.turn_id))
        .join(Turn, Turn.id == Answer.turn_id)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(
            Answer.created_at >= first,
            Answer.created_at < after,
            Conversation.channel != "evaluation",
        )
        .group_by(Answer.outcome)
    )
    found = [
        {"outcome": outcome, "label": outcome_label(outcome), "count": count}
        for outcome, count in rows
    ]
    return sorted(found, key=lambda each: (-each["count"], each["outcome"]))
