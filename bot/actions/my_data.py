"""One's own data (我的数据): what is kept, and where it is seen, exported and deleted."""

from __future__ import annotations

from bot.actions.base import Done, ServiceAction, Talk


class ActionMyData(ServiceAction):
    """Points to the page, where the person is asked to confirm."""

    def name(self) -> str:
        return "action_my_data"

    def perform(self, talk: Talk) -> Done:
        settings = talk.services.settings
        return Done(
            talk.say(
                "answered",
                "utter_my_data",
                days=settings.keep_conversations_days,
            )
        )
