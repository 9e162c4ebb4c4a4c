"""Leaving a form (不办了): the draft of an appeal stays, a binding begins anew next time."""

from __future__ import annotations

from bot.actions.base import Done, ServiceAction, Talk

_SENTENCES = {"bind_form": "utter_binding_cancelled", "appeal_form": "utter_appeal_cancelled"}


class ActionCancelForm(ServiceAction):
    """Says what became of what was begun."""

    def name(self) -> str:
        return "action_cancel_form"

    def perform(self, talk: Talk) -> Done:
        name = _SENTENCES.get(talk.heard.active_form or "", "utter_nothing_to_cancel")
        return Done(talk.say("smalltalk", name))
