"""What is sent unasked (推送设置)."""

from __future__ import annotations

from bot.actions.base import Done, Talk
from bot.own_business import OwnBusinessAction


class ActionPushSettings(OwnBusinessAction):
    """Says that nothing is sent unasked but the answers to appeals."""

    words = "own_pushes"

    def name(self) -> str:
        return "action_push_settings"

    def carry_out(self, talk: Talk) -> Done:
        return Done(talk.say("answered", "utter_push_settings"))
