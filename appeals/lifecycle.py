"""How an appeal moves (流转): what is allowed, and what every move leaves behind.

Every move writes a line of the case and of its chain, a line of the audit trail and, where the
taxpayer did not do it himself, a message for the channels to deliver; all in one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from appeals.alerts import AGENT, SUPERVISOR, file_alert
from appeals.errors import (
    AppealChanged,
    AppealHeldByColleague,
    AppealMoveRefused,
    AppealRightMissing,
)
from appeals.kinds import rules_of
from appeals.move_table import move_table
from appeals.people import SYSTEM, Actor, Doer, Right, doer_of
from appeals.requests import let_requests_lapse
from appeals.tables import Appeal, AppealAttachment, AppealMove, AppealStatus, Origin, Verb
from appeals.trail import chained, digest_of
from appeals.wording import (
    alert_sentence,
    due_sentence,
    move_sentence,
    promise_words,
    sentences,
    status_words,
    verb_label,
)
from core.audit import write_audit
from core.calendar import due_after
from core.due_work import file_work

__all__ = ["OPEN", "RUNNING", "SYSTEM", "UNSETTLED", "check_move", "record_move"]

_S = AppealStatus

#: Where officers work on it and the clock of the promise runs.
RUNNING = (_S.SUBMITTED, _S.ACCEPTED, _S.WORKING)
#: What still wants work.
OPEN = (*RUNNING, _S.WAITING, _S.MERGED, _S.TRANSFERRED)
#: What is not over for the taxpayer.
UNSETTLED = (*OPEN, _S.ANSWERED)
#: Where a request for more time, or an objection, can still be decided.
_DECIDABLE = (_S.ACCEPTED, _S.WORKING)

#: What sentences may use besides ``number``, ``due``, ``does``, ``text``.
SAID = (
    "confirm_by", "reopen_days", "unit", "telephone", "receipt", "role", "rating", "days",
    "share", "parent", "child", "resolution",
)  # fmt: skip

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def clock_runs(appeal: Appeal) -> bool:
    """Tell whether the clock of the promise runs: not while paused, handed on, or answered."""
    if appeal.status is _S.TRANSFERRED:
        return appeal.receipt_at is None
    return appeal.status in OPEN and appeal.paused_since is None


def where_clock_runs() -> ColumnElement[bool]:
    """The same as a condition on the table."""
    handed_on = and_(Appeal.status == _S.TRANSFERRED, Appeal.receipt_at.is_not(None))
    return and_(Appeal.status.in_(OPEN), Appeal.paused_since.is_(None), ~handed_on)


def unless_changed(
    doing: Callable[Concatenate[Session, Arguments], Result],
) -> Callable[Concatenate[Session, Arguments], Result]:
    """Turn the database's refusal of an overlapping change into :class:`AppealChanged`."""

    @wraps(doing)
    def guarded(session: Session, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        number = cast(Appeal, kwargs["appeal"]).number
        try:
            return doing(session, *args, **kwargs)
        except StaleDataError as error:
            raise AppealChanged(appeal_number=number) from error

    return guarded


def check_move(appeal: Appeal, verb: Verb, doer: Doer) -> AppealStatus:
    """Return where the move leads.

    Raises:
        AppealMoveRefused: The move is not allowed from where the appeal stands.
        AppealRightMissing: It is not for whoever asks.
        AppealHeldByColleague: It is for the officer who has the case.
    """
    row = move_table()[verb]
    names = {
        "appeal_number": appeal.number,
        "verb": verb.value,
        "verb_label": verb_label(verb),
    }
    if doer.right not in row.by:
        raise AppealRightMissing(**names)
    if appeal.status not in row.ways:
        label = status_words()[appeal.status].label
        raise AppealMoveRefused(**names, status=appeal.status.value, status_label=label)
    if not row.any_hands and not in_hands_of(appeal, doer):
        raise AppealHeldByColleague(**names, owner=appeal.assigned_to)
    return row.ways[appeal.status]


def in_hands_of(appeal: Appeal, doer: Doer) -> bool:
    """Tell whether an officer may work on it: it is nobody's or their own, or they supervise."""
    return doer.right is not Right.OFFICER or appeal.assigned_to in (None, doer.login)


def record_move(
    session: Session,
    appeal: Appeal,
    verb: Verb,
    files: Sequence[AppealAttachment] = (),
    /,
    *,
    actor: Actor,
    now: datetime,
    words: str | None = None,
    text: str = "",
    note: str | None = None,
    give_to: str | None = None,
    **more: Any,
) -> AppealMove:
    """Make a move: change the status and leave its traces.

    Args:
        session: Open session.
        appeal: What is moved; its other fields are already as they shall be.
        verb: What is done; :data:`Verb.FILE` begins the case.
        files: The attachments that come with it, covered by its line of the chain.
        actor: Who does it.
        now: The moment.
        words: Which sentences to use, by default those of the verb.
        text: What the person wrote, for the sentences.
        note: What only staff may read.
        give_to: The officer who has it from now on, if it changes hands by this move.
        **more: What else the sentences need, of ``SAID``.

    Raises:
        AppealMoveRefused: The move is not allowed.
        AppealRightMissing: It is not for whoever asks.
        AppealHeldByColleague: It is for the officer who has the case.
    """
    doer, words = doer_of(actor), words or verb.value
    before = None if verb is Verb.FILE else appeal.status
    appeal.status = _S.SUBMITTED if verb is Verb.FILE else check_move(appeal, verb, doer)
    appeal.assigned_to = give_to or appeal.assigned_to
    if appeal.status not in _DECIDABLE and verb is not Verb.FILE:
        let_requests_lapse(session, appeal, now=now)
    said = _said(appeal, now, text, more)
    public = move_sentence(words, "public", appeal.kind, **said)
    move = AppealMove(
        at=now,
        actor=doer.actor,
        verb=verb,
        from_status=before,
        to_status=appeal.status,
        promise_no=appeal.promise_no,
        due_on=appeal.due_on,
        note_public=public,
        note_internal=note or move_sentence(words, "internal", appeal.kind, **said),
        files=list(files),
    )
    if verb is Verb.FILE:
        appeal.digest = digest_of(appeal)
    move.chain = appeal.chain_head = chained(appeal.chain_head, appeal, move)
    for each in files:
        each.pending_for = None  # it waited for this, if it did
    move.appeal = appeal  # and not the other way round, which would read every earlier move
    session.add(move)
    session.flush()
    _audit(session, appeal, move)
    if is_told(appeal, verb, doer):
        told = move_sentence(words, "tell", appeal.kind, **said)
        _tell(session, appeal, move, told or sentences()["tell"].format(public=public, **said))
    _tell_desk(session, appeal, move, doer, text)
    return move


def is_told(appeal: Appeal, verb: Verb, doer: Doer) -> bool:
    """Tell whether the taxpayer gets a message of the move.

    What the taxpayer did himself is confirmed where he did it; a case that nobody filed, or that
    only measures, has nobody to tell.
    """
    if appeal.is_evaluation or appeal.origin is Origin.DESK or doer.right is Right.FILER:
        return False
    return verb is Verb.FILE or move_table()[verb].told


def _said(appeal: Appeal, now: datetime, text: str, more: dict[str, Any]) -> dict[str, Any]:
    rules = rules_of(appeal)
    confirm = due_after(now, rules.confirm_within.working_days)
    return {
        **dict.fromkeys(SAID, ""),
        "number": appeal.number,
        "due": promised(appeal),
        "does": promise_words(rules.promise),
        "text": text,
        "confirm_by": due_sentence(confirm.due_on, confirm.provisional).removesuffix("前"),
        "reopen_days": rules.reopening.working_days,
        **more,
    }


def promised(appeal: Appeal) -> str:
    """The promised date in words, with the time of day where the promise counts minutes."""
    in_minutes = rules_of(appeal).working_minutes is not None
    return due_sentence(appeal.due_on, appeal.provisional, appeal.due_at if in_minutes else None)


def _audit(session: Session, appeal: Appeal, move: AppealMove) -> None:
    write_audit(
        session,
        actor=move.actor,
        deed=f"appeals.appeal.{move.verb.value}",
        subject=f"appeal:{appeal.number}",
        now=move.at,
        status=move.to_status.value,
        due_on=move.due_on.isoformat(),
        assigned_to=appeal.assigned_to,
        chain=move.chain,
    )


def _tell(session: Session, appeal: Appeal, move: AppealMove, text: str) -> None:
    file_work(
        session,
        kind="appeals.tell",
        key=f"{appeal.number}:{move.id}",
        due_at=move.at,
        payload={
            "appeal_id": appeal.id,
            "appeal_number": appeal.number,
            "move_id": move.id,
            "verb": move.verb.value,
            "identity_key": appeal.identity_key,
            "conversation_id": appeal.conversation_id,
            "text": text,
        },
    )


def _tell_desk(session: Session, appeal: Appeal, move: AppealMove, doer: Doer, text: str) -> None:
    if move.verb is Verb.FILE:
        return
    for whom in move_table()[move.verb].desk:
        login = _owner(session, appeal) if whom == "owner" else None
        if login is not None and login == doer.login:
            continue
        line = move.note_internal or text or move.note_public or ""
        said = {"number": appeal.number, "verb": verb_label(move.verb), "text": line}
        file_alert(
            session,
            appeal=appeal,
            key=f"{appeal.number}:{move.id}:{whom}",
            reason=move.verb.value,
            role=AGENT if whom == "owner" else SUPERVISOR,
            login=login,
            text=alert_sentence("moved", **said),
            now=move.at,
        )


def _owner(session: Session, appeal: Appeal) -> str | None:
    """Who works on it: for a repeat whoever has its parent."""
    merged = appeal.status is _S.MERGED and appeal.parent_id is not None
    parent = session.get(Appeal, appeal.parent_id) if merged else None
    return parent.assigned_to if parent else appeal.assigned_to
