"""How an appeal moves (流转): what is allowed, and what every move leaves behind.

Every move writes a line of the case, a line of the audit trail and, where the taxpayer did not
do it himself, a message for the channels to deliver.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from appeals.errors import AppealChanged, AppealMoveRefused
from appeals.tables import Appeal, AppealMove, AppealStatus, Verb
from appeals.wording import due_sentence, move_sentence, sentences, status_words, verb_label
from core.audit import write_audit
from core.due_work import file_work

SYSTEM = "system"

_S = AppealStatus

#: Where the clock of the promise runs.
RUNNING = (_S.SUBMITTED, _S.ACCEPTED, _S.WORKING)
#: What still wants work.
OPEN = (*RUNNING, _S.WAITING)
#: What is not over for the taxpayer.
UNSETTLED = (*OPEN, _S.ANSWERED)

_STAY = {status: status for status in RUNNING}

#: The only moves an appeal may make (流转表): verb, from, to. CLOSED and WITHDRAWN are final.
ALLOWED_MOVES: dict[Verb, dict[AppealStatus, AppealStatus]] = {
    Verb.ACCEPT: {_S.SUBMITTED: _S.ACCEPTED},
    Verb.ASSIGN: {_S.ACCEPTED: _S.WORKING},
    Verb.REASSIGN: {_S.WORKING: _S.WORKING, _S.WAITING: _S.WAITING},
    Verb.ASK_FOR_MORE: {_S.ACCEPTED: _S.WAITING, _S.WORKING: _S.WAITING},
    Verb.SUPPLEMENT: {**_STAY, _S.WAITING: _S.WORKING},
    Verb.ANSWER: dict.fromkeys((_S.ACCEPTED, _S.WORKING, _S.WAITING), _S.ANSWERED),
    Verb.CONFIRM: {_S.ANSWERED: _S.CLOSED},
    Verb.REOPEN: {_S.ANSWERED: _S.WORKING},
    Verb.WITHDRAW: dict.fromkeys(OPEN, _S.WITHDRAWN),
    Verb.URGE: _STAY,
    Verb.REMIND: _STAY,
    Verb.ESCALATE: _STAY,
    Verb.RECOUNT: {status: status for status in OPEN},
}


Arguments = ParamSpec("Arguments")


def unless_changed(
    doing: Callable[Concatenate[Session, Arguments], AppealMove],
) -> Callable[Concatenate[Session, Arguments], AppealMove]:
    """Turn the database's refusal of an overlapping change into :class:`AppealChanged`."""

    @wraps(doing)
    def guarded(
        session: Session, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> AppealMove:
        number = cast(Appeal, kwargs["appeal"]).number
        try:
            return doing(session, *args, **kwargs)
        except StaleDataError as error:
            raise AppealChanged(appeal_number=number) from error

    return guarded


def check_move(appeal: Appeal, verb: Verb) -> AppealStatus:
    """Return where the move leads.

    Raises:
        AppealMoveRefused: The move is not in ``ALLOWED_MOVES``.
    """
    to = ALLOWED_MOVES[verb].get(appeal.status)
    if to is None:
        raise AppealMoveRefused(
            appeal_number=appeal.number,
            status=appeal.status.value,
            status_label=status_words()[appeal.status].label,
            verb=verb.value,
            verb_label=verb_label(verb),
        )
    return to


def record_move(
    session: Session,
    appeal: Appeal,
    verb: Verb,
    *,
    actor: str,
    now: datetime,
    words: str | None = None,
    text: str = "",
    note: str | None = None,
) -> AppealMove:
    """Make a move: change the status and leave its traces.

    Args:
        session: Open session.
        appeal: What is moved; its other fields are already as they shall be.
        verb: What is done; :data:`Verb.FILE` begins the case.
        actor: ``staff:<login>``, ``system``, or :func:`core.audit.visitor_actor`.
        now: The moment.
        words: Which sentences to use, by default those of the verb.
        text: What the person wrote, for the sentences.
        note: What only staff may read.

    Raises:
        AppealMoveRefused: The move is not allowed.
    """
    before = None if verb is Verb.FILE else appeal.status
    appeal.status = AppealStatus.SUBMITTED if verb is Verb.FILE else check_move(appeal, verb)
    said = {
        "number": appeal.number,
        "due": due_sentence(appeal.due_on, appeal.provisional),
        "text": text,
    }
    words = words or verb.value
    public = move_sentence(words, "public", **said)
    move = AppealMove(
        at=now,
        actor=actor,
        verb=verb,
        from_status=before,
        to_status=appeal.status,
        promise_no=appeal.promise_no,
        due_on=appeal.due_on,
        note_public=public,
        note_internal=note or move_sentence(words, "internal", **said),
    )
    appeal.moves.append(move)
    session.flush()
    _audit(session, appeal, move)
    if public and _is_news(appeal, actor):
        told = move_sentence(words, "tell", **said)
        _tell(session, appeal, move, told or sentences()["tell"].format(public=public, **said))
    return move


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
    )


def _is_news(appeal: Appeal, actor: str) -> bool:
    """What the taxpayer did himself is confirmed where he did it, not told once more."""
    return not appeal.is_evaluation and (actor == SYSTEM or actor.startswith("staff:"))


def _tell(session: Session, appeal: Appeal, move: AppealMove, text: str) -> None:
    file_work(
        session,
        kind="appeals.tell",
        key=f"{appeal.number}:{move.id}",
        due_at=move.at,
        payload={
            "appeal_id": appeal.id,
            "appeal_number": appeal.number,
            "verb": move.verb.value,
            "identity_key": appeal.identity_key,
            "conversation_id": appeal.conversation_id,
            "text": text,
        },
    )
