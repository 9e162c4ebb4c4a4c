"""One's own data (我的数据): what is kept, and where it is seen, exported and deleted."""

from __future__ import annotations

from answers.parts import Button
from bot.actions.base import Done, ServiceAction, Talk

_PAGE = "/my-data"


class ActionMyData(ServiceAction):
    """Points to the page, where the person is asked to confirm."""

    def name(self) -> str:
        return "action_my_data"

    def perform(self, talk: Talk) -> Done:
        settings = talk.services.settings
        page = Button("我的数据", "link", f"{settings.public_url.rstrip('/')}{_PAGE}")
        return Done(
            talk.say(
                "answered",
                "utter_my_data",
                buttons=(page,),
                days=settings.keep_conversations_days,
            )
        )
