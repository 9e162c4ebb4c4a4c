"""Urging an appeal (催办)."""

from __future__ import annotations

from answers.parts import Reply
from appeals.moves import urge_appeal
from appeals.tables import Verb
from bot.actions.base import Done, ServiceAction, Talk
from bot.appeal_talk import appeal_reply, find_own
from enterprises.identities import visitor


class ActionUrgeAppeal(ServiceAction):
    """Counts the urging, and shows it to the supervisor."""

    def name(self) -> str:
        return "action_urge_appeal"

    def perform(self, talk: Talk) -> Done:
        found = find_own(talk, Verb.URGE)
        if isinstance(found, Reply):
            return Done(found)
        actor = visitor(talk.identity_key)
        urge_appeal(talk.session, appeal=found, actor=actor, now=talk.now)
        return Done(appeal_reply(talk, found, "utter_appeal_urged"))
