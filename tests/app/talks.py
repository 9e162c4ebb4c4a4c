"""Talks, appeals and firms for the tests of operations, made by the services themselves."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from answers.parts import Part, Reply
from appeals.filing import Filed, file_appeal
from appeals.from_talk import evidence_of
from appeals.kinds import load_kinds
from consultations.ratings import rate_answer
from consultations.tables import Conversation, Turn
from consultations.talk import finish_turn, open_conversation, receive_turn, record_answer
from core.secrets import Keys

VISITOR = "web:visitor-1"
PHONE = "19900000001"


def hold_talk(
    session: Session,
    *,
    now: datetime,
    said: str = "季度销售额28万要交增值税吗",
    identity_key: str = VISITOR,
    channel: str = "web",
) -> Conversation:
    """Open a talk of one answered turn that was reported as wrong."""
    conversation, _ = open_conversation(
        session, channel=channel, identity_key=identity_key, now=now
    )
    ask(session, conversation, said=said, now=now)
    return conversation


def ask(session: Session, conversation: Conversation, *, said: str, now: datetime) -> Turn:
    """Ask one more thing, have it answered, and report the answer as wrong."""
    turn, _ = receive_turn(
        session, conversation, text=said, client_message_id=f"{said} {now}", now=now
    )
    reply = Reply(outcome="answered", parts=(Part(text="免征。", kind="answer"),), as_of=date.min)
    record_answer(session, turn.id, reply, now=now)
    finish_turn(session, turn.id, now=now)
    rate_answer(session, conversation, turn.id, rating="wrong", comment="不对", now=now)
    return turn


def file_from(session: Session, conversation: Conversation, *, keys: Keys, now: datetime) -> Filed:
    """File an appeal out of a talk, with a phone to call back."""
    return file_appeal(
        session,
        identity_key=conversation.identity_key,
        conversation_id=conversation.id,
        enterprise_id=None,
        kind="consultation",
        subject="优惠没有享受到",
        detail="上个季度没有减半。",
        contact=PHONE,
        evidence=evidence_of(session, conversation),
        keys=keys,
        now=now,
        kinds=load_kinds(),
    )
