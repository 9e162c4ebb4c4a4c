"""Answering a question (解答): search runs on every turn, whatever the act."""

from __future__ import annotations

from answers.frame import Query
from answers.parts import Reply
from bot.actions.base import Done, Heard, ServiceAction, Talk
from bot.questions import audit_answer, read_query
from consultations.hand_over import stop_waiting
from consultations.tables import Holder

_CALLS_OFF = ("cancel", "deny")


class ActionAnswer(ServiceAction):
    """Answers from the library; the act and its probability are features of the decision.

    The search runs before the transaction opens, so that no lock is held for it.
    """

    def name(self) -> str:
        return "action_answer"

    def prepare(self, heard: Heard) -> tuple[Query, Reply]:
        query = read_query(self.services, heard)
        return query, self.services.engine.answer(query)

    def perform(self, talk: Talk) -> Done:
        query, reply = talk.prepared
        if talk.heard.act in _CALLS_OFF and talk.conversation.holder is Holder.WAITING:
            stop_waiting(talk.session, talk.conversation, now=talk.now)
            return Done(talk.say("smalltalk", "utter_hand_over_called_off"))
        if talk.heard.act == "cancel" and not reply.entries:
            return Done(talk.say("smalltalk", "utter_nothing_to_cancel"))
        audit_answer(talk, query, reply)
        return Done(reply)
