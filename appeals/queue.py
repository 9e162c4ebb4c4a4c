"""The officers' and supervisors' list (诉求工作台): what is late, due today, escalated, mine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, UnaryExpression, and_, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from appeals.handling_tables import AppealRequest, RequestState
from appeals.kinds import kind_label
from appeals.lifecycle import OPEN, clock_runs, where_clock_runs
from appeals.public import due_text
from appeals.tables import Appeal, AppealStatus
from appeals.wording import status_words
from core.calendar import working_days_between

QueueFilter = Literal[
    "overdue", "due_today", "escalated", "unaccepted", "undecided", "mine", "open", "all"
]
FILTERS: tuple[QueueFilter, ...] = get_args(QueueFilter)
#: ``pressing``: escalated and urged ones first; ``due``: by the promised date; ``newest``.
QueueOrder = Literal["pressing", "due", "newest"]
ORDERS: tuple[QueueOrder, ...] = get_args(QueueOrder)
_MOST_PER_PAGE = 200


@dataclass(frozen=True)
class QueueRow:
    """One line of the list. ``working_days_left`` is negative once the promise is broken."""

    number: str
    version: int
    kind: str
    kind_label: str
    subject: str
    status: str
    status_label: str
    colour: str
    priority: int
    opened_at: datetime
    due_on: date
    provisional: bool
    due_text: str | None
    working_days_left: int
    overdue: bool
    assigned_to: str | None
    escalation_level: int
    urges: int
    enterprise_id: int | None
    conversation_id: int | None
    clock_runs: bool
    unit: str | None
    origin: str
    parent_id: int | None


@dataclass(frozen=True)
class Page:
    """One page of the list, and how many rows there are in all."""

    rows: tuple[QueueRow, ...]
    total: int


_UNDECIDED = select(AppealRequest.appeal_id).where(AppealRequest.state == RequestState.OPEN)
_ORDER: dict[QueueOrder, tuple[UnaryExpression[Any] | InstrumentedAttribute[Any], ...]] = {
    "pressing": (Appeal.priority.desc(), Appeal.due_on, Appeal.id),
    "due": (Appeal.due_at, Appeal.id),
    "newest": (Appeal.opened_at.desc(), Appeal.id.desc()),
}


def list_queue(
    session: Session,
    *,
    filter: QueueFilter,
    today: date,
    kind: str | None = None,
    status: AppealStatus | None = None,
    unit: str | None = None,
    search: str = "",
    order: QueueOrder = "pressing",
    page: int = 1,
    per_page: int = 20,
    login: str | None = None,
) -> Page:
    """List appeals for staff, the most pressing first.

    Args:
        session: Open session.
        filter: Which of them; ``mine`` needs ``login``.
        today: The Chinese calendar day.
        kind: Only this kind.
        status: Only what stands there.
        unit: Only what this unit has.
        search: Part of a number, subject or detail.
        order: What comes first.
        page: From 1.
        per_page: At most 200.
        login: Who is looking.
    """
    wanted = [Appeal.is_evaluation.is_(False), _condition(filter, today, login)]
    if kind:
        wanted.append(Appeal.kind == kind)
    if status is not None:
        wanted.append(Appeal.status == status)
    if unit:
        wanted.append(Appeal.unit == unit)
    if search.strip():
        wanted.append(_matches(search.strip()))
    total = session.scalar(select(func.count(Appeal.id)).where(*wanted)) or 0
    per_page = min(max(per_page, 1), _MOST_PER_PAGE)
    rows = session.scalars(
        select(Appeal)
        .where(*wanted)
        .order_by(*_ORDER[order])
        .offset((max(page, 1) - 1) * per_page)
        .limit(per_page)
    )
    return Page(tuple(queue_row(appeal, today) for appeal in rows), total)


def counts(session: Session, *, today: date, login: str | None = None) -> dict[str, int]:
    """How many appeals each filter holds."""
    return {
        each: session.scalar(
            select(func.count(Appeal.id)).where(
                Appeal.is_evaluation.is_(False), _condition(each, today, login)
            )
        )
        or 0
        for each in FILTERS
    }


def units_in_use(session: Session) -> list[str]:
    """Every unit that has an appeal."""
    units = select(Appeal.unit).where(Appeal.unit.is_not(None), Appeal.is_evaluation.is_(False))
    return [unit for unit in session.scalars(units.distinct().order_by(Appeal.unit)) if unit]


def queue_row(appeal: Appeal, today: date) -> QueueRow:
    """One appeal as a line of the list."""
    words = status_words()[appeal.status]
    return QueueRow(
        number=appeal.number,
        version=appeal.version,
        kind=appeal.kind,
        kind_label=kind_label(appeal.kind),
        subject=appeal.subject,
        status=words.code,
        status_label=words.label,
        colour=words.colour,
        priority=int(appeal.priority),
        opened_at=appeal.opened_at,
        due_on=appeal.due_on,
        provisional=appeal.provisional,
        due_text=due_text(appeal),
        working_days_left=working_days_between(today, appeal.due_on),
        overdue=clock_runs(appeal) and appeal.due_on < today,
        assigned_to=appeal.assigned_to,
        escalation_level=appeal.escalation_level,
        urges=appeal.urges,
        enterprise_id=appeal.enterprise_id,
        conversation_id=appeal.conversation_id,
        clock_runs=clock_runs(appeal),
        unit=appeal.unit,
        origin=appeal.origin.value,
        parent_id=appeal.parent_id if appeal.status is AppealStatus.MERGED else None,
    )


def _condition(filter: QueueFilter, today: date, login: str | None) -> ColumnElement[bool]:
    still_open = Appeal.status.in_(OPEN)
    running = where_clock_runs()
    conditions: dict[str, ColumnElement[bool]] = {
        "overdue": and_(running, Appeal.due_on < today),
        "due_today": and_(running, Appeal.due_on == today),
        "escalated": and_(still_open, Appeal.escalation_level > 0),
        "unaccepted": Appeal.status == AppealStatus.SUBMITTED,
        "undecided": Appeal.id.in_(_UNDECIDED),
        "mine": and_(still_open, Appeal.assigned_to == (login or "")),
        "open": still_open,
        "all": Appeal.id > 0,
    }
    return conditions[filter]


def _matches(search: str) -> ColumnElement[bool]:
    return or_(
        Appeal.number.icontains(search, autoescape=True),
        Appeal.subject.icontains(search, autoescape=True),
        Appeal.detail.icontains(search, autoescape=True),
    )
