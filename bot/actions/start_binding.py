"""Beginning to bind a firm (开始绑定企业)."""

from __future__ import annotations

from bot.actions.base import Done, ServiceAction, Talk
from bot.binding_talk import SLOTS
from bot.forms import cleared


class ActionStartBinding(ServiceAction):
    """Says what will be asked, and that no password ever is; the form begins empty."""

    def name(self) -> str:
        return "action_start_binding"

    def perform(self, talk: Talk) -> Done:
        return Done(talk.say("clarifying", "utter_binding_started"), cleared(*SLOTS))
