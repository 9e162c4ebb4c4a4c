"""Acts on one's own firm, appeals or data (本人业务), unless the turn is a question after all.

The talk now and then takes a general question for such an act (我们公司把发票弄丢了 for a look at
one's own firm). So a turn that has none of the act's words is answered from the library.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar

from answers.frame import Query
from answers.parts import Reply
from bot.actions.base import Done, Heard, ServiceAction, Talk
from bot.questions import audit_answer, read_query
from bot.words import has_word


class OwnBusinessAction(ServiceAction):
    """Carries an act out where its words were said; else answers the turn as a question."""

    #: The group of ``words.yml`` of which one word must have been said.
    words: ClassVar[str]

    def prepare(self, heard: Heard) -> tuple[Query, Reply] | None:
        query = read_query(self.services, heard)
        if has_word(self.words, query.text):
            return None
        return query, self.services.engine.answer(replace(query, act=None, act_probability=0.0))

    def perform(self, talk: Talk) -> Done:
        if talk.prepared is None:
            return self.carry_out(talk)
        query, reply = talk.prepared
        audit_answer(talk, query, reply)
        return Done(reply)

    @abstractmethod
    def carry_out(self, talk: Talk) -> Done:
        """Do what the act asks for."""
