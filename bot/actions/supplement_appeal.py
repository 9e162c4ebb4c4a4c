"""Adding to an appeal (补充诉求)."""

from __future__ import annotations

import re

from answers.parts import Reply
from appeals.moves import supplement_appeal
from appeals.tables import Verb
from bot.actions.base import Done, Talk
from bot.appeal_talk import appeal_reply, find_own, has_appeals
from bot.own_business import OwnBusinessAction
from bot.words import after
from core.audit import visitor_actor

_NUMBER = re.compile(r"SQ\d{8}-\w{6}", re.IGNORECASE)
_SHORTEST = 4


class ActionSupplementAppeal(OwnBusinessAction):
    """Adds what stands beside the wish; where nothing does, says how to put it."""

    words = "own_appeals"

    def name(self) -> str:
        return "action_supplement_appeal"

    def has_matter(self, talk: Talk) -> bool:
        return has_appeals(talk)

    def carry_out(self, talk: Talk) -> Done:
        found = find_own(talk, Verb.SUPPLEMENT)
        if isinstance(found, Reply):
            return Done(found)
        text = after("supplementing", _NUMBER.sub("", talk.turn.text))
        if len(text) < _SHORTEST:
            return Done(appeal_reply(talk, found, "utter_appeal_ask_supplement"))
        actor = visitor_actor(talk.identity_key)
        supplement_appeal(talk.session, appeal=found, text=text, actor=actor, now=talk.now)
        return Done(appeal_reply(talk, found, "utter_appeal_supplemented", text=text))
