"""The chain of a case (办件链): a move covers the one before and the files that came with it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from appeals.tables import Appeal, AppealAttachment, AppealEvidence, AppealMove
from core.audit import AuditLine, first_broken_line

_CASES_AT_ONCE = 200


@dataclass(frozen=True)
class Broken:
    """The first place at which a case does not fit its chain.

    ``reason``: ``content_changed`` (what was filed), ``move_changed`` (a line, or one was put in
    or taken out), ``moves_missing`` (lines cut off at the end), ``state_differs`` (the case does
    not stand where its last line says), ``audit_differs`` (the audit trail tells another end),
    ``file_changed`` (what is stored of an attachment is not what its line covers).
    """

    number: str
    move_id: int | None
    reason: str


@dataclass(frozen=True)
class Verdict:
    """What a look at every chain came to."""

    cases: int
    moves: int
    broken: Broken | None
    broken_audit_line: int | None

    @property
    def holds(self) -> bool:
        return self.broken is None and self.broken_audit_line is None


def digest_of(appeal: Appeal) -> str:
    """A fingerprint of what was filed: words, particulars, firm's facts, every turn shown."""
    return _hashed(
        [
            appeal.number,
            appeal.kind,
            appeal.subject,
            appeal.detail,
            appeal.opened_at.timestamp(),
            appeal.particulars,
            appeal.firm_facts,
            [_turn(each) for each in appeal.evidence],
        ]
    )


def chained(before: str, appeal: Appeal, move: AppealMove) -> str:
    """What a move's line carries on: everything it says, its files, and the line before."""
    told = [
        before,
        appeal.number,
        appeal.digest,
        move.at.timestamp(),
        move.actor,
        move.verb.value,
        move.from_status.value if move.from_status else None,
        move.to_status.value,
        move.promise_no,
        move.due_on.isoformat(),
        move.note_public,
        move.note_internal,
    ]
    # Lines without a file read as they did before there were any.
    return _hashed([*told, [_file(each) for each in move.files]] if move.files else told)


def verify_appeals(session: Session) -> Verdict:
    """Check the chain of every case, and that of the audit trail (核验)."""
    moves = session.scalar(select(func.count(AppealMove.id))) or 0
    cases = session.scalar(select(func.count(Appeal.id))) or 0
    return Verdict(cases, moves, _first_broken(session), first_broken_line(session))


def _first_broken(session: Session) -> Broken | None:
    heads, last = _audited_heads(session), 0
    while True:
        appeals = session.scalars(
            select(Appeal)
            .where(Appeal.id > last)
            .order_by(Appeal.id)
            .limit(_CASES_AT_ONCE)
            .options(selectinload(Appeal.moves), selectinload(Appeal.evidence))
        ).all()
        for appeal in appeals:
            broken = check_case(appeal, heads.get(appeal.number)) or _changed_file(session, appeal)
            if broken is not None:
                return broken
        if not appeals:
            return None
        last = appeals[-1].id


def check_case(appeal: Appeal, audited_head: str | None = None) -> Broken | None:
    """Where the chain of one case breaks first, or None.

    Args:
        appeal: The case.
        audited_head: The end of its chain as the audit trail has it, if it does.
    """
    if appeal.digest and appeal.digest != digest_of(appeal):
        return Broken(appeal.number, None, "content_changed")
    before = ""
    for move in appeal.moves:
        if move.chain != chained(before, appeal, move):
            return Broken(appeal.number, move.id, "move_changed")
        before = move.chain
    if before != appeal.chain_head:
        return Broken(appeal.number, None, "moves_missing")
    if appeal.moves and appeal.moves[-1].to_status is not appeal.status:
        return Broken(appeal.number, appeal.moves[-1].id, "state_differs")
    if audited_head is not None and audited_head != appeal.chain_head:
        return Broken(appeal.number, None, "audit_differs")
    return None


def _changed_file(session: Session, appeal: Appeal) -> Broken | None:
    """The first attachment whose stored bytes are not those that its line covers."""
    for move in appeal.moves:
        for each in move.files:
            stored = session.scalar(
                select(AppealAttachment.sealed).where(AppealAttachment.id == each.id)
            )
            if hashlib.sha256(stored or b"").hexdigest() != each.seal_sha256:
                return Broken(appeal.number, move.id, "file_changed")
    return None


def _audited_heads(session: Session) -> dict[str, str]:
    """The end of every case's chain as the audit trail has it; not of cases older than that."""
    lines = session.execute(
        select(AuditLine.subject, AuditLine.data)
        .where(AuditLine.subject.startswith("appeal:"))
        .order_by(AuditLine.id)
    )
    return {
        subject.removeprefix("appeal:"): data["chain"] for subject, data in lines if "chain" in data
    }


def _turn(each: AppealEvidence) -> list[Any]:
    return [
        each.position,
        each.turn_id,
        each.asked_text,
        each.answer_text,
        each.outcome,
        each.sources,
        each.tax_period,
        each.asked_at.timestamp() if each.asked_at else None,
        each.shown,
        each.entries,
        each.facts,
    ]


def _file(each: AppealAttachment) -> list[Any]:
    return [
        each.at.timestamp(),
        each.added_by,
        each.is_internal,
        each.kind.value,
        each.name,
        each.size,
        each.sha256,
        each.seal_sha256,
    ]


def _hashed(told: list[Any]) -> str:
    plain = json.dumps(told, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(plain.encode()).hexdigest()
