"""What is done when something falls due (到期处理), by kind of work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from answers.parts import Button, Part
from app.due_loop import Handler, Sender
from app.heat_work import look_at_questions
from app.learning_work import collect_questions
from app.model_releases import MEASURE_MODEL
from app.rasa_keeper import tracker_path
from app.rasa_tracker import forget_talks
from app.release_work import measure_model, measure_release, publish_planned
from app.retention import remove_expired
from app.sms_gateway import SmsGateway
from app.wiring import Parts
from appeals.attachments_pending import CLEAN_UP, handle_waited
from appeals.deadlines import recompute_provisional
from appeals.due import (
    handle_escalate,
    handle_lapse,
    handle_remind,
    handle_unaccepted,
    note_untold,
)
from appeals.from_talk import file_unheard
from appeals.heat.answering import tell_who_asked
from appeals.heat.looking import LOOK
from appeals.kinds import Kinds
from appeals.public import due_text, filed_card
from channels.wechat_sender import WechatSender
from consultations.corrections import queue_corrections
from consultations.hand_over import lapse
from consultations.learning.collecting import COLLECT
from consultations.sentences import say
from consultations.tables import Author, Conversation, Message
from consultations.talk import add_message, latest_conversation_of
from core.calendar.store import take_over_calendar
from core.clock import china_date, start_of_day
from core.database import transaction
from core.due_work import file_work
from enterprises.binding import current_firm
from enterprises.sms import SMS_WORK
from knowledge_base.changes import ENTRY_CHANGED
from knowledge_base.expiry import WATCH, watch
from knowledge_base.ground import check_figures
from knowledge_base.release_measuring import MEASURE
from knowledge_base.schedule import EXPIRE, PUBLISH, expire_due
from outreach.corrections import plan_corrections, push_corrections
from outreach.planning import CORRECT, PLAN, REMIND, plan_day
from outreach.reminders import remind
from policy_rules.deadlines import announced_deadline
from policy_rules.parameters import installed_parameters

Notices = list[tuple[str, str, dict[str, Any]]]


def handlers(parts: Parts, kinds: Kinds) -> dict[str, Handler]:
    """Handlers that work inside a transaction."""
    return {
        "consultations.hand_over_lapsed": lambda s, p: _hand_over_lapsed(s, p, parts, kinds),
        "appeals.remind": _for_the_desk(handle_remind, parts),
        "appeals.escalate": _for_the_desk(handle_escalate, parts),
        "appeals.unaccepted": _for_the_desk(handle_unaccepted, parts),
        "appeals.lapse": _for_the_desk(handle_lapse, parts),
        CLEAN_UP: lambda s, p: _remove_waited(s, p, parts),
        "appeals.tell": lambda s, p: _tell_taxpayer(s, p, parts),
        "appeals.recount": lambda s, p: _recount(s, p, parts),
        ENTRY_CHANGED: lambda s, p: _queue_corrections(s, p, parts),
        EXPIRE: lambda s, p: _expire_due(s, p, parts),
        PLAN: lambda s, _: _plan_reminders(s, parts),
        REMIND: lambda s, p: _remind(s, p, parts),
        CORRECT: lambda s, p: _push_corrections(s, p, parts),
        WATCH: lambda s, _: _watch_ends(s, parts),
    }


def senders(
    parts: Parts, wechat: WechatSender | None, sms: SmsGateway | None = None
) -> dict[str, Sender]:
    """Senders that work on the event loop, outside of any transaction."""

    async def answer_again(payload: dict[str, Any]) -> None:
        await parts.turns.take_up(payload["turn_id"])

    async def retention(_: dict[str, Any]) -> None:
        await asyncio.get_running_loop().run_in_executor(parts.executor, _clear_out, parts)

    found: dict[str, Sender] = {
        "consultations.answer": answer_again,
        "app.retention": retention,
        COLLECT: lambda payload: collect_questions(parts, payload),
        LOOK: lambda payload: look_at_questions(parts, payload),
        MEASURE: lambda payload: measure_release(parts, payload),
        MEASURE_MODEL: lambda payload: measure_model(parts, payload),
        PUBLISH: lambda payload: publish_planned(parts, payload),
    }
    if wechat is not None:
        found["deliver.wechat"] = wechat.deliver
    if sms is not None:
        found[SMS_WORK] = sms.deliver
    return found


def _clear_out(parts: Parts) -> None:
    now = parts.clock()
    with transaction(parts.sessions) as session:
        talk_ids = remove_expired(session, parts.settings, now=now)
        plan_retention(session, now=now)
        plan_recount(session, now=now)
    forget_talks(tracker_path(parts.settings.folder), talk_ids)


def _for_the_desk(
    work: Callable[[Session, dict[str, Any], datetime], None], parts: Parts
) -> Handler:
    def handle(session: Session, payload: dict[str, Any]) -> Notices:
        work(session, payload, parts.clock())
        return [("desk", "appeal", {})]

    return handle


def _remove_waited(session: Session, payload: dict[str, Any], parts: Parts) -> Notices:
    handle_waited(session, payload, parts.clock())
    return []


def _recount(session: Session, payload: dict[str, Any], parts: Parts) -> Notices:
    """Count promises again: provisional ones, and after an import the firm ones too."""
    take_over_calendar(session)
    firm_too = payload.get("firm_too", False)
    changed = recompute_provisional(session, parts.clock(), firm_too=firm_too)
    return [("desk", "appeal", {})] if changed else []


def _expire_due(session: Session, payload: dict[str, Any], parts: Parts) -> Notices:
    return _library(expire_due(session, payload, now=parts.clock()))


def _library(has_changed: bool) -> Notices:
    return [("desk", "library", {})] if has_changed else []


def _announced(year: int, month: int) -> date | None:
    return announced_deadline(date(year, month, 1))


def _plan_reminders(session: Session, parts: Parts) -> Notices:
    now = parts.clock()
    plan_day(session, now=now, deadlines=_announced)
    plan_corrections(session, after=parts.settings.corrections_wait, now=now)
    return []


def _watch_ends(session: Session, parts: Parts) -> Notices:
    filed = watch(session, installed_parameters(), now=parts.clock())
    return [("desk", "library", {})] if filed else []


def _remind(session: Session, payload: dict[str, Any], parts: Parts) -> Notices:
    message = remind(session, payload, now=parts.clock(), deadlines=_announced)
    return [] if message is None else _shown(message)


def _push_corrections(session: Session, payload: dict[str, Any], parts: Parts) -> Notices:
    after = parts.settings.corrections_wait
    message = push_corrections(session, payload, after=after, now=parts.clock())
    return [] if message is None else _shown(message)


def _shown(message: Message) -> Notices:
    return [
        (f"conversation:{message.conversation_id}", "message", {"id": message.id}),
        ("desk", "conversation", {"id": message.conversation_id}),
    ]


def _queue_corrections(session: Session, payload: dict[str, Any], parts: Parts) -> Notices:
    check_figures(session, payload.get("figures", ()))
    about = {"entry_id": payload["entry"], "region": parts.bureau.region, "now": parts.clock()}
    queued = queue_corrections(session, **about) + tell_who_asked(session, **about)
    return [("desk", "library", {})] if queued else []


def _hand_over_lapsed(
    session: Session, payload: dict[str, Any], parts: Parts, kinds: Kinds
) -> Notices:
    """Nobody accepted in time: it becomes an appeal, and the taxpayer is told."""
    now = parts.clock()
    since = datetime.fromisoformat(payload["since"])
    conversation = lapse(session, payload["conversation_id"], since)
    if conversation is None:
        return []
    firm = current_firm(session, identity_key=conversation.identity_key, now=now)
    filed = file_unheard(
        session,
        conversation,
        enterprise_id=firm.enterprise_id if firm else None,
        detail=conversation.wait_reason or say("wanted_person"),
        keys=parts.keys,
        kinds=kinds,
        now=now,
    )
    part = Part(
        text=say(
            "lapsed",
            minutes=parts.settings.hand_over_minutes,
            number=filed.appeal.number,
            check_code=filed.check_code,
            due=due_text(filed.appeal),
        ),
        kind="appeal",
        outcome="appeal_filed",
        appeal=filed_card(filed.appeal, filed.check_code),
        buttons=(Button("查诉求进度", "say", f"查诉求 {filed.appeal.number}"),),
    )
    message = add_message(session, conversation, author=Author.SYSTEM, part=part, now=now)
    topic = f"conversation:{conversation.id}"
    return [(topic, "holder", {}), *_shown(message), ("desk", "appeal", {})]


def _tell_taxpayer(session: Session, payload: dict[str, Any], parts: Parts) -> Notices:
    conversation = (
        session.get(Conversation, payload["conversation_id"])
        if payload.get("conversation_id")
        else None
    )
    if conversation is None or conversation.deleted_at is not None:
        for channel in ("wechat", "web"):
            conversation = latest_conversation_of(
                session, identity_key=payload["identity_key"], channel=channel
            )
            if conversation is not None:
                break
    if conversation is None:
        note_untold(session, payload, parts.clock())
        return [("desk", "appeal", {})]
    number = payload.get("appeal_number")
    buttons = (Button("查诉求进度", "say", f"查诉求 {number}"),) if number else ()
    message = add_message(
        session,
        conversation,
        author=Author.SYSTEM,
        part=Part(
            text=payload["text"],
            kind="appeal",
            machine_made=False,
            buttons=buttons,
            appeal={"number": number} if number else None,
        ),
        now=parts.clock(),
    )
    return _shown(message)


def plan_retention(session: Session, *, now: datetime) -> None:
    """File tomorrow's removal of what has been kept long enough, at 03:00 in China."""
    tomorrow = china_date(now) + timedelta(days=1)
    file_work(
        session,
        kind="app.retention",
        key=tomorrow.isoformat(),
        due_at=start_of_day(tomorrow) + timedelta(hours=3),
        payload={},
    )


def plan_recount(session: Session, *, now: datetime) -> None:
    """File the recount of provisional dates; at start and every night, as a calendar may be new."""
    file_work(session, kind="appeals.recount", key=now.isoformat(), due_at=now, payload={})
