"""Urging an appeal (催办)."""

from __future__ import annotations

from answers.parts import Reply
from appeals.moves import urge_appeal
from appeals.tables import Verb
from bot.actions.base import Done, Talk
from bot.appeal_talk import appeal_reply, find_own, has_appeals
from bot.own_business import OwnBusinessAction
from core.audit import visitor_actor


class ActionUrgeAppeal(OwnBusinessAction):
    """Counts the urging, and shows it to the supervisor."""

    words = "own_appeals"

    def name(self) -> str:
        return "action_urge_appeal"

    def has_matter(self, talk: Talk) -> bool:
        return has_appeals(talk)

    def carry_out(self, talk: Talk) -> Done:
        found = find_own(talk, Verb.URGE)
        if isinstance(found, Reply):
            return Done(found)
        actor = visitor_actor(talk.identity_key)
        urge_appeal(talk.session, appeal=found, actor=actor, now=talk.now)
        return Done(appeal_reply(talk, found, "utter_appeal_urged"))
