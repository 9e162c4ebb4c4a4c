"""Asking for a person (转人工): a place in the queue, or an appeal while nobody is at the desk."""

from __future__ import annotations

from dataclasses import replace

from answers.frame import Query
from answers.hearing import DISTRESS, abuse_part, danger_part, strain_part
from answers.mood import is_question_beside_abuse, read_mood
from answers.parts import Button, Reply
from answers.several import SURE
from appeals.from_talk import file_unheard
from bot.actions.base import Done, Heard, Talk, all_left
from bot.appeal_talk import filed_reply
from bot.own_business import OwnBusinessAction
from bot.questions import last_question, read_query
from bot.words import has_word
from consultations.hand_over import ask_for_person, place_in_queue, stop_waiting
from consultations.tables import Holder
from enterprises.binding import current_firm

_ABUSES = "abuse_or_distress"
_CALL_OFF = (Button("不用转了", "say", "不用转了"),)


class ActionHandOver(OwnBusinessAction):
    """Calls a person; that one is there is said only by whoever accepts the talk."""

    words = "a_person"
    offered = (Button("转人工", "say", "转人工"),)

    def name(self) -> str:
        return "action_hand_over"

    def prepare(self, heard: Heard) -> tuple[Query, Reply] | None:
        if heard.act != _ABUSES:
            return super().prepare(heard)
        query = read_query(self.services, heard)
        if not is_question_beside_abuse(query.text):
            return None
        reply = self.services.engine.answer(query)
        return (query, reply) if reply.outcome in SURE else None

    def heed(self, talk: Talk) -> Done:
        """Who asks for a person in such a moment is put into the queue as well."""
        if not has_word(self.words, talk.turn.text):
            return super().heed(talk)
        called = self._call(talk)
        parts = (danger_part(), *called.parts)
        return Done(replace(called, outcome=DISTRESS, parts=parts), all_left())

    def carry_out(self, talk: Talk) -> Done:
        waiting = talk.conversation.holder is Holder.WAITING
        if waiting and has_word("no_longer_waiting", talk.turn.text):
            stop_waiting(talk.session, talk.conversation, now=talk.now)
            return Done(talk.say("smalltalk", "utter_hand_over_called_off"))
        if talk.heard.act == _ABUSES and not waiting:
            strained = read_mood(talk.turn.text).is_strained
            return Done(talk.reply("smalltalk", strain_part() if strained else abuse_part()))
        return Done(self._call(talk))

    def _call(self, talk: Talk) -> Reply:
        """A place in the queue, the place there already is, or an appeal."""
        if talk.conversation.is_evaluation:
            return talk.say("handed_over", "utter_hand_over_evaluation")
        if talk.conversation.holder is Holder.WAITING:
            ahead = place_in_queue(talk.session, talk.conversation) - 1
            name = "utter_hand_over_already_requested"
            return talk.say("handed_over", name, buttons=_CALL_OFF, waiting=ahead)
        if talk.services.bureau.is_open(talk.now):
            return self._called(talk)
        return self._filed(talk)

    def _called(self, talk: Talk) -> Reply:
        settings = talk.services.settings
        place = ask_for_person(
            talk.session,
            talk.conversation,
            reason=_reason(talk),
            within=settings.hand_over_within,
            now=talk.now,
        )
        return talk.say(
            "handed_over",
            "utter_hand_over_requested",
            buttons=_CALL_OFF,
            waiting=place - 1,
            wait_minutes=settings.hand_over_minutes,
        )

    def _filed(self, talk: Talk) -> Reply:
        services = talk.services
        firm = current_firm(talk.session, identity_key=talk.identity_key, now=talk.now)
        filed = file_unheard(
            talk.session,
            talk.conversation,
            enterprise_id=firm.enterprise_id if firm else None,
            detail=_reason(talk),
            keys=services.keys,
            kinds=services.kinds,
            now=talk.now,
        )
        return filed_reply(
            talk,
            filed,
            "utter_hand_over_outside_hours",
            working_hours=services.bureau.hours_text(),
            next_opening=services.bureau.next_opening_text(talk.now),
        )


def _reason(talk: Talk) -> str:
    """What the person is wanted for: the last question, else what was said now."""
    asked = last_question(talk)
    return asked.text if asked is not None else talk.turn.text
