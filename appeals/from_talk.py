"""An appeal out of a talk (由会话生成诉求): it carries the exact turns and the evidence shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from appeals.filing import EvidenceTurn, Filed, file_appeal
from appeals.kinds import Kinds
from consultations.tables import Conversation, Turn
from consultations.talk import recent_turns
from core.secrets import Keys

_SUBJECT_LENGTH = 60


def evidence_of(session: Session, conversation: Conversation) -> list[EvidenceTurn]:
    """The last turns of the talk, exactly as they were asked and answered."""
    return evidence_from(recent_turns(session, conversation.id))


def evidence_from(turns: Iterable[Turn]) -> list[EvidenceTurn]:
    """Chosen turns of a talk, exactly as they were asked and answered."""
    return [_turn(turn) for turn in turns]


def _turn(turn: Turn) -> EvidenceTurn:
    answer = turn.answer
    if answer is None:
        return EvidenceTurn(
            asked_text=turn.text, answer_text="", turn_id=turn.id, asked_at=turn.received_at
        )
    labels = [part.get("tax_period") for part in answer.parts]
    return EvidenceTurn(
        asked_text=turn.text,
        answer_text="\n".join(part.get("text", "") for part in answer.parts),
        turn_id=turn.id,
        outcome=answer.outcome,
        sources=list(answer.sources),
        tax_period=next((label for label in labels if label), None),
        asked_at=turn.received_at,
        shown=list(answer.parts),
        entries=list(answer.entries),
        facts=dict(answer.facts),
    )


def file_unheard(
    session: Session,
    conversation: Conversation,
    *,
    enterprise_id: int | None,
    detail: str,
    keys: Keys,
    kinds: Kinds,
    now: datetime,
) -> Filed:
    """File the wish for a person that nobody could take up (无人接听转诉求)."""
    return file_appeal(
        session,
        identity_key=conversation.identity_key,
        conversation_id=conversation.id,
        enterprise_id=enterprise_id,
        kind="consultation",
        subject=detail[:_SUBJECT_LENGTH],
        detail=detail,
        contact=None,
        evidence=evidence_of(session, conversation),
        keys=keys,
        now=now,
        kinds=kinds,
    )
