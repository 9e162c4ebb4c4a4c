"""What is done with an appeal while it is worked on (办理): by officers and the taxpayer.

Every function takes an appeal that came through :mod:`appeals.access`, which settles who may
touch it and whether it is still as the person saw it. It is refused with ``AppealMoveRefused``
where the move is not allowed, with ``AppealRightMissing`` or ``AppealHeldByColleague`` where it
is not for this person, with ``AppealChanged`` where somebody else was faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from appeals.alerts import AGENT, file_alert
from appeals.deadlines import file_lapse, pause, resume
from appeals.errors import AppealRightMissing, AppealUrgedAlready
from appeals.kinds import rules_of
from appeals.lifecycle import check_move, record_move, unless_changed
from appeals.merging import answer_repeats, check_no_repeats, let_repeats_go, urge_parent
from appeals.people import Actor, Right, doer_of
from appeals.receiving import kept_text, written
from appeals.settling import confirm_appeal, reopen_appeal
from appeals.tables import Appeal, AppealAttachment, AppealMove, AppealStatus, Priority, Verb
from appeals.transfers import sign_if_waiting
from appeals.wording import alert_sentence, refusal, verb_label
from core.calendar import working_days_between
from core.clock import china_date
from core.errors import InvalidInput

__all__ = [
    "accept_appeal",
    "answer_appeal",
    "ask_for_more",
    "assign_appeal",
    "confirm_appeal",
    "inform_filer",
    "reassign_appeal",
    "refuse_appeal",
    "remind_appeal",
    "reopen_appeal",
    "supplement_appeal",
    "urge_appeal",
    "withdraw_appeal",
]


@unless_changed
def accept_appeal(
    session: Session, *, appeal: Appeal, actor: Actor, now: datetime, note: str | None = None
) -> AppealMove:
    """Accept an appeal (受理)."""
    return record_move(session, appeal, Verb.ACCEPT, actor=actor, now=now, note=note)


@unless_changed
def assign_appeal(
    session: Session,
    *,
    appeal: Appeal,
    to: str,
    actor: Actor,
    now: datetime,
    note: str | None = None,
) -> AppealMove:
    """Give an accepted appeal to an officer (安排办理); work begins.

    Args:
        session: Open session.
        appeal: The appeal; one that was transferred is signed for by this.
        to: The officer's login; without supervising, nobody assigns to others.
        actor: Who assigns.
        now: The moment.
        note: What only staff may read.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.ASSIGN, doer)
    if doer.right is Right.OFFICER and to != doer.login:
        raise _not_for_them(appeal, Verb.ASSIGN)
    sign_if_waiting(session, appeal, doer=doer, now=now)
    return record_move(session, appeal, Verb.ASSIGN, actor=doer, now=now, note=note, give_to=to)


@unless_changed
def reassign_appeal(
    session: Session,
    *,
    appeal: Appeal,
    to: str,
    actor: Actor,
    now: datetime,
    note: str | None = None,
) -> AppealMove:
    """Give an appeal to another officer (改派); the promised date stays."""
    return record_move(session, appeal, Verb.REASSIGN, actor=actor, now=now, note=note, give_to=to)


@unless_changed
def refuse_appeal(
    session: Session, *, appeal: Appeal, why: str, actor: Actor, now: datetime
) -> AppealMove:
    """Do not take an appeal on (不予受理); the taxpayer is told why and where else to go.

    Raises:
        HasRepeats: Others are merged under it.
    """
    check_move(appeal, Verb.REFUSE, doer_of(actor))
    check_no_repeats(session, appeal)
    appeal.closed_at = now
    return record_move(session, appeal, Verb.REFUSE, actor=actor, now=now, text=written(why))


@unless_changed
def inform_filer(
    session: Session, *, appeal: Appeal, text: str, actor: Actor, now: datetime
) -> AppealMove:
    """Tell the taxpayer how far it is (阶段答复); the promise stands as it is."""
    return record_move(session, appeal, Verb.INFORM, actor=actor, now=now, text=written(text))


@unless_changed
def ask_for_more(
    session: Session, *, appeal: Appeal, text: str, actor: Actor, now: datetime
) -> AppealMove:
    """Ask the taxpayer for more (要求补充); where the kind allows it, the clock pauses.

    Args:
        session: Open session.
        appeal: The appeal; where nobody has it yet, the asking officer takes it.
        text: What is wanted, as the taxpayer will read it.
        actor: An officer.
        now: The moment.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.ASK_FOR_MORE, doer)
    text = written(text)
    _take(appeal, doer.login)
    pause(appeal, now=now)
    words = None if appeal.paused_since else "ask_for_more_running"
    return record_move(
        session, appeal, Verb.ASK_FOR_MORE, actor=doer, now=now, text=text, words=words
    )


@unless_changed
def supplement_appeal(
    session: Session,
    *,
    appeal: Appeal,
    text: str,
    actor: Actor,
    now: datetime,
    files: Sequence[AppealAttachment] = (),
    for_firm: bool = False,
) -> AppealMove:
    """Add what the taxpayer brings (补充); if it was asked for, work goes on.

    An officer notes what the taxpayer said on the telephone in the same way.

    Args:
        session: Open session.
        appeal: The appeal.
        text: What is added; masked.
        actor: Who adds it.
        now: The moment.
        files: What waited to go along, see :func:`appeals.attachments_pending.files_to_add`.
        for_firm: Whether it is somebody else of the filer's firm.
    """
    doer = doer_of(actor)
    check_move(appeal, Verb.SUPPLEMENT, doer)
    text = kept_text(text, "text")
    words = "resume" if appeal.status is AppealStatus.WAITING else "supplement"
    if doer.right is not Right.FILER:
        words += "_noted"
    elif for_firm:
        words += "_by_firm"
    resume(session, appeal, now=now)
    return record_move(
        session,
        appeal,
        Verb.SUPPLEMENT,
        files,
        actor=doer,
        now=now,
        text=text,
        words=words,
    )


@unless_changed
def answer_appeal(
    session: Session,
    *,
    appeal: Appeal,
    text: str,
    actor: Actor,
    now: datetime,
    note: str | None = None,
    resolution: str | None = None,
) -> AppealMove:
    """Answer an appeal (答复) and every repeat under it; each filer reads it in their own talk.

    Args:
        session: Open session.
        appeal: The appeal.
        text: The answer, as the taxpayer will read it.
        actor: An officer, or a supervisor where the kind wants one.
        now: The moment.
        note: What only staff may read.
        resolution: A code of the kind's ``resolutions``; needed where it has any, because such a
            case is settled, not only answered.

    Raises:
        InvalidInput: The text is empty, or the resolution is missing or unknown.
    """
    doer, rules = doer_of(actor), rules_of(appeal)
    check_move(appeal, Verb.ANSWER, doer)
    if rules.answered_by == "supervisor" and doer.right is not Right.SUPERVISOR:
        raise _not_for_them(appeal, Verb.ANSWER)
    labels = {each.code: each.label for each in rules.resolutions}
    if (resolution or "") not in (labels or {"": ""}):
        raise InvalidInput(field="resolution", reason=refusal("resolution"))
    text = written(text)
    _take(appeal, doer.login)
    resume(session, appeal, now=now)
    appeal.answer_text, appeal.answered_at, appeal.resolution = text, now, resolution
    move = record_move(
        session,
        appeal,
        Verb.ANSWER,
        actor=doer,
        now=now,
        text=text,
        note=note,
        resolution=labels.get(resolution or "", ""),
    )
    file_lapse(session, appeal, now=now)
    answer_repeats(session, appeal, doer=doer, now=now)
    return move


@unless_changed
def withdraw_appeal(
    session: Session, *, appeal: Appeal, actor: Actor, now: datetime, reason: str | None = None
) -> AppealMove:
    """Take an appeal back (撤回); what was merged under it goes on by itself."""
    check_move(appeal, Verb.WITHDRAW, doer_of(actor))
    note = kept_text(reason, "reason") if reason and reason.strip() else None
    appeal.closed_at, appeal.paused_since = now, None
    move = record_move(session, appeal, Verb.WITHDRAW, actor=actor, now=now, note=note)
    let_repeats_go(session, appeal, now=now)
    return move


@unless_changed
def urge_appeal(session: Session, *, appeal: Appeal, actor: Actor, now: datetime) -> AppealMove:
    """Urge an appeal (催办); counted, and shown to the supervisor.

    Raises:
        AppealUrgedAlready: It was urged, and no working day has begun since.
    """
    check_move(appeal, Verb.URGE, doer_of(actor))
    today = china_date(now)
    last = appeal.last_urged_on
    if last is not None and working_days_between(last, today) < 1:
        raise AppealUrgedAlready(appeal_number=appeal.number)
    appeal.urges += 1
    appeal.last_urged_on = today
    appeal.priority = max(appeal.priority, Priority.URGED)
    urge_parent(session, appeal)
    return record_move(session, appeal, Verb.URGE, actor=actor, now=now)


@unless_changed
def remind_appeal(
    session: Session, *, appeal: Appeal, note: str, actor: Actor, now: datetime
) -> AppealMove:
    """Remind the officer (督办提醒); only staff see it."""
    check_move(appeal, Verb.REMIND, doer_of(actor))
    note = written(note)
    move = record_move(session, appeal, Verb.REMIND, actor=actor, now=now, note=note)
    file_alert(
        session,
        appeal=appeal,
        key=f"{appeal.number}:{move.id}:owner",
        reason=Verb.REMIND.value,
        role=AGENT,
        login=appeal.assigned_to,
        text=alert_sentence("remind", number=appeal.number, text=note),
        now=now,
    )
    return move


def _take(appeal: Appeal, login: str | None) -> None:
    if appeal.assigned_to is None:
        appeal.assigned_to = login


def _not_for_them(appeal: Appeal, verb: Verb) -> AppealRightMissing:
    return AppealRightMissing(
        appeal_number=appeal.number, verb=verb.value, verb_label=verb_label(verb)
    )
