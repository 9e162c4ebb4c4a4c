"""Appeals as the desk shows them (诉求工作台): lines, the whole case, and what may be done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.access import access_appeal_for_staff
from appeals.handling_tables import AppealRequest, RequestState
from appeals.kinds import Kinds
from appeals.lifecycle import OPEN, SYSTEM
from appeals.move_table import move_table
from appeals.queue import (
    FILTERS,
    ORDERS,
    QueueRow,
    counts,
    list_queue,
    queue_row,
    units_in_use,
)
from appeals.tables import Appeal, AppealMove, AppealStatus, Verb
from appeals.wording import due_sentence, status_words, verb_label
from core.clock import china_date
from desk.appeal_case import case_around
from desk.appeal_evidence import turn_kept
from desk.appeal_moves import doer_of_officer
from desk.firm_card import firm_card
from desk.labels import label
from desk.sessions import Officer
from desk.staff import colleagues, staff_names
from enterprises.tables import Enterprise

PER_PAGE = 20
#: Fewer working days than this are told in another colour.
_SOON = 2
_OFFICERS_VERBS = (
    Verb.ACCEPT,
    Verb.ANSWER,
    Verb.ASSIGN,
    Verb.ASK_FOR_MORE,
    Verb.REASSIGN,
    Verb.REMIND,
)


def verb_name(verb: Verb) -> str:
    """How a verb stands in an address, e.g. ``ask-for-more``."""
    return verb.value.replace("_", "-")


@dataclass(frozen=True)
class ListAsked:
    """Which page of the list is wanted, as the address says it."""

    filter: str
    kind: str | None
    status: str | None
    unit: str | None
    search: str
    order: str
    page: int


def appeals_page(
    session: Session,
    officer: Officer,
    asked: ListAsked,
    *,
    kinds: Kinds,
    today: date,
) -> dict[str, Any]:
    """One page of the list with the counts of every filter."""
    found = list_queue(
        session,
        filter=next((each for each in FILTERS if each == asked.filter), "open"),
        today=today,
        kind=asked.kind,
        status=next((each for each in AppealStatus if each.value == asked.status), None),
        unit=asked.unit,
        search=asked.search,
        order=next((each for each in ORDERS if each == asked.order), "pressing"),
        page=asked.page,
        per_page=PER_PAGE,
        login=officer.login,
    )
    names, waiting = staff_names(session), _waiting(session, [row.number for row in found.rows])
    return {
        "rows": [
            {**row_view(row, names, officer), "waits_for": waiting.get(row.number, [])}
            for row in found.rows
        ],
        "total": found.total,
        "page": asked.page,
        "per_page": PER_PAGE,
        "counts": counts(session, today=today, login=officer.login),
        "kinds": [{"code": each.code, "label": each.label} for each in kinds.values()],
        "statuses": [{"code": s.code, "label": s.label} for s in status_words().values()],
        "units": units_in_use(session),
    }


def _waiting(session: Session, numbers: list[str]) -> dict[str, list[str]]:
    """What waits for a decision, by the number of the appeal."""
    rows = session.execute(
        select(Appeal.number, AppealRequest.kind)
        .join(AppealRequest, AppealRequest.appeal_id == Appeal.id)
        .where(AppealRequest.state == RequestState.OPEN, Appeal.number.in_(numbers))
    )
    found: dict[str, list[str]] = {}
    for number, kind in rows:
        found.setdefault(number, []).append(label("request_kinds", kind.value))
    return found


def row_view(row: QueueRow, names: dict[str, str], officer: Officer) -> dict[str, Any]:
    """One line of the list."""
    owner = row.assigned_to
    return {
        "number": row.number,
        "version": row.version,
        "kind": row.kind,
        "kind_label": row.kind_label,
        "subject": row.subject,
        "status": row.status,
        "status_label": row.status_label,
        "opened_at": row.opened_at.isoformat(),
        "due_on": row.due_on.isoformat(),
        "due_label": due_sentence(row.due_on, row.provisional),
        "days_left": row.working_days_left,
        "due_state": _due_state(row),
        "provisional": row.provisional,
        "assigned_to": owner,
        "assigned_name": names.get(owner, owner) if owner else None,
        "priority": row.priority,
        "escalation_level": row.escalation_level,
        "urges": row.urges,
        "unit": row.unit,
        "origin_label": label("origins", row.origin),
        "verbs": verbs_for(AppealStatus(row.status), owner, officer),
    }


def _due_state(row: QueueRow) -> str:
    if not row.clock_runs:
        return "paused" if AppealStatus(row.status) in OPEN else "done"
    if row.overdue:
        return "overdue"
    if row.working_days_left == 0:
        return "today"
    return "soon" if row.working_days_left < _SOON else "ok"


def appeal_view(
    session: Session,
    officer: Officer,
    number: str,
    *,
    kinds: Kinds,
    now: datetime,
    known_firm: int | None = None,
) -> dict[str, Any]:
    """The whole case, for an officer.

    Args:
        session: Open session that may write: a look at the firm is audited.
        officer: Who looks.
        number: Which appeal.
        kinds: The kinds of appeals, with the days this bureau promises.
        now: The moment.
        known_firm: The firm whose card the page has already; it is not read again.
    """
    appeal = access_appeal_for_staff(session, number=number)
    names = staff_names(session)
    unchanged = appeal.enterprise_id is not None and appeal.enterprise_id == known_firm
    row = row_view(queue_row(appeal, china_date(now)), names, officer)
    around = case_around(
        session, appeal, doer_of_officer(officer), kinds=kinds, names=names, now=now
    )
    possible = {each["verb"] for each in around["actions"]}
    return {
        **row,
        "verbs": [verb for verb in row["verbs"] if verb in possible],
        **_case(appeal, kinds),
        "firm": None if unchanged else _firm(session, officer, appeal, now),
        "firm_unchanged": unchanged,
        "moves": [_move(move, names) for move in reversed(appeal.moves)],
        "evidence": [turn_kept(each) for each in appeal.evidence],
        "colleagues": colleagues(session),
        **around,
    }


def _case(appeal: Appeal, kinds: Kinds) -> dict[str, Any]:
    kind = kinds.get(appeal.kind)
    source = [kind.source.number, kind.source.clause, kind.source.note] if kind else []
    return {
        "detail": appeal.detail,
        "contact_hint": appeal.contact_hint,
        "working_days": appeal.working_days,
        "kind_source": "，".join(each for each in source if each) or None,
        "paused_since": _iso(appeal.paused_since),
        "extensions": appeal.extensions,
        "extended_working_days": appeal.extended_working_days,
        "status_meaning": status_words()[appeal.status].meaning,
        "answer_text": appeal.answer_text,
        "answered_at": _iso(appeal.answered_at),
        "closed_at": _iso(appeal.closed_at),
        "rating": appeal.rating,
        "rating_comment": appeal.rating_comment,
        "conversation_id": appeal.conversation_id,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _firm(
    session: Session, officer: Officer, appeal: Appeal, now: datetime
) -> dict[str, Any] | None:
    if (
        not officer.handles
        or appeal.enterprise_id is None
        or session.get(Enterprise, appeal.enterprise_id) is None
    ):
        return None
    return firm_card(session, officer, appeal.enterprise_id, appeal_number=appeal.number, now=now)


def _move(move: AppealMove, names: dict[str, str]) -> dict[str, Any]:
    return {
        "at": move.at.isoformat(),
        "actor_name": actor_name(move.actor, names),
        "verb": verb_name(move.verb),
        "verb_label": verb_label(move.verb),
        "note_public": move.note_public,
        "note_internal": move.note_internal,
    }


def actor_name(actor: str, names: dict[str, str]) -> str:
    """Who did something, as colleagues read it."""
    if actor == SYSTEM:
        return label("actors", "system")
    if actor.startswith("staff:"):
        login = actor.removeprefix("staff:")
        return names.get(login, login)
    return label("actors", "taxpayer")


def verbs_for(status: AppealStatus, assigned_to: str | None, officer: Officer) -> list[str]:
    """What the officer may do now with an appeal that stands there and is in those hands.

    Agents work on what is nobody's or their own; supervisors on everything.
    """
    if officer.handles and not officer.supervises and assigned_to not in (None, officer.login):
        return []
    right = doer_of_officer(officer).right
    return [
        verb_name(verb)
        for verb in _OFFICERS_VERBS
        if status in move_table()[verb].ways
        and right in move_table()[verb].by
        and (officer.supervises or verb is not Verb.ASSIGN)
    ]


def last_move(session: Session, number: str) -> AppealMove | None:
    """The latest move of an appeal."""
    return session.scalar(
        select(AppealMove)
        .join(Appeal, Appeal.id == AppealMove.appeal_id)
        .where(Appeal.number == number)
        .order_by(AppealMove.id.desc())
        .limit(1)
    )
