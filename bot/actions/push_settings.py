"""What is sent unasked (推送设置)."""

from __future__ import annotations

from bot.actions.base import Done, ServiceAction, Talk


class ActionPushSettings(ServiceAction):
    """Says that nothing is sent unasked but the answers to appeals."""

    def name(self) -> str:
        return "action_push_settings"

    def perform(self, talk: Talk) -> Done:
        return Done(talk.say("answered", "utter_push_settings"))
