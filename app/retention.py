"""Removing what has been kept long enough (到期清理), every night, by kind of data.

Appeals are case files (办件档案) and stay; they carry their own copy of the turns that led to
them, so a talk may go while its appeal is still open.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    and_,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from appeals.lifecycle import UNSETTLED
from appeals.tables import Appeal, AppealDraft, AppealEvidence
from channels.wechat_followers import remove_expired_receipts
from channels.wechat_tables import WechatDelivery
from consultations.learning_tables import GroupedQuestion
from consultations.tables import (
    Answer,
    Conversation,
    Correction,
    Message,
    Turn,
    WrongAnswerReport,
)
from core.audit import AuditLine, write_audit
from core.due_work import DueWork
from core.settings import Settings
from desk.tables import ConversationNote, SentReply, Suggestion
from enterprises.retention import remove_expired as remove_expired_proofs

KEEP_EVALUATION = timedelta(days=7)
KEEP_FINISHED_WORK = timedelta(days=30)
#: A talk that its owner deleted is empty; its row goes the night after.
KEEP_DELETED = timedelta(days=1)

Counts = dict[str, int]


def remove_expired(session: Session, settings: Settings, *, now: datetime) -> list[str]:
    """Remove what is past its time, and leave one audit line with the counts.

    Args:
        session: Open session; everything goes in its transaction, or nothing.
        settings: How long each kind of data is kept.
        now: The moment.

    Returns:
        Rasa's names of the talks that were removed or shortened; the caller deletes them from
        Rasa's tracker after the commit.
    """
    talk_ids, counts = _remove_talks(session, settings, now)
    counts |= _remove_case_contacts(session, settings, now)
    counts |= remove_expired_proofs(session, now=now, settings=settings)
    remove_expired_receipts(session, now=now)
    counts["due_work"] = _done(
        session, delete(DueWork).where(DueWork.done_at < now - KEEP_FINISHED_WORK)
    )
    first_kept = _first_kept_audit_line(session, now - timedelta(days=settings.keep_audit_days))
    counts["audit_lines"] = _count_before(session, first_kept)
    # Written before the removal: the chain goes on from the last line, which is never removed.
    write_audit(
        session, actor="system", deed="app.retention.done", subject="retention", now=now, **counts
    )
    _done(session, delete(AuditLine).where(AuditLine.id < first_kept))
    session.expire_all()
    return talk_ids


def _remove_talks(
    session: Session, settings: Settings, now: datetime
) -> tuple[list[str], dict[str, int]]:
    cutoff = now - timedelta(days=settings.keep_conversations_days)
    over = _is_over(now, cutoff)
    ended = select(Conversation.id).where(over)
    old_turn = or_(Turn.conversation_id.in_(ended), Turn.received_at < cutoff)
    old_turns = select(Turn.id).where(old_turn)
    shortened = select(Turn.conversation_id).where(old_turn)
    talk_ids = list(
        session.scalars(
            select(Conversation.talk_id).where(or_(over, Conversation.id.in_(shortened)))
        )
    )
    for about in (GroupedQuestion, WrongAnswerReport, Correction):
        _done(session, delete(about).where(about.turn_id.in_(old_turns)))
    for table in (Appeal, AppealDraft):
        cut = update(table).where(table.conversation_id.in_(ended)).values(conversation_id=None)
        _done(session, cut)
    for told in (Suggestion, ConversationNote, SentReply, WechatDelivery):
        _done(session, delete(told).where(told.conversation_id.in_(ended)))
    counts = {
        "answers": _done(session, delete(Answer).where(Answer.turn_id.in_(old_turns))),
        "messages": _done(
            session,
            delete(Message).where(or_(Message.conversation_id.in_(ended), Message.at < cutoff)),
        ),
        "turns": _done(session, delete(Turn).where(old_turn)),
        "conversations": _done(session, delete(Conversation).where(over)),
    }
    return talk_ids, counts


def _is_over(now: datetime, cutoff: datetime) -> ColumnElement[bool]:
    evaluation = Conversation.channel == "evaluation"
    return or_(
        Conversation.last_at < cutoff,
        and_(evaluation, Conversation.last_at < now - KEEP_EVALUATION),
        Conversation.deleted_at < now - KEEP_DELETED,
    )


def _remove_case_contacts(session: Session, settings: Settings, now: datetime) -> Counts:
    """Drafts that nobody goes on with, and the contact of a settled appeal.

    It goes after its time, or at once where the talk is gone that the appeal came from: its owner
    deleted it, or it was too old.
    """
    cutoff = now - timedelta(days=settings.keep_contacts_days)
    from_a_talk = select(AppealEvidence.appeal_id).where(AppealEvidence.turn_id.is_not(None))
    talk_is_gone = and_(Appeal.conversation_id.is_(None), Appeal.id.in_(from_a_talk))
    settled = and_(Appeal.status.not_in(UNSETTLED), Appeal.contact_sealed.is_not(None))
    forget_contact = (
        update(Appeal)
        .where(settled, or_(Appeal.closed_at < cutoff, talk_is_gone))
        .values(contact_sealed=None, contact_hint=None)
    )
    return {
        "drafts": _done(session, delete(AppealDraft).where(AppealDraft.updated_at < cutoff)),
        "appeal_contacts": _done(session, forget_contact),
    }


def _first_kept_audit_line(session: Session, cutoff: datetime) -> int:
    """Only whole beginnings of the chain go: a gap inside it would look like tampering."""
    kept = session.scalar(select(func.min(AuditLine.id)).where(AuditLine.at >= cutoff))
    newest = session.scalar(select(func.max(AuditLine.id)))
    return kept or newest or 0


def _count_before(session: Session, line_id: int) -> int:
    counting = select(func.count(AuditLine.id)).where(AuditLine.id < line_id)
    return session.scalar(counting) or 0


def _done(session: Session, statement: Executable) -> int:
    result: Any = session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult)
    return result.rowcount
