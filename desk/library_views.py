"""The library as editors see it (知识库工作台): the list, one entry, a preview."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from answers.frame import Query, read_frame, without_said_facts
from answers.parts import Part
from answers.render import holding_shorts, render
from consultations.corrections import count_corrections
from consultations.tables import Answer, WrongAnswerReport
from core.errors import InvalidInput
from core.periods import parse_period
from desk.labels import label, say
from desk.library_moves import findings_in
from desk.review_views import moves_view, review_view, schedule_view, versions_view
from desk.sessions import Officer
from desk.staff import staff_names
from knowledge_base.force import standing
from knowledge_base.library import build_snapshot
from knowledge_base.listing import Listed, count_to_review, list_entries
from knowledge_base.schema import Entry
from knowledge_base.standing import Standing
from knowledge_base.store import all_documents, entry_yaml, get_entry, get_version
from knowledge_base.tables import EntryState, LibraryEntry, LibraryVersion
from policy_rules.parameters import Certainty, installed_parameters

PER_PAGE = 20
Names = dict[str, str]


def library_page(
    session: Session,
    officer: Officer,
    *,
    search: str,
    state: str | None,
    topic: str | None,
    mine: bool,
    page: int,
) -> dict[str, Any]:
    """One page of the editors' list; ``mine`` leaves what waits for the officer's review."""
    chosen = next((each for each in EntryState if each.value == state), None)
    found = list_entries(
        session,
        search=search,
        state=chosen,
        topic=topic,
        reviewer=officer.login if mine else None,
        page=page,
        per_page=PER_PAGE,
    )
    names = staff_names(session)
    marks = _marks(session, [row.entry.id for row in found.rows])
    return {
        "rows": [_row(row, names, marks.get(row.entry.id, {})) for row in found.rows],
        "total": found.total,
        "page": page,
        "per_page": PER_PAGE,
        "to_review": count_to_review(session, officer.login),
        "states": _states(session),
        "topics": [
            {"code": each, "label": label("topics", each)}
            for each in session.scalars(
                select(LibraryEntry.topic).distinct().order_by(LibraryEntry.topic)
            )
        ],
    }


def _states(session: Session) -> list[dict[str, Any]]:
    counts = select(LibraryEntry.state, func.count(LibraryEntry.id)).group_by(LibraryEntry.state)
    by_state = dict(session.execute(counts).tuples().all())
    return [
        {"code": each.value, "label": label("library_states", each.value), "count": count}
        for each in EntryState
        if (count := by_state.get(each, 0))
    ]


def _marks(session: Session, ids: list[str]) -> dict[str, dict[str, str]]:
    """What is planned for entries or was missed, for all rows of a page at once."""
    found: dict[str, dict[str, str]] = {}
    for entry_id, at, missed in session.execute(
        select(LibraryVersion.entry_id, LibraryVersion.publish_at, LibraryVersion.missed).where(
            LibraryVersion.entry_id.in_(ids),
            or_(LibraryVersion.publish_at.is_not(None), LibraryVersion.missed.is_not(None)),
        )
    ):
        told = {"publish_at": at.isoformat() if at else None, "missed": missed}
        found.setdefault(entry_id, {}).update({k: v for k, v in told.items() if v})
    return found


def _row(listed: Listed, names: Names, marks: dict[str, str]) -> dict[str, Any]:
    row, version = listed.entry, listed.latest
    claims = [*version.body.get("claims", []), *version.body.get("traps", [])]
    return {
        "id": row.id,
        "question": version.body.get("question", row.question),
        "topics": [label("topics", each) for each in version.body.get("topics", [])],
        "state": row.state.value,
        "state_label": state_label(row),
        "version": row.latest_version,
        "review_version": row.review_version,
        "editor": names.get(version.editor) or label("actors", version.editor),
        "changed_at": version.created_at.isoformat(),
        "checked_on": version.body.get("checked_on"),
        "open_claims": sum(each["certainty"] == Certainty.OPEN.value for each in claims),
        "reason": row.reason if row.state is not EntryState.PUBLISHED else None,
        "publish_at": marks.get("publish_at"),
        "missed": marks.get("missed"),
        "expires_on": row.expires_on.isoformat() if row.expires_on else None,
    }


def state_label(row: LibraryEntry) -> str:
    """Where an entry stands; a published one with something newer beside it is told apart."""
    state = row.state.value
    if row.state is EntryState.PUBLISHED and row.review_version is not None:
        state = "published_in_review"
    elif row.state is EntryState.PUBLISHED and row.published_version != row.latest_version:
        state = "edited"
    return label("library_states", state)


def entry_view(
    session: Session, entry_id: str, officer: Officer, *, now: datetime
) -> dict[str, Any]:
    """One entry with its YAML, findings, versions, review, plans, moves and what came of it."""
    row, names = get_entry(session, entry_id), staff_names(session)
    standing, text = Standing(session, row), entry_yaml(session, entry_id)
    moves = moves_view(standing, officer)
    return {
        "id": row.id,
        "question": get_version(session, row.id, row.latest_version).body["question"],
        "state": row.state.value,
        "state_label": state_label(row),
        "moved": _moved(row, names),
        "version": row.latest_version,
        "published_version": row.published_version,
        "review_version": row.review_version,
        "is_answered": standing.is_answered,
        "yaml": text,
        "findings": findings_in(session, text, entry_id=row.id, now=now),
        "versions": versions_view(session, standing, names),
        "review": review_view(session, standing, officer, names, now=now),
        "schedule": schedule_view(session, standing, names),
        "moves": moves,
        "verbs": [each["verb"] for each in moves if each["allowed"]],
        "wrong_answers": _open_reports(session, row.id),
        "corrections": asdict(count_corrections(session, entry_id=row.id)),
    }


def _moved(row: LibraryEntry, names: Names) -> dict[str, Any] | None:
    """Who brought the entry into its state, when, how and why."""
    if row.moved_at is None or row.moved_verb is None:
        return None
    return {
        "verb": row.moved_verb,
        "label": label("library_deeds", row.moved_verb),
        "by": names.get(row.moved_by or "") or label("actors", row.moved_by or "system"),
        "at": row.moved_at.isoformat(),
        "reason": row.reason,
    }


def _open_reports(session: Session, entry_id: str) -> int:
    used = session.scalars(
        select(Answer.entries)
        .join(WrongAnswerReport, WrongAnswerReport.turn_id == Answer.turn_id)
        .where(WrongAnswerReport.state == "open")
    )
    return sum(any(each.get("id") == entry_id for each in entries) for entries in used)


def preview(
    session: Session,
    entry_id: str,
    *,
    version: int | None,
    period: str,
    today: date,
    region: str,
) -> dict[str, Any]:
    """A version of an entry, the latest unless one is named, as a taxpayer would read it.

    Raises:
        InvalidInput: The period cannot be read.
        NoFigure: A figure has no value for the period.
    """
    if parse_period(period, today) is None:
        raise InvalidInput(field="period", reason=say("findings", "not_a_period", period=period))
    row = get_entry(session, entry_id)
    found = get_version(session, entry_id, version or row.latest_version)
    entry = Entry.model_validate(found.body)
    # The words of a period name a kind of payer, too (季度 → 按季申报): that is not meant here.
    frame = without_said_facts(read_frame(Query(text=period, today=today, region=region)))
    snapshot = build_snapshot([(entry, found.version)], all_documents(session), 0)
    period_asked = (frame.period.first, frame.period.last)
    figures = installed_parameters()
    entry = standing(entry, snapshot.documents, figures, period_asked, today).entry
    rendered = render(entry, replace(frame, period_said=True), snapshot)
    part = Part(
        text=rendered.text if holding_shorts(entry, frame) else say("findings", "nothing_holds"),
        kind="answer",
        title=entry.question,
        evidence=rendered.evidence,
        tax_period=frame.period.label,
        as_of=today,
        caution=rendered.caution,
    )
    return part.to_json()
