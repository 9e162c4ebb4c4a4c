"""What stands around an appeal at the desk (办件情况): actions, requests, transfers, repeats."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from appeals.deadlines import promised_if_extended
from appeals.handling_tables import AppealRequest, AppealTransfer, RequestKind, RequestState
from appeals.kinds import Kinds, Rules, rules_of
from appeals.people import Doer, Right
from appeals.possible import possible_moves
from appeals.public import due_text
from appeals.requests import list_requests
from appeals.settling import may_be_reopened
from appeals.tables import Appeal, Verb
from appeals.transfers import list_transfers
from appeals.wording import status_words
from desk.appeal_evidence import chain_state, firm_then
from desk.attachments_api import attachment_rows
from desk.labels import label
from desk.staff import deciders


def case_around(
    session: Session,
    appeal: Appeal,
    doer: Doer,
    *,
    kinds: Kinds,
    names: dict[str, str],
    now: datetime,
) -> dict[str, Any]:
    """Everything about a case beside its facts and its turns.

    Args:
        session: Open session.
        appeal: The case.
        doer: The officer who looks.
        kinds: The kinds, for the labels of what was asked.
        names: How officers are called.
        now: The moment.
    """
    rules, parent = rules_of(appeal), _parent(session, appeal)
    return {
        "actions": [
            {"verb": each.verb.value.replace("_", "-"), "label": each.label, "needs": each.needs}
            for each in possible_moves(session, appeal, doer, now)
        ],
        "due_at": appeal.due_at.isoformat(),
        "origin": appeal.origin.value,
        "source_name": appeal.source_name,
        "consented_at": _iso(appeal.consented_at),
        "particulars": _particulars(appeal, kinds),
        # A leader does not read the firm's books, of today or of then.
        "firm_then": firm_then(appeal.firm_facts) if doer.right is not Right.LEADER else None,
        "chain": chain_state(session, appeal),
        "origin_label": label("origins", appeal.origin.value),
        "closing": appeal.closing.value if appeal.closing else None,
        "closing_label": label("closings", appeal.closing.value) if appeal.closing else None,
        "reopenings": appeal.reopenings,
        "called_back_at": _iso(appeal.called_back_at),
        "rules": {**_rules(appeal, rules), "may_reopen": may_be_reopened(appeal, now)},
        "units": _units(appeal, kinds),
        "requests": [
            _request(session, appeal, each, doer, names) for each in list_requests(session, appeal)
        ],
        "transfers": [_transfer(each, names) for each in list_transfers(session, appeal)],
        "attachments": attachment_rows(session, appeal),
        "parent": _short(parent) if parent else None,
        "repeats": [_short(each) for each in _repeats(session, appeal)],
    }


def _particulars(appeal: Appeal, kinds: Kinds) -> list[dict[str, str]]:
    kind = kinds.get(appeal.kind)
    labels = {each.name: each.label for each in kind.asks} if kind else {}
    return [
        {"name": name, "label": labels.get(name, name), "value": value}
        for name, value in appeal.particulars.items()
    ]


def _rules(appeal: Appeal, rules: Rules) -> dict[str, Any]:
    limit = rules.extension
    left = limit.times - appeal.extensions if limit else 0
    chosen = {each.code: each.label for each in rules.resolutions}
    return {
        "pauses": rules.pauses,
        "answered_by": rules.answered_by,
        "extension_days": limit.working_days if limit and left > 0 else 0,
        "resolutions": [{"code": each.code, "label": each.label} for each in rules.resolutions],
        "resolution_label": chosen.get(appeal.resolution or ""),
        "reopen_days": rules.reopening.working_days,
        "ladder": [
            {"rung": each.rung, "named": each.named, "days_late": each.days_late}
            for each in rules.ladder
        ],
    }


def _units(appeal: Appeal, kinds: Kinds) -> list[str]:
    """Where cases of the kind usually go, without the unit that has this one."""
    kind = kinds.get(appeal.kind)
    return [unit for unit in kind.routes if unit != appeal.unit] if kind else []


def _parent(session: Session, appeal: Appeal) -> Appeal | None:
    """The case it is merged under, or was when both were answered."""
    if appeal.parent_id is None or not _was_kept(appeal):
        return None
    return session.get(Appeal, appeal.parent_id)


def _repeats(session: Session, appeal: Appeal) -> list[Appeal]:
    """What is merged under it, and what was when it was answered; not what was let go."""
    rows = session.scalars(select(Appeal).where(Appeal.parent_id == appeal.id).order_by(Appeal.id))
    return [each for each in rows if _was_kept(each)]


def _was_kept(appeal: Appeal) -> bool:
    """Tell whether the last word on its merging was not that it goes on alone."""
    said = [each.verb for each in appeal.moves if each.verb in (Verb.MERGE, Verb.UNMERGE)]
    return bool(said) and said[-1] is Verb.MERGE


def _request(
    session: Session,
    appeal: Appeal,
    each: AppealRequest,
    doer: Doer,
    names: dict[str, str],
) -> dict[str, Any]:
    is_open, days = each.state is RequestState.OPEN, each.working_days
    is_extension = each.kind is RequestKind.EXTENSION
    return {
        "kind": each.kind.value,
        "kind_label": label("request_kinds", each.kind.value),
        "state_label": label("request_states", each.state.value),
        "is_mine": each.asked_by == doer.login,
        "deciders": deciders(session, each.asked_by) if is_open else [],
        "new_due_label": promised_if_extended(appeal, days or 0)
        if is_open and is_extension
        else None,
        "state": each.state.value,
        "asked_by": names.get(each.asked_by, each.asked_by),
        "asked_at": each.asked_at.isoformat(),
        "reason": each.reason,
        "working_days": each.working_days,
        "unit": each.unit,
        "decided_by": names.get(each.decided_by or "", each.decided_by),
        "decided_at": _iso(each.decided_at),
        "decision": each.decision,
    }


def _transfer(each: AppealTransfer, names: dict[str, str]) -> dict[str, Any]:
    return {
        "at": each.at.isoformat(),
        "by": names.get(each.by, each.by),
        "is_outside": each.is_outside,
        "from_unit": each.from_unit,
        "to_unit": each.to_unit,
        "telephone": each.telephone,
        "reason": each.reason,
        "receipt_no": each.receipt_no,
        "receipt_at": _iso(each.receipt_at),
        "promised_on": each.promised_on.isoformat() if each.promised_on else None,
        "returned_at": _iso(each.returned_at),
        "return_reason": each.return_reason,
    }


def _short(appeal: Appeal) -> dict[str, Any]:
    return {
        "origin_label": label("origins", appeal.origin.value),
        "opened_at": appeal.opened_at.isoformat(),
        "due_label": due_text(appeal),
        "rating": appeal.rating,
        "number": appeal.number,
        "subject": appeal.subject,
        "status": appeal.status.value,
        "status_label": status_words()[appeal.status].label,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
