"""Answering a question (解答): search runs on every turn, whatever the act."""

from __future__ import annotations

from typing import Any

from answers.frame import Firm, Query
from bot.actions.base import Done, Heard, ServiceAction, Talk
from consultations.tables import Turn
from core.audit import write_audit
from core.clock import china_date
from core.database import reading
from enterprises.service import find_facts_for


class ActionAnswer(ServiceAction):
    """Answers from the library; the act and its probability are features of the decision.

    The search runs before the transaction opens, so that no lock is held for it.
    """

    def name(self) -> str:
        return "action_answer"

    def prepare(self, heard: Heard) -> Any:
        services = self.services
        with reading(services.sessions) as session:
            turn = session.get_one(Turn, heard.turn_id)
            conversation = turn.conversation
            now = services.clock()
            known = find_facts_for(session, identity_key=conversation.identity_key, now=now)
            query = Query(
                text=turn.text,
                today=turn.as_of or china_date(now),
                act=heard.act,
                act_probability=heard.act_probability,
                topic=conversation.last_topic,
                firm=Firm(known.enterprise_id, known.name, known.facts) if known else None,
                region=services.bureau.region,
            )
        return query.firm, services.engine.answer(query)

    def perform(self, talk: Talk) -> Done:
        firm, reply = talk.prepared
        if firm is not None and reply.entries:
            write_audit(
                talk.session,
                actor=f"visitor:{talk.conversation.identity_key}",
                deed="enterprises.firm.read",
                subject=f"enterprise:{firm.enterprise_id}",
                now=talk.now,
                purpose="answer",
            )
        return Done(reply)
