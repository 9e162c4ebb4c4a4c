"""How an appeal stands (查诉求进度)."""

from __future__ import annotations

from answers.parts import Button, Reply
from appeals.access import access_appeal_for, list_appeals_for
from appeals.public import public_view
from bot.actions.base import Done, Talk
from bot.appeal_talk import appeal_reply, has_appeals, listed
from bot.own_business import OwnBusinessAction
from core.clock import china_time

_MOST_LISTED = 5


class ActionFollowAppeal(OwnBusinessAction):
    """Shows the one that is named or the only one; lists several."""

    words = "own_appeals"

    def name(self) -> str:
        return "action_follow_appeal"

    def has_matter(self, talk: Talk) -> bool:
        return has_appeals(talk)

    def carry_out(self, talk: Talk) -> Done:
        owner = [talk.identity_key]
        number = talk.heard.entity("appeal_number")
        if number is None:
            views = list_appeals_for(talk.session, identity_keys=owner)
            if not views:
                return Done(talk.say("answered", "utter_no_appeals"))
            if len(views) > 1:
                shown = views[:_MOST_LISTED]
                buttons = tuple(Button(v.number, "say", f"查诉求 {v.number}") for v in shown)
                name = "utter_appeals_listed"
                return Done(talk.say("answered", name, buttons=buttons, appeals=listed(shown)))
            number = views[0].number
        return Done(self._shown(talk, owner, number))

    def _shown(self, talk: Talk, owner: list[str], number: str) -> Reply:
        appeal = access_appeal_for(talk.session, identity_keys=owner, number=number)
        view = public_view(appeal)
        since = china_time(view.moves[-1].at if view.moves else view.opened_at)
        values = {
            "status": view.status_label,
            "status_since": f"{since.month}月{since.day}日{since:%H:%M}",
            "next": view.next,
        }
        if view.answer:
            return appeal_reply(talk, appeal, "utter_appeal_answered", answer=view.answer)
        return appeal_reply(talk, appeal, "utter_appeal_status", **values)
