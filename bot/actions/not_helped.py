"""An answer that did not help (没解决): three ways on, and the answer is marked."""

from __future__ import annotations

from dataclasses import replace

from answers.correcting import read_correction
from answers.frame import Query
from answers.parts import Button, Part, Reply
from bot.actions.base import Done, Heard, ServiceAction, Talk
from bot.questions import audit_answer, last_question, read_query
from bot.sentences import say
from consultations.ratings import rate_answer

_WAYS_ON = (Button("转人工", "say", "转人工"), Button("提诉求", "say", "我要提诉求"))


class ActionNotHelped(ServiceAction):
    """Apologises and offers the nearest entries, a person, or an appeal."""

    def name(self) -> str:
        return "action_not_helped"

    def prepare(self, heard: Heard) -> tuple[Query, Reply | None]:
        query = read_query(self.services, heard)
        corrects = read_correction(query) is not None
        return query, self.services.engine.answer(query) if corrects else None

    def perform(self, talk: Talk) -> Done:
        query, corrected = talk.prepared
        if corrected is not None:
            audit_answer(talk, query, corrected)
            return Done(corrected)
        asked = last_question(talk)
        if asked is None:
            return Done(talk.say("clarifying", "utter_not_helped_nothing_asked", buttons=_WAYS_ON))
        rate_answer(talk.session, talk.conversation, asked.id, rating="not_solved", now=talk.now)
        near = talk.services.engine.suggest(replace(query, text=asked.text), limit=4)
        told = {each["id"] for each in asked.answer.entries} if asked.answer else set()
        titles = [each.title for each in near if each.entry_id not in told][:3]
        part = Part(
            text=say("utter_not_helped"),
            buttons=(*(Button(title, "say", title) for title in titles), *_WAYS_ON),
        )
        return Done(talk.reply("clarifying", part))
