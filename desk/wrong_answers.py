"""Answers that taxpayers called wrong (纠错), with their evidence, for the editor to settle."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from consultations.tables import Answer, Turn, WrongAnswerReport
from core.audit import write_audit
from desk.errors import ReportHandled, ReportUnknown
from desk.labels import label
from desk.staff import staff_name, staff_names
from knowledge_base.tables import LibraryEntry

PER_PAGE = 20
STATES = ("open", "fixed", "right")


def reports_page(session: Session, *, state: str | None, page: int) -> dict[str, Any]:
    """One page of reports, the oldest open one first."""
    query = select(WrongAnswerReport)
    if state in STATES:
        query = query.where(WrongAnswerReport.state == state)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = WrongAnswerReport.id if state == "open" else WrongAnswerReport.id.desc()
    found = session.scalars(query.order_by(order).offset((page - 1) * PER_PAGE).limit(PER_PAGE))
    names = staff_names(session)
    return {
        "rows": [report_view(session, report, names) for report in found],
        "total": total,
        "page": page,
        "per_page": PER_PAGE,
    }


def report_view(
    session: Session, report: WrongAnswerReport, names: dict[str, str]
) -> dict[str, Any]:
    """One report with the question, the answer and what it stood on."""
    turn = session.get(Turn, report.turn_id)
    kept = session.get(Answer, report.turn_id)
    parts = kept.parts if kept else []
    by = report.handled_by
    return {
        "id": report.id,
        "at": report.reported_at.isoformat(),
        "state": report.state,
        "state_label": label("report_states", report.state),
        "conversation_id": turn.conversation_id if turn else None,
        "question": turn.text if turn else "",
        "answer": "\n".join(part.get("text", "") for part in parts),
        "comment": report.comment or None,
        "entries": _entries(session, kept),
        "evidence": [each for part in parts for each in part.get("evidence", [])],
        "tax_period": next((p["tax_period"] for p in parts if p.get("tax_period")), None),
        "note": report.note or None,
        "handled_by": names.get(by, by) if by else None,
    }


def _entries(session: Session, kept: Answer | None) -> list[dict[str, str]]:
    ids = [each["id"] for each in kept.entries] if kept else []
    found = {
        row.id: row.question
        for row in session.scalars(select(LibraryEntry).where(LibraryEntry.id.in_(ids)))
    }
    return [{"id": each, "question": found.get(each, each)} for each in ids]


def settle_report(
    session: Session, report_id: int, *, state: str, note: str, by: str, now: datetime
) -> WrongAnswerReport:
    """Settle a report (处理纠错): the entry was corrected, or the answer was right.

    Raises:
        ReportUnknown: There is none.
        ReportHandled: Somebody has settled it.
    """
    report = session.get(WrongAnswerReport, report_id, with_for_update=True)
    if report is None:
        raise ReportUnknown
    if report.state != "open":
        raise ReportHandled(who=staff_name(session, report.handled_by))
    report.state, report.note = state, note
    report.handled_by, report.handled_at = by, now
    write_audit(
        session,
        actor=f"staff:{by}",
        deed="desk.wrong_answer.settled",
        subject=f"wrong_answer:{report_id}",
        now=now,
        state=state,
    )
    return report
