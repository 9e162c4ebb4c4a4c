"""Filing an appeal (提交诉求) with its number, its check code, its evidence and its promise."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.deadlines import start_promise
from appeals.errors import AppealAlreadyOpen
from appeals.kinds import Kind, Kinds
from appeals.lifecycle import UNSETTLED, record_move
from appeals.receiving import kept_subject, kept_text, sealed_contact
from appeals.tables import Appeal, AppealEvidence, AppealStatus, Verb
from core.audit import visitor_actor
from core.clock import china_date
from core.errors import InvalidInput
from core.masking import mask
from core.secrets import Keys, new_code

CODE_LENGTH = 6
_SAME_WITHIN = timedelta(hours=24)


@dataclass(frozen=True)
class EvidenceTurn:
    """One turn of the talk, exactly as it was asked and answered (随附的问答)."""

    asked_text: str
    answer_text: str
    turn_id: str | None = None
    outcome: str | None = None
    sources: list[dict[str, Any]] = field(default_factory=list)
    tax_period: str | None = None


@dataclass(frozen=True)
class Filed:
    """A new appeal, and the check code that is told now and not shown again."""

    appeal: Appeal
    check_code: str


def file_appeal(
    session: Session,
    *,
    identity_key: str,
    conversation_id: int | None,
    enterprise_id: int | None,
    kind: str,
    subject: str,
    detail: str,
    contact: str | None,
    evidence: list[EvidenceTurn],
    keys: Keys,
    now: datetime,
    kinds: Kinds,
    actor: str | None = None,
    is_evaluation: bool = False,
) -> Filed:
    """File an appeal (提交诉求) and start the clock of its promise.

    Args:
        session: Open session; the caller commits.
        identity_key: Whose appeal it is.
        conversation_id: The talk it comes from; answers go back there.
        enterprise_id: The firm it concerns, if one is bound.
        kind: A code of ``kinds``.
        subject: One line for the queue; shortened to 80 characters.
        detail: The taxpayer's own words; personal data is masked.
        contact: How to call back; kept sealed.
        evidence: The turns that led to it, copied as they are now.
        keys: For the vault and the check code.
        now: The moment.
        kinds: Kinds and days as promised by this bureau.
        actor: Who files it if not the person: ``system`` when nobody took over the talk.
        is_evaluation: Keeps it out of queues and away from the clock.

    Raises:
        InvalidInput: The kind is unknown, or a text is empty or too long.
        AppealAlreadyOpen: The same appeal is open since less than a day.
    """
    chosen = _chosen_kind(kind, kinds)
    subject, kept = kept_subject(subject), kept_text(detail, "detail")
    _refuse_twin(session, identity_key, kind, subject, kept, now)
    vault = sealed_contact(contact, detail, keys)
    number, code = _new_number(session, now), new_code(CODE_LENGTH)
    appeal = Appeal(
        number=number,
        check_code_hash=check_code_hash(keys, number, code),
        check_code_sealed=keys.seal(code),
        conversation_id=conversation_id,
        identity_key=identity_key,
        enterprise_id=enterprise_id,
        kind=kind,
        subject=subject,
        detail=kept,
        contact_sealed=vault.sealed,
        contact_hint=vault.hint,
        is_evaluation=is_evaluation,
        evidence=[_snapshot(place, turn) for place, turn in enumerate(evidence)],
        **_fresh_clock(chosen, now),
    )
    session.add(appeal)
    start_promise(session, appeal, now=now)
    record_move(session, appeal, Verb.FILE, actor=actor or visitor_actor(identity_key), now=now)
    return Filed(appeal, code)


def check_code_hash(keys: Keys, number: str, code: str) -> str:
    """What is kept of a check code; bound to its number."""
    return keys.keyed_hash("appeals.check_code", f"{number}:{code}")


def _chosen_kind(code: str, kinds: Kinds) -> Kind:
    if code not in kinds:
        raise InvalidInput(field="kind", reason="没有这个诉求类型")
    return kinds[code]


def _fresh_clock(kind: Kind, now: datetime) -> dict[str, Any]:
    return {
        "status": AppealStatus.SUBMITTED,
        "opened_at": now,
        "clock_from": now,
        "working_days": kind.working_days,
        "due_on": china_date(now),
        "provisional": False,
        "promise_no": 0,
        "paused_working_days": 0,
    }


def _refuse_twin(
    session: Session, identity_key: str, kind: str, subject: str, detail: str, now: datetime
) -> None:
    twin = session.scalars(
        select(Appeal.number).where(
            Appeal.identity_key == identity_key,
            Appeal.kind == kind,
            Appeal.subject == subject,
            Appeal.detail == detail,
            Appeal.status.in_(UNSETTLED),
            Appeal.opened_at > now - _SAME_WITHIN,
        )
    ).first()
    if twin is not None:
        raise AppealAlreadyOpen(appeal_number=twin)


def _new_number(session: Session, now: datetime) -> str:
    while True:
        number = f"SQ{china_date(now):%Y%m%d}-{new_code(6)}"
        if session.scalar(select(Appeal.id).where(Appeal.number == number)) is None:
            return number


def _snapshot(place: int, turn: EvidenceTurn) -> AppealEvidence:
    return AppealEvidence(
        position=place,
        turn_id=turn.turn_id,
        asked_text=mask(turn.asked_text).text,
        answer_text=turn.answer_text,
        outcome=turn.outcome,
        sources=copy.deepcopy(turn.sources),
        tax_period=turn.tax_period,
    )
