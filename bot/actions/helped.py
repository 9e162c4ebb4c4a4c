"""An answer that helped (已解决): noted as the taxpayer's rating."""

from __future__ import annotations

from bot.actions.base import Done, ServiceAction, Talk
from bot.questions import last_question
from consultations.ratings import rate_answer


class ActionHelped(ServiceAction):
    """Keeps the good word beside the answer it was about."""

    def name(self) -> str:
        return "action_helped"

    def perform(self, talk: Talk) -> Done:
        asked = last_question(talk)
        if asked is not None:
            rate_answer(talk.session, talk.conversation, asked.id, rating="useful", now=talk.now)
        return Done(talk.say("smalltalk", "utter_helped"))
