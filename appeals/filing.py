"""Filing an appeal (提交诉求) with its number, its check code, its evidence and its promise."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.attachments_pending import hold_pending
from appeals.deadlines import file_acceptance_clock, file_clock, set_promise
from appeals.elsewhere import refuse_elsewhere
from appeals.errors import AppealAlreadyOpen
from appeals.firm_facts import firm_snapshot
from appeals.kinds import Kind, Kinds
from appeals.lifecycle import UNSETTLED, record_move
from appeals.people import Actor
from appeals.receiving import kept_subject, kept_text, sealed_contact
from appeals.tables import Appeal, AppealEvidence, AppealStatus, Origin, Verb
from appeals.wording import refusal
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
    asked_at: datetime | None = None
    shown: list[dict[str, Any]] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Brought:
    """How an appeal came in (来源): who brought it, for whom it was agreed, what was asked.

    ``still_file`` says that the person saw likely duplicates, and files all the same.
    ``request_key`` names the one request that this is, however often it is sent.
    """

    origin: Origin = Origin.TAXPAYER
    source_name: str | None = None
    consented_at: datetime | None = None
    particulars: Mapping[str, str] | None = None
    still_file: bool = False
    request_key: str | None = None


_BY_THE_TAXPAYER = Brought()


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
    actor: Actor | None = None,
    is_evaluation: bool = False,
    brought: Brought = _BY_THE_TAXPAYER,
) -> Filed:
    """File an appeal (提交诉求) and start the clock of its promise; waiting files go along.

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
        brought: How it came in, with what the kind asks for.

    Raises:
        TakenElsewhere: This is not taken here (检举, 复议, 诉讼); nothing of it is stored.
        InvalidInput: The kind is unknown, or a text is empty or too long.
        AppealAlreadyOpen: The same appeal is open since less than a day.
    """
    refuse_elsewhere(kind)
    chosen = _chosen_kind(kind, kinds, brought)
    subject, kept = kept_subject(subject), kept_text(detail, "detail")
    particulars = _particulars(chosen, brought)
    if not brought.still_file:
        _refuse_twin(session, identity_key, kind, subject, kept, now)
    vault = sealed_contact(contact, detail, keys)
    files = hold_pending(session, identity_key=identity_key, now=now)
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
        origin=brought.origin,
        source_name=brought.source_name,
        consented_at=brought.consented_at,
        request_key=brought.request_key,
        particulars=particulars,
        firm_facts=firm_snapshot(session, enterprise_id, now=now),
        evidence=[_snapshot(place, turn) for place, turn in enumerate(evidence)],
        **_fresh_clock(chosen, now),
    )
    session.add(appeal)
    set_promise(appeal)
    filer = actor or visitor_actor(identity_key)
    record_move(session, appeal, Verb.FILE, files, actor=filer, now=now)
    file_clock(session, appeal, now=now)
    file_acceptance_clock(session, appeal)
    return Filed(appeal, code)


def check_code_hash(keys: Keys, number: str, code: str) -> str:
    """What is kept of a check code; bound to its number."""
    return keys.keyed_hash("appeals.check_code", f"{number}:{code}")


def _chosen_kind(code: str, kinds: Kinds, brought: Brought) -> Kind:
    if code not in kinds:
        raise InvalidInput(field="kind", reason=refusal("kind"))
    if brought.origin not in kinds[code].origins:
        raise InvalidInput(field="origin", reason=refusal("origin"))
    return kinds[code]


def _particulars(kind: Kind, brought: Brought) -> dict[str, str]:
    """What was said to the fields of the kind, masked; only a form asks for all of them."""
    if brought.particulars is None:
        return {}
    asked = {each.name: each for each in kind.asks}
    for name in brought.particulars:
        if name not in asked:
            raise InvalidInput(field=name, reason=refusal("unknown_particular", name=name[:40]))
    kept = {
        name: kept_text(value, name) for name, value in brought.particulars.items() if value.strip()
    }
    for name, each in asked.items():
        if each.required and name not in kept:
            raise InvalidInput(field=name, reason=refusal("required_particular", label=each.label))
    return kept


def _fresh_clock(kind: Kind, now: datetime) -> dict[str, Any]:
    return {
        "status": AppealStatus.SUBMITTED,
        "opened_at": now,
        "clock_from": now,
        "working_days": kind.working_days,
        "rules": kind.rules().model_dump(mode="json"),
        "unit": kind.routes[0],
        "promise_no": 0,
        "round_no": 1,
        "paused_working_days": 0,
        "paused_seconds": 0,
        "extended_working_days": 0,
        "chain_head": "",
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
        sources=_plain(turn.sources),
        tax_period=turn.tax_period,
        asked_at=turn.asked_at,
        shown=_plain(turn.shown),
        entries=_plain(turn.entries),
        facts=_plain(turn.facts),
    )


def _plain(value: Any) -> Any:
    """A copy that reads the same before and after it was stored."""
    return json.loads(json.dumps(value, default=str))
