"""The library as editors see it (知识库工作台): list, entry with versions, preview."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from answers.frame import Query, read_frame, without_said_facts
from answers.parts import Part
from answers.render import holding_shorts, render
from consultations.tables import Answer, WrongAnswerReport
from core.errors import InvalidInput
from core.periods import parse_period
from desk.labels import label, say
from desk.library_check import findings_of
from desk.staff import staff_names
from knowledge_base.library import build_snapshot
from knowledge_base.schema import Entry
from knowledge_base.store import (
    all_documents,
    entry_yaml,
    get_entry,
    get_version,
    list_entries,
)
from knowledge_base.tables import EntryState, LibraryDocument, LibraryEntry, LibraryVersion
from policy_rules.parameters import Certainty

PER_PAGE = 20
_S = EntryState
_VERBS: dict[EntryState, tuple[str, ...]] = {
    _S.DRAFT: ("publish", "retire"),
    _S.IN_REVIEW: ("publish", "retire"),
    _S.PUBLISHED: ("suspend", "retire"),
    _S.SUSPENDED: ("publish", "retire"),
    _S.RETIRED: (),
}


def library_page(
    session: Session, *, search: str, state: str | None, topic: str | None, page: int
) -> dict[str, Any]:
    """One page of the editors' list."""
    chosen = next((each for each in EntryState if each.value == state), None)
    found = list_entries(
        session, search=search, state=chosen, topic=topic, page=page, per_page=PER_PAGE
    )
    names = staff_names(session)
    by_state = dict(
        session.execute(
            select(LibraryEntry.state, func.count(LibraryEntry.id)).group_by(LibraryEntry.state)
        )
        .tuples()
        .all()
    )
    topics = session.scalars(select(LibraryEntry.topic).distinct().order_by(LibraryEntry.topic))
    return {
        "rows": [_row(session, row, names) for row in found.rows],
        "total": found.total,
        "page": page,
        "per_page": PER_PAGE,
        "states": [
            {"code": each.value, "label": label("library_states", each.value), "count": count}
            for each in EntryState
            if (count := by_state.get(each, 0))
        ],
        "topics": [{"code": each, "label": label("topics", each)} for each in topics],
    }


def _row(session: Session, row: LibraryEntry, names: dict[str, str]) -> dict[str, Any]:
    version = get_version(session, row.id, row.latest_version)
    claims = [*version.body.get("claims", []), *version.body.get("traps", [])]
    return {
        "id": row.id,
        "question": version.body.get("question", row.question),
        "topics": [label("topics", each) for each in version.body.get("topics", [])],
        "state": row.state.value,
        "state_label": state_label(row),
        "version": row.latest_version,
        "editor": _who(version.editor, names),
        "changed_at": version.created_at.isoformat(),
        "checked_on": version.body.get("checked_on"),
        "open_claims": sum(each["certainty"] == Certainty.OPEN.value for each in claims),
    }


def _who(editor: str, names: dict[str, str]) -> str:
    """The name of an editor; what came with the files has none."""
    return names.get(editor) or label("actors", editor)


def state_label(row: LibraryEntry) -> str:
    """Where an entry stands; a published one with newer edits is told apart."""
    edited = row.state is _S.PUBLISHED and row.published_version != row.latest_version
    return label("library_states", "edited" if edited else row.state.value)


def entry_view(session: Session, entry_id: str, *, today: date) -> dict[str, Any]:
    """One entry with its YAML, findings, versions and open reports."""
    row, names = get_entry(session, entry_id), staff_names(session)
    text = entry_yaml(session, entry_id)
    documents = session.scalars(select(LibraryDocument.id)).all()
    return {
        "id": row.id,
        "question": get_version(session, row.id, row.latest_version).body["question"],
        "state": row.state.value,
        "state_label": state_label(row),
        "version": row.latest_version,
        "published_version": row.published_version,
        "yaml": text,
        "findings": findings_of(text, entry_id=row.id, documents=documents, today=today),
        "versions": _versions(session, row, names),
        "verbs": verbs_for(row),
        "wrong_answers": _open_reports(session, row.id),
    }


def verbs_for(row: LibraryEntry) -> list[str]:
    """What an editor may do with the entry now."""
    verbs = list(_VERBS[row.state])
    if row.state is _S.PUBLISHED and row.published_version != row.latest_version:
        verbs.insert(0, "publish")
    return verbs


def _versions(session: Session, row: LibraryEntry, names: dict[str, str]) -> list[dict[str, Any]]:
    found = session.scalars(
        select(LibraryVersion)
        .where(LibraryVersion.entry_id == row.id)
        .order_by(LibraryVersion.version.desc())
    )
    return [
        {
            "version": each.version,
            "at": each.created_at.isoformat(),
            "editor": _who(each.editor, names),
            "published_at": each.published_at.isoformat() if each.published_at else None,
            "published_by": _who(each.published_by, names) if each.published_by else None,
            "is_live": each.version == row.published_version and row.state is _S.PUBLISHED,
        }
        for each in found
    ]


def _open_reports(session: Session, entry_id: str) -> int:
    used = session.scalars(
        select(Answer.entries)
        .join(WrongAnswerReport, WrongAnswerReport.turn_id == Answer.turn_id)
        .where(WrongAnswerReport.state == "open")
    )
    return sum(any(each.get("id") == entry_id for each in entries) for entries in used)


def preview(
    session: Session, entry_id: str, *, period: str, today: date, region: str
) -> dict[str, Any]:
    """The latest version of an entry as a taxpayer would read it for a period.

    Raises:
        InvalidInput: The period cannot be read.
        NoFigure: A figure has no value for the period.
    """
    if parse_period(period, today) is None:
        raise InvalidInput(field="period", reason=say("findings", "not_a_period", period=period))
    row = get_entry(session, entry_id)
    version = get_version(session, entry_id, row.latest_version)
    entry = Entry.model_validate(version.body)
    # The words of a period name a kind of payer, too (季度 → 按季申报): that is not meant here.
    frame = without_said_facts(read_frame(Query(text=period, today=today, region=region)))
    snapshot = build_snapshot([(entry, version.version)], all_documents(session), 0)
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
