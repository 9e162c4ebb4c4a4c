"""Groups of questions as editors see them (提问改进): the list, and one with its examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from answers.frame import Query
from answers.parts import Reply
from consultations.learning.groups import (
    Counted,
    GroupFilter,
    Question,
    answered_with,
    asked_of,
    count_groups,
    examples,
    get_counted,
    list_groups,
    questions_of,
)
from consultations.learning.judging import nearest_entries
from consultations.learning.wording import anonymous
from consultations.learning_tables import GroupState, ProposalKind
from desk.labels import label, labels, outcome_label
from desk.staff import staff_names
from knowledge_base.library import Snapshot
from knowledge_base.sentences import label as library_label
from knowledge_base.tables import LibraryEntry
from knowledge_base.term_tables import KeptTerm

PER_PAGE = 20
Answering = Callable[[Query], Reply]


@dataclass(frozen=True)
class Now:
    """What a question would be answered with now."""

    snapshot: Snapshot
    answer: Answering
    today: date
    region: str


def groups_page(
    session: Session, *, state: str | None, kind: str | None, topic: str | None, page: int
) -> dict[str, Any]:
    """One page of groups, with how many there are of each state and kind."""
    wanted = GroupFilter(
        state=next((each for each in GroupState if each.value == state), None),
        kind=next((each for each in ProposalKind if each.value == kind), None),
        topic=topic,
    )
    found, total = list_groups(session, wanted, page=page, per_page=PER_PAGE)
    names = staff_names(session)
    entries = _questions_by_id(session, (each.group.entry_id for each in found))
    counts = count_groups(session)
    return {
        "rows": [
            {**_summary(each, names, entries), "lead": _lead(session, each)} for each in found
        ],
        "total": total,
        "page": page,
        "per_page": PER_PAGE,
        "states": [
            {
                "code": each.value,
                "label": label("group_states", each.value),
                "count": sum(n for (state, _), n in counts.items() if state is each),
            }
            for each in GroupState
        ],
        "kinds": [
            {
                "code": each.value,
                "label": label("group_kinds", each.value),
                "count": sum(
                    n
                    for (state, kind), n in counts.items()
                    if kind is each and wanted.state in (None, state)
                ),
            }
            for each in ProposalKind
        ],
        "topics": topics(),
    }


def topics() -> list[dict[str, str]]:
    """What entries may be about."""
    return [{"code": code, "label": told} for code, told in labels()["topics"].items()]


def _lead(session: Session, counted: Counted) -> str:
    shown = examples(questions_of(session, counted.group.id))
    return anonymous(session, shown[0].turn.text) if shown else ""


def group_view(session: Session, group_id: int, now: Now) -> dict[str, Any]:
    """One group with its examples, what they were answered, and the entries nearest to it."""
    counted = get_counted(session, group_id)
    questions = questions_of(session, group_id)
    near = nearest_entries(asked_of(questions).texts, now.snapshot)
    shown = examples(questions)
    named = [name for name, _ in near]
    named += [name for each in shown for name in (answered_with(each), each.agent_entry) if name]
    replies = {each.turn.id: _now(each, now) for each in shown}
    named += [name for _, name in replies.values() if name]
    entries = _questions_by_id(session, [*named, counted.group.entry_id])
    return {
        **_summary(counted, staff_names(session), entries),
        "made": _made(session, counted),
        "examples": [
            _example(session, each, entries, replies[each.turn.id]) for each in shown
        ],
        "channels": _tally(label("channels", each.channel) for each in questions),
        "signals": _tally(
            label("signals", signal) for each in questions for signal in each.signals
        ),
        "nearest": [
            {**_entry(name, entries), "score": round(score, 2)}
            for name, score in near
            if name in entries
        ],
        "topics": topics(),
        "term_kinds": [
            {"code": code, "label": library_label("term_kinds", code)}
            for code in ("said", "short", "old", "slip", "hint")
        ],
    }  # fmt: skip


def _summary(
    counted: Counted, names: dict[str, str], entries: dict[str, LibraryEntry]
) -> dict[str, Any]:
    group, by = counted.group, counted.group.settled_by
    return {
        "id": group.id,
        "version": group.version,
        "state": group.state.value,
        "state_label": label("group_states", group.state.value),
        "kind": counted.kind.value,
        "kind_label": label("group_kinds", counted.kind.value),
        "topic": {"code": group.topic, "label": label("topics", group.topic)}
        if group.topic
        else None,
        "talks": counted.talks,
        "questions": counted.questions,
        "first_at": counted.first_at.isoformat(),
        "last_at": counted.last_at.isoformat(),
        "entry": _named(group.entry_id, entries),
        "score": round(group.score, 2),
        "word": counted.word,
        "term": group.term if counted.word else None,
        "returned": group.state is GroupState.OPEN and group.settled_at is not None,
        "settled_by": names.get(by, by) if by else None,
        "settled_at": group.settled_at.isoformat() if group.settled_at else None,
        "reason": group.reason,
    }


def _made(session: Session, counted: Counted) -> dict[str, Any] | None:
    """What became of the group: an entry with how it stands, or a term."""
    made = counted.group.made
    if not made:
        return None
    if "term" in made:
        term = session.get_one(KeptTerm, made["term"])
        told = {"text": term.text, "term": term.term}
        return {**told, "state_label": library_label("term_states", term.state.value)}
    row = session.get_one(LibraryEntry, made["entry"])
    return {
        **_entry(row.id, {row.id: row}),
        "version": made["version"],
        "live": (row.published_version or 0) >= made["version"],
    }


def _example(
    session: Session,
    question: Question,
    entries: dict[str, LibraryEntry],
    reply: tuple[str, str | None],
) -> dict[str, Any]:
    answer, (outcome, entry_id) = question.answer, reply
    rating = answer.rating if answer else None
    return {
        "text": anonymous(session, question.turn.text),
        "asked_at": question.turn.received_at.isoformat(),
        "channel": label("channels", question.channel),
        "signals": [label("signals", each) for each in question.signals],
        "outcome": outcome_label(answer.outcome) if answer else None,
        "rating": label("ratings", rating) if rating else None,
        "answered_with": _named(answered_with(question), entries),
        "agent_entry": _named(question.agent_entry, entries),
        "now": {"outcome": outcome_label(outcome), "entry": _named(entry_id, entries)},
    }


def _now(question: Question, now: Now) -> tuple[str, str | None]:
    """What the question is answered with now, alone: not as part of its talk."""
    reply = now.answer(Query(question.turn.text, now.today, region=now.region))
    answered = reply.outcome in ("answered", "computed", "referred") and reply.entries
    return reply.outcome, str(reply.entries[0]["id"]) if answered else None


def _named(entry_id: str | None, entries: dict[str, LibraryEntry]) -> dict[str, Any] | None:
    return None if entry_id is None else _entry(entry_id, entries)


def _entry(entry_id: str, entries: dict[str, LibraryEntry]) -> dict[str, Any]:
    row = entries.get(entry_id)
    return {
        "id": entry_id,
        "question": row.question if row else entry_id,
        "edited": row is not None and row.latest_version != row.published_version,
    }


def _questions_by_id(session: Session, ids: Iterable[str | None]) -> dict[str, LibraryEntry]:
    wanted = {each for each in ids if each}
    rows = session.scalars(select(LibraryEntry).where(LibraryEntry.id.in_(wanted)))
    return {row.id: row for row in rows}


def _tally(told: Iterable[str]) -> list[dict[str, Any]]:
    return [{"label": each, "count": count} for each, count in Counter(told).most_common()]
