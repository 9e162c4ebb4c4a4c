"""Repeats under one parent (并单): one answer, told to each filer in their own talk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from appeals.deadlines import file_lapse
from appeals.errors import HasRepeats, MergeRefused
from appeals.kinds import rules_of
from appeals.lifecycle import check_move, record_move, unless_changed
from appeals.people import THE_SYSTEM, Actor, Doer, doer_of
from appeals.receiving import written
from appeals.tables import Appeal, AppealMove, AppealStatus, Priority, Verb
from appeals.wording import refusal

_PARENT_MAY_BE = (
    AppealStatus.SUBMITTED,
    AppealStatus.ACCEPTED,
    AppealStatus.WORKING,
    AppealStatus.WAITING,
)


@unless_changed
def merge_appeal(
    session: Session, *, appeal: Appeal, parent: Appeal, actor: Actor, now: datetime
) -> AppealMove:
    """Merge an appeal under a parent (并单); its own promise stands, and its filer is told.

    Args:
        session: Open session.
        appeal: The repeat.
        parent: What it is a repeat of; answering that answers both.
        actor: An officer who may work on both.
        now: The moment.

    Raises:
        MergeRefused: They cannot be merged; the details say why.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.MERGE, doer)
    why = _why_not(session, appeal, parent)
    if why:
        raise MergeRefused(
            appeal_number=appeal.number, parent_number=parent.number, reason=refusal(why)
        )
    check_move(parent, Verb.GATHER, doer)
    appeal.parent_id = parent.id
    move = record_move(session, appeal, Verb.MERGE, actor=doer, now=now, parent=parent.number)
    record_move(session, parent, Verb.GATHER, actor=doer, now=now, child=appeal.number)
    return move


@unless_changed
def unmerge_appeal(
    session: Session, *, appeal: Appeal, why: str, actor: Actor, now: datetime
) -> AppealMove:
    """Let a repeat go on by itself (解除并单), before the answer."""
    return record_move(session, appeal, Verb.UNMERGE, actor=actor, now=now, text=written(why))


def repeats_of(session: Session, appeal: Appeal) -> list[Appeal]:
    """What is merged under an appeal now, oldest first."""
    return list(
        session.scalars(
            select(Appeal)
            .where(Appeal.parent_id == appeal.id, Appeal.status == AppealStatus.MERGED)
            .order_by(Appeal.id)
        )
    )


def parent_of(session: Session, appeal: Appeal) -> Appeal | None:
    """The case under which an appeal is merged now."""
    if appeal.status is not AppealStatus.MERGED or appeal.parent_id is None:
        return None
    return session.get(Appeal, appeal.parent_id)


def check_no_repeats(session: Session, appeal: Appeal) -> None:
    """Refuse what would leave repeats without an answer.

    Raises:
        HasRepeats: Others are merged under it.
    """
    count = _count_repeats(session, appeal)
    if count:
        raise HasRepeats(appeal_number=appeal.number, count=count)


def answer_repeats(session: Session, appeal: Appeal, *, doer: Doer, now: datetime) -> None:
    """Answer every repeat as its parent was answered; each filer confirms for themselves."""
    for repeat in repeats_of(session, appeal):
        labels = {each.code: each.label for each in rules_of(repeat).resolutions}
        repeat.answer_text, repeat.answered_at = appeal.answer_text, now
        repeat.resolution = appeal.resolution if appeal.resolution in labels else None
        repeat.assigned_to = repeat.assigned_to or appeal.assigned_to
        record_move(
            session,
            repeat,
            Verb.ANSWER_MERGED,
            actor=doer,
            now=now,
            text=appeal.answer_text or "",
            resolution=labels.get(repeat.resolution or "", ""),
        )
        file_lapse(session, repeat, now=now)


def let_repeats_go(session: Session, appeal: Appeal, *, now: datetime) -> None:
    """Let every repeat go on by itself, because its parent was withdrawn."""
    for repeat in repeats_of(session, appeal):
        why = refusal("parent_withdrawn")
        record_move(session, repeat, Verb.UNMERGE, actor=THE_SYSTEM, now=now, text=why)


def urge_parent(session: Session, appeal: Appeal) -> None:
    """Let the urging of a repeat move its parent forward."""
    parent = parent_of(session, appeal)
    if parent is not None:
        parent.priority = max(parent.priority, Priority.URGED)


def _why_not(session: Session, appeal: Appeal, parent: Appeal) -> str | None:
    if parent.id == appeal.id:
        return "merge_itself"
    if parent.status is AppealStatus.MERGED:
        return "merge_parent_is_child"
    if parent.status not in _PARENT_MAY_BE:
        return "merge_parent_not_open"
    if appeal.is_evaluation != parent.is_evaluation:
        return "merge_evaluation"
    if _count_repeats(session, appeal):
        return "merge_has_repeats"
    if rules_of(appeal).resolutions and not rules_of(parent).resolutions:
        return "merge_must_resolve"
    return None


def _count_repeats(session: Session, appeal: Appeal) -> int:
    merged = select(func.count(Appeal.id)).where(
        Appeal.parent_id == appeal.id, Appeal.status == AppealStatus.MERGED
    )
    return session.scalar(merged) or 0
