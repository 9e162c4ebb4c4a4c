"""What the checks of the forms have in common (表单校验)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from rasa_sdk.events import ActionExecutionRejected, SlotSet

from answers.parts import Part
from bot.actions.base import Done, Events, Heard, ServiceAction, Talk
from bot.sentences import say
from core.errors import ServiceError
from core.messages import sentence_for

#: What a slot holds instead of a secret that is kept elsewhere.
KEPT = "kept"


def cleared(*slots: str) -> Events:
    """Empty slots."""
    return [SlotSet(slot, None) for slot in slots]


class FormCheck(ServiceAction, ABC):
    """Checks what a form was just told, and keeps it in our tables; the form asks what is next.

    Nothing is answered where the form's next question says enough.
    """

    def answer_turn(self, heard: Heard) -> Events:
        """Rasa also calls when a form begins or goes on, with nothing to check."""
        return super().answer_turn(heard) if heard.requested_slot in heard.filled else []

    def after_error(self, heard: Heard) -> Events:
        return cleared(*heard.filled)

    def perform(self, talk: Talk) -> Done:
        slot = talk.heard.requested_slot or ""
        try:
            return self.check(talk, slot, talk.heard.filled[slot])
        except ServiceError as error:
            reply = talk.reply(f"error_{error.code}", Part(text=sentence_for(error)))
            return Done(reply, cleared(slot))

    def heed(self, talk: Talk) -> Done:
        """Leave the form, so that whoever answers the turn next does it."""
        form = self.name().removeprefix("validate_")
        slot = talk.heard.requested_slot or ""
        return Done(None, [*cleared(slot), ActionExecutionRejected(form)])

    @abstractmethod
    def check(self, talk: Talk, slot: str, value: object) -> Done:
        """Check the value of one slot; raise ``ServiceError`` to have it asked again."""

    @staticmethod
    def asked_again(talk: Talk, slot: str, name: str, **values: object) -> Done:
        """Explain; the form asks the same question again."""
        return Done(talk.reply("clarifying", Part(text=say(name, **values))), cleared(slot))
