"""Acts on one's own firm, appeals or data (本人业务), unless the turn is a question after all.

The talk now and then takes a general question for such an act (我们公司把发票弄丢了 for a look at
one's own firm). A turn with a word of the act is carried out; without one it must be likely, the
library must have no sure answer, and there must be something to act on.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar

from answers.frame import Query
from answers.mood import read_mood
from answers.parts import Button, Reply
from bot.actions.base import Done, Heard, ServiceAction, Talk
from bot.questions import audit_answer, read_query
from bot.words import has_word

_LIKELY = 0.6
_SURE = ("answered", "computed", "referred")


class OwnBusinessAction(ServiceAction):
    """Carries an act out where it is meant; else answers the turn as a question."""

    #: The group of ``words.yml`` of which one word settles that the act is meant.
    words: ClassVar[str]
    #: What is offered beside an answer where the act may have been meant.
    offered: ClassVar[tuple[Button, ...]] = ()
    #: Whether a turn about something urgent is rather a question.
    yields_to_urgency: ClassVar[bool] = False

    def prepare(self, heard: Heard) -> tuple[Query, Reply] | None:
        query = read_query(self.services, heard)
        if self.is_meant(query.text):
            return None
        return query, self.services.engine.answer(replace(query, act=None, act_probability=0.0))

    def perform(self, talk: Talk) -> Done:
        if talk.prepared is None:
            return self.carry_out(talk)
        query, reply = talk.prepared
        likely = talk.heard.act_probability >= _LIKELY and reply.outcome not in _SURE
        if likely and self.has_matter(talk):
            return self.carry_out(talk)
        audit_answer(talk, query, reply)
        *others, last = reply.parts
        offering = replace(last, buttons=(*last.buttons, *self.offered))
        return Done(replace(reply, parts=(*others, offering)))

    def has_matter(self, talk: Talk) -> bool:
        """Tell whether there is something to act on, e.g. a firm that is bound."""
        return True

    def is_meant(self, text: str) -> bool:
        """Tell whether a word settles that the act is meant (通知, but not 收到罚款通知)."""
        settled = has_word(self.words, text)
        return settled and not (self.yields_to_urgency and read_mood(text).is_urgent)

    @abstractmethod
    def carry_out(self, talk: Talk) -> Done:
        """Do what the act asks for."""
