"""What the clock does to an appeal (到期): reminds, escalates rung by rung, closes the unconfirmed.

All may run twice, or late, or for a date that no longer counts, and then do nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from appeals.alerts import AGENT, SUPERVISOR, file_alert
from appeals.handling_tables import RequestKind
from appeals.kinds import rules_of
from appeals.lifecycle import clock_runs, promised, record_move
from appeals.people import THE_SYSTEM
from appeals.requests import let_requests_lapse
from appeals.settling import lapse_appeal
from appeals.tables import Appeal, AppealStatus, Priority, Verb
from appeals.wording import alert_sentence, promise_words

_LAST_REMINDER = 80


def handle_remind(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """Remind the officer how much of the time is over (到期提醒)."""
    appeal = _still_due(session, payload)
    if appeal is None:
        return
    share = payload.get("share", _LAST_REMINDER)
    said = {"share": share, "due": promised(appeal), "does": _does(appeal)}
    is_new = file_alert(
        session,
        appeal=appeal,
        key=f"{appeal.number}:promise{appeal.promise_no}:{share}",
        reason="reminder",
        role=AGENT,
        login=appeal.assigned_to,
        text=alert_sentence("reminder", number=appeal.number, **said),
        now=now,
    )
    if is_new:
        words = "remind_due"
        record_move(
            session, appeal, Verb.REMIND, actor=THE_SYSTEM, now=now, words=words, share=share
        )


def handle_unaccepted(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """Tell supervisors that nobody has decided whether to accept an appeal (逾期未受理)."""
    appeal = _held(session, payload)
    if appeal is None or appeal.status is not AppealStatus.SUBMITTED:
        return
    days = rules_of(appeal).accept_within.working_days
    is_new = file_alert(
        session,
        appeal=appeal,
        key=f"{appeal.number}:unaccepted",
        reason="unaccepted",
        role=SUPERVISOR,
        text=alert_sentence("unaccepted", number=appeal.number, days=days),
        now=now,
    )
    if is_new:
        words = "remind_accept"
        record_move(session, appeal, Verb.REMIND, actor=THE_SYSTEM, now=now, words=words, days=days)


def handle_escalate(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """Raise an appeal by one rung because its promise was broken (超期升级).

    Each rung once between filing, or a reopening, and the answer: a pause makes a late appeal no
    less late.
    """
    appeal = _still_due(session, payload)
    if appeal is None:
        return
    ladder, place = rules_of(appeal).ladder, payload.get("rung", 0)
    if place >= len(ladder):
        return
    rung = ladder[place]
    is_new = file_alert(
        session,
        appeal=appeal,
        key=f"{appeal.number}:round{appeal.round_no}:{rung.rung}",
        reason="breach",
        role=rung.role,
        text=alert_sentence("breach", number=appeal.number, role=rung.named),
        now=now,
    )
    if not is_new:
        return
    _end_extension(session, appeal, now)
    appeal.escalation_level += 1
    appeal.priority = Priority.ESCALATED
    words = "escalate_again" if place else "escalate"
    record_move(
        session, appeal, Verb.ESCALATE, actor=THE_SYSTEM, now=now, words=words, role=rung.named
    )


def handle_lapse(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """Close an answered appeal that nobody confirmed in the days for it (到期办结)."""
    appeal = _held(session, payload)
    if appeal is None or appeal.status is not AppealStatus.ANSWERED:
        return
    if appeal.round_no == payload["round"]:
        lapse_appeal(session, appeal=appeal, now=now)


def note_untold(session: Session, payload: dict[str, Any], now: datetime) -> None:
    """Let the desk call a filer whom no talk can reach (无法送达，请电话告知)."""
    appeal = session.get(Appeal, payload.get("appeal_id") or 0)
    if appeal is None:
        return
    file_alert(
        session,
        appeal=appeal,
        key=f"{appeal.number}:{payload.get('move_id')}:untold",
        reason="untold",
        role=AGENT,
        login=appeal.assigned_to,
        text=alert_sentence("untold", number=appeal.number, text=payload["text"]),
        now=now,
    )


def _end_extension(session: Session, appeal: Appeal, now: datetime) -> None:
    for request in let_requests_lapse(session, appeal, now=now, kind=RequestKind.EXTENSION):
        file_alert(
            session,
            appeal=appeal,
            key=f"{appeal.number}:request{request.id}:lapsed",
            reason="extension_lapsed",
            role=AGENT,
            login=request.asked_by,
            text=alert_sentence("extension_lapsed", number=appeal.number),
            now=now,
        )


def _held(session: Session, payload: dict[str, Any]) -> Appeal | None:
    """The appeal, held until the end: several pieces of work for one case wait for each other."""
    return session.get(Appeal, payload["appeal_id"], with_for_update=True, populate_existing=True)


def _still_due(session: Session, payload: dict[str, Any]) -> Appeal | None:
    appeal = _held(session, payload)
    if appeal is None or not clock_runs(appeal):
        return None
    return appeal if appeal.promise_no == payload["promise_no"] else None


def _does(appeal: Appeal) -> str:
    return promise_words(rules_of(appeal).promise)
