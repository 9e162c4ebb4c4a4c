"""What somebody may do with an appeal right now (可办事项): what pages offer as buttons."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from appeals.handling_tables import AppealRequest, RequestKind
from appeals.kinds import Rules, rules_of
from appeals.lifecycle import in_hands_of
from appeals.merging import repeats_of
from appeals.move_table import moves_from
from appeals.people import Doer, Right
from appeals.requests import open_request
from appeals.settling import may_be_reopened
from appeals.tables import Appeal, AppealStatus, Verb
from appeals.transfers import waiting_transfer
from appeals.wording import verb_label

#: Made by other moves or by bringing a file, never chosen: reopening by an officer comes out of a
#: call-back.
_NOT_CHOSEN = (Verb.GATHER, Verb.ANSWER_MERGED, Verb.ATTACH, Verb.ENCLOSE, Verb.KEEP_FILE)
_DECISIONS = {
    Verb.GRANT_EXTENSION: RequestKind.EXTENSION,
    Verb.DENY_EXTENSION: RequestKind.EXTENSION,
    Verb.UPHOLD_OBJECTION: RequestKind.OBJECTION,
    Verb.OVERRULE_OBJECTION: RequestKind.OBJECTION,
}
_REQUESTS = {
    Verb.ASK_EXTENSION: RequestKind.EXTENSION,
    Verb.OBJECT: RequestKind.OBJECTION,
}


@dataclass(frozen=True)
class PossibleMove:
    """One thing that can be done now, with what has to be said for it."""

    verb: Verb
    label: str
    needs: tuple[str, ...]


@dataclass(frozen=True)
class _Standing:
    """What decides whether a move makes sense, beside status and right."""

    appeal: Appeal
    doer: Doer
    now: datetime
    rules: Rules
    requests: dict[RequestKind, AppealRequest | None]
    has_repeats: bool
    waits_for_receipt: bool


def possible_moves(
    session: Session, appeal: Appeal, doer: Doer, now: datetime
) -> list[PossibleMove]:
    """What ``doer`` may do with the appeal now; the moves themselves check it once more.

    Args:
        session: Open session.
        appeal: The appeal; a filer's own.
        doer: Who asks.
        now: The moment.
    """
    standing = _Standing(
        appeal=appeal,
        doer=doer,
        now=now,
        rules=rules_of(appeal),
        requests={kind: open_request(session, appeal, kind) for kind in RequestKind},
        has_repeats=bool(repeats_of(session, appeal)),
        waits_for_receipt=waiting_transfer(session, appeal) is not None,
    )
    return [
        PossibleMove(row.verb, verb_label(row.verb), _needs(row.needs, row.verb, standing))
        for row in moves_from(appeal.status, doer.right)
        if row.verb not in _NOT_CHOSEN
        and (row.any_hands or in_hands_of(appeal, doer))
        and _makes_sense(row.verb, standing)
    ]


def _makes_sense(verb: Verb, at: _Standing) -> bool:
    if verb in _DECISIONS:
        request = at.requests[_DECISIONS[verb]]
        in_time = verb is not Verb.GRANT_EXTENSION or at.now < at.appeal.due_at
        return request is not None and request.asked_by != at.doer.login and in_time
    if verb in _REQUESTS and at.requests[_REQUESTS[verb]] is not None:
        return False
    match verb:
        case Verb.ANSWER:
            return at.rules.answered_by == "agent" or at.doer.right is Right.SUPERVISOR
        case Verb.ASK_EXTENSION:
            limit = at.rules.extension
            is_left = limit is not None and at.appeal.extensions < limit.times
            return is_left and at.now < at.appeal.due_at
        case Verb.REFUSE | Verb.MERGE:
            return not at.has_repeats
        case Verb.TRANSFER_OUT:
            return at.rules.goes_outside and not at.has_repeats
        case Verb.RECEIPT:
            return at.waits_for_receipt
        case Verb.CLOSE:
            return at.appeal.receipt_at is not None
        case Verb.REOPEN:
            return at.doer.right is Right.FILER and may_be_reopened(at.appeal, at.now)
        case Verb.RATE:
            return at.appeal.rating is None
        case Verb.CALL_BACK:
            return at.appeal.status is AppealStatus.CLOSED or at.appeal.called_back_at is None
        case _:
            return True


def _needs(needs: tuple[str, ...], verb: Verb, at: _Standing) -> tuple[str, ...]:
    if verb is Verb.ANSWER and not at.rules.resolutions:
        return tuple(each for each in needs if each != "resolution")
    if verb is Verb.ASSIGN and at.doer.right is Right.OFFICER:
        return ()
    return needs
