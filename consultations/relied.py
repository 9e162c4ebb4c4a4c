"""Past answers that rested on a document (依据过某文件的答复), found by their evidence."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import Session

from consultations.tables import Answer, Conversation, Turn
from core.dated import Dated
from knowledge_base.force import is_among

_BATCH = 500
_EVIDENCE = (Answer.sources, Answer.facts)


@dataclass(frozen=True)
class RelyingAnswer:
    """One answer given to a person, with the entry and claims it was made of."""

    turn_id: str
    conversation_id: int
    at: datetime
    question: str
    outcome: str
    entry_id: str | None
    version: int | None
    claims: tuple[str, ...]


@dataclass(frozen=True)
class RelyingAnswers:
    """One page of them, the newest first."""

    rows: tuple[RelyingAnswer, ...]
    total: int


#: By entry and claim, the spans of the values that rest on the document and are said in it.
Spans = Mapping[str, Mapping[str, Collection[Dated]]]


@dataclass(frozen=True)
class Source:
    """A document, the clauses that are meant (all where none is named), and its figures."""

    document_id: str
    clauses: tuple[str, ...] = ()
    figures: Spans = field(default_factory=dict)


def answers_relying_on(
    session: Session, source: Source, *, page: int = 1, per_page: int = 20
) -> RelyingAnswers:
    """Find the answers that named a document as their source, or said a figure of it.

    Args:
        session: Open session.
        source: The document, and the claims that say a figure of it.
        page: From 1.
        per_page: Rows of a page.
    """
    found = _relying(session, source)
    before = sum(1 for _ in islice(found, (page - 1) * per_page))
    rows = tuple(islice(found, per_page))
    total = before + len(rows) + sum(1 for _ in found)
    return RelyingAnswers(rows, total)


def _relying(session: Session, source: Source) -> Iterator[RelyingAnswer]:
    for answer, turn in _candidates(session, source):
        if _names(answer, source) or _says_a_figure(answer, source.figures):
            note: dict[str, Any] = answer.entries[0] if answer.entries else {}
            yield RelyingAnswer(
                turn_id=answer.turn_id,
                conversation_id=turn.conversation_id,
                at=answer.created_at,
                question=turn.text,
                outcome=answer.outcome,
                entry_id=note.get("id"),
                version=note.get("version"),
                claims=tuple(note.get("claims", ())),
            )


def _names(answer: Answer, source: Source) -> bool:
    """Whether the evidence, or what was computed, names the document and a clause meant."""
    cases = (note.get("case", {}).get("facts", {}) for note in answer.entries)
    rules = [facts.get("rule") or {} for facts in (answer.facts, *cases)]
    computed = [each for rule in rules for each in rule.get("sources", ())]
    return any(
        each.get("document") == source.document_id
        and (not source.clauses or is_among(each.get("clause"), source.clauses))
        for each in (*answer.sources, *computed)
    )


def _says_a_figure(answer: Answer, figures: Spans) -> bool:
    first = answer.tax_period_first or answer.as_of
    last = answer.tax_period_last or answer.as_of
    return any(
        span.overlaps(first, last) or span.holds_on(answer.as_of)
        for note in answer.entries
        for claim in note.get("claims", ())
        for span in figures.get(note.get("id", ""), {}).get(claim, ())
    )


def _candidates(session: Session, source: Source) -> Iterator[tuple[Answer, Turn]]:
    named = f'"{source.document_id}"'
    entries = cast(Answer.entries, String)
    wanted = [
        *(cast(each, String).contains(named, autoescape=True) for each in _EVIDENCE),
        *(entries.contains(f'"{each}"', autoescape=True) for each in sorted(source.figures)),
    ]
    rows = session.execute(
        select(Answer, Turn)
        .join(Turn, Turn.id == Answer.turn_id)
        .join(Conversation, Conversation.id == Turn.conversation_id)
        .where(
            or_(*wanted), Conversation.channel != "evaluation", Conversation.deleted_at.is_(None)
        )
        .order_by(Answer.created_at.desc(), Answer.turn_id)
        .execution_options(yield_per=_BATCH)
    )
    return (row._tuple() for row in rows)
