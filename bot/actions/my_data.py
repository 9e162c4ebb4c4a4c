"""One's own data (我的数据): what is kept, and where it is seen, exported and deleted."""

from __future__ import annotations

from bot.actions.base import Done, Talk
from bot.own_business import OwnBusinessAction


class ActionMyData(OwnBusinessAction):
    """Points to the page, where the person is asked to confirm."""

    words = "own_data"
    yields_to_urgency = True

    def name(self) -> str:
        return "action_my_data"

    def carry_out(self, talk: Talk) -> Done:
        settings = talk.services.settings
        return Done(
            talk.say(
                "answered",
                "utter_my_data",
                days=settings.keep_conversations_days,
            )
        )
