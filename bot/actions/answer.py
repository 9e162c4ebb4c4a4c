"""Answering a question (解答): search runs on every turn, whatever the act."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from answers.decide import ACT_COUNTS
from answers.frame import Query
from answers.parts import Button, Reply
from answers.several import SURE
from appeals.drafts import find_draft
from bot.actions.base import Done, Heard, ServiceAction, Talk
from bot.questions import audit_answer, read_query
from consultations.hand_over import stop_waiting
from consultations.tables import Holder

_CALLS_OFF = ("cancel", "deny")
_REMIND_WITHIN = timedelta(days=1)
_GO_ON = Button("继续填写诉求", "say", "继续填写诉求")


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
        is_sure = reply.outcome in SURE
        waits = talk.conversation.holder is Holder.WAITING
        if talk.heard.act in _CALLS_OFF and waits and not is_sure:
            stop_waiting(talk.session, talk.conversation, now=talk.now)
            return Done(talk.say("smalltalk", "utter_hand_over_called_off"))
        if _is_cancel(talk.heard) and not is_sure:
            return Done(talk.say("smalltalk", "utter_nothing_to_cancel"))
        audit_answer(talk, query, reply)
        return Done(self._with_draft(talk, reply))

    def _with_draft(self, talk: Talk, reply: Reply) -> Reply:
        """Remind of an appeal that was begun, where no form asks for it already."""
        if talk.heard.active_form is not None or not reply.parts:
            return reply
        draft = find_draft(talk.session, identity_key=talk.identity_key)
        if draft is None or talk.now - draft.updated_at > _REMIND_WITHIN:
            return reply
        *others, last = reply.parts
        return replace(reply, parts=(*others, replace(last, buttons=(*last.buttons, _GO_ON))))


def _is_cancel(heard: Heard) -> bool:
    return heard.act == "cancel" and heard.act_probability >= ACT_COUNTS
