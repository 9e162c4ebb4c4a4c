"""Answers offered to an agent (建议答复), and what the agent did with each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from rapidfuzz.distance import Levenshtein
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from answers.decide import LIKELY
from answers.engine import Suggestion as Offered
from answers.frame import Firm, Query
from consultations.tables import Answer, Conversation, Turn
from core.clock import china_date
from desk.errors import SuggestionUnknown
from desk.tables import Suggestion
from enterprises.firms import BoundFirm, current_firm
from enterprises.tables import Enterprise

Suggester = Callable[[Query], list[Offered]]
Action = Literal["inserted", "edited", "sent", "dismissed"]
MOST = 3
#: Turns that are no question: there is nothing to suggest for them.
_NO_QUESTION = frozenset({"handed_over", "smalltalk", "distress", "appeal_filed"})
_LOOK_BACK = 6


def question_turn(session: Session, conversation_id: int) -> Turn | None:
    """The last turn of a talk that asks something."""
    turns = session.scalars(
        select(Turn)
        .where(Turn.conversation_id == conversation_id)
        .order_by(Turn.received_at.desc(), Turn.id)
        .limit(_LOOK_BACK)
    )
    for turn in turns:
        answer = session.get(Answer, turn.id)
        if answer is None or answer.outcome not in _NO_QUESTION:
            return turn
    return None


def suggestions_for(
    session: Session,
    talk: Conversation,
    *,
    suggest: Suggester,
    region: str,
    fresh: bool,
    now: datetime,
) -> dict[str, Any]:
    """The suggestions of a talk; made for the last question when asked for afresh.

    Args:
        session: Open session that may write.
        talk: The talk.
        suggest: The answer engine.
        region: The bureau's region.
        fresh: Whether what was offered for an earlier question is to be replaced.
        now: The moment.
    """
    turn = question_turn(session, talk.id)
    kept = _offered_last(session, talk.id)
    if turn is not None and (not kept or (fresh and kept[0].turn_id != turn.id)):
        session.get_one(Conversation, talk.id, with_for_update=True)
        kept = _of_turn(session, turn.id) or _offer(session, talk, turn, suggest, region, now)
    shown_for = kept[0].turn_id if kept else (turn.id if turn else None)
    asked = session.get(Turn, shown_for) if shown_for else None
    return {
        "turn_id": shown_for,
        "question": asked.text if asked else None,
        "stale": bool(kept and turn and kept[0].turn_id != turn.id),
        "suggestions": [suggestion_view(each) for each in kept],
    }


def _offered_last(session: Session, conversation_id: int) -> list[Suggestion]:
    last = session.scalar(
        select(Suggestion)
        .where(Suggestion.conversation_id == conversation_id)
        .order_by(Suggestion.id.desc())
        .limit(1)
    )
    return _of_turn(session, last.turn_id) if last else []


def _of_turn(session: Session, turn_id: str) -> list[Suggestion]:
    return list(
        session.scalars(
            select(Suggestion).where(Suggestion.turn_id == turn_id).order_by(Suggestion.place)
        )
    )


def _offer(
    session: Session,
    talk: Conversation,
    turn: Turn,
    suggest: Suggester,
    region: str,
    now: datetime,
) -> list[Suggestion]:
    firm = current_firm(session, identity_key=talk.identity_key, now=now)
    query = Query(
        text=turn.text,
        today=turn.as_of or china_date(now),
        topic=_topic_before(session, talk, turn),
        firm=_facts(session, firm) if firm else None,
        region=region,
    )
    rows = [
        Suggestion(
            conversation_id=talk.id,
            turn_id=turn.id,
            place=place,
            entry_id=offered.entry_id,
            title=offered.title,
            text=offered.part.text,
            evidence=offered.part.to_json()["evidence"],
            score=min(offered.score, 1.0),
            created_at=now,
        )
        for place, offered in enumerate(_likely(suggest(query)), 1)
    ]
    session.add_all(rows)
    session.flush()
    return rows


def _topic_before(session: Session, talk: Conversation, turn: Turn) -> dict[str, Any] | None:
    """What a follow-up is read with: what an agent sent last, or what the bot answered since."""
    sent = session.scalar(
        select(Suggestion)
        .where(
            Suggestion.conversation_id == talk.id,
            Suggestion.action == "sent",
            Suggestion.turn_id != turn.id,
        )
        .order_by(Suggestion.acted_at.desc(), Suggestion.id.desc())
        .limit(1)
    )
    answered = session.scalar(
        select(func.max(Answer.created_at)).join(Turn).where(Turn.conversation_id == talk.id)
    )
    if sent is None or sent.acted_at is None or (answered and answered > sent.acted_at):
        return talk.last_topic
    return {"entry_id": sent.entry_id, "question": session.get_one(Turn, sent.turn_id).text}


def _likely(offered: list[Offered]) -> list[Offered]:
    """The best ones, or none at all: where nothing comes near, an agent is not led astray."""
    return offered[:MOST] if offered and offered[0].score >= LIKELY else []


def _facts(session: Session, firm: BoundFirm) -> Firm:
    """The kind of payer a firm is, as far as the wording of an answer depends on it."""
    row = session.get_one(Enterprise, firm.enterprise_id)
    return Firm(
        firm.enterprise_id,
        firm.name,
        {
            "taxpayer_type": row.taxpayer_type.value,
            "subject": row.subject.value,
            "filing_cycle": row.filing_cycle.value,
        },
    )


def suggestion_view(suggestion: Suggestion) -> dict[str, Any]:
    """One suggestion for the page."""
    return {
        "id": suggestion.id,
        "entry_id": suggestion.entry_id,
        "title": suggestion.title,
        "text": suggestion.text,
        "evidence": suggestion.evidence,
        "score": suggestion.score,
        "action": suggestion.action,
    }


def get_suggestion(
    session: Session, suggestion_id: int, *, conversation_id: int | None = None
) -> Suggestion:
    """Return the suggestion.

    Raises:
        SuggestionUnknown: There is none, or it belongs to another talk.
    """
    found = session.get(Suggestion, suggestion_id)
    if found is None or (conversation_id is not None and found.conversation_id != conversation_id):
        raise SuggestionUnknown
    return found


def is_stale(session: Session, suggestion: Suggestion) -> bool:
    """Tell whether the taxpayer asked something else since."""
    turn = question_turn(session, suggestion.conversation_id)
    return turn is not None and turn.id != suggestion.turn_id


def record_action(
    session: Session,
    suggestion_id: int,
    *,
    action: Action,
    reason: str | None,
    by: str,
    now: datetime,
) -> Suggestion:
    """Keep what an agent did with a suggestion; what was sent stays sent."""
    suggestion = get_suggestion(session, suggestion_id)
    if suggestion.action != "sent":
        suggestion.action, suggestion.reason = action, reason
        suggestion.acted_by, suggestion.acted_at = by, now
    return suggestion


def mark_sent(suggestion: Suggestion, *, text: str, by: str, now: datetime) -> None:
    """Keep that a suggestion was sent, and by how many characters it was changed before."""
    distance = Levenshtein.distance(suggestion.text.strip(), text)
    suggestion.action, suggestion.acted_by, suggestion.acted_at = "sent", by, now
    suggestion.sent_as = "edited" if distance else "as_is"
    suggestion.edit_distance = distance
