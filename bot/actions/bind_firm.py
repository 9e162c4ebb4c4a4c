"""Binding a firm with the one-time code (绑定企业)."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, SlotSet

from answers.parts import Button, Part
from bot.actions.base import Done, Events, Heard, ServiceAction, Talk
from bot.binding_talk import SLOTS, send_code, slots_of
from bot.forms import cleared
from core.clock import china_date
from core.errors import ServiceError
from core.messages import sentence_for
from enterprises.binding import confirm_binding
from enterprises.binding_errors import CodeExpired, WrongCode
from enterprises.firms import BoundFirm
from enterprises.labels import label

_ANEW = (Button("重新绑定", "say", "绑定企业"), Button("转人工", "say", "转人工"))


class ActionBindFirm(ServiceAction):
    """Tries the code; a wrong one counts, so the refusal is a reply and not an error."""

    def name(self) -> str:
        return "action_bind_firm"

    def after_error(self, heard: Heard) -> Events:
        return cleared(*SLOTS)

    def perform(self, talk: Talk) -> Done:
        confirmation = confirm_binding(
            talk.session,
            identity_key=talk.identity_key,
            code=str(talk.heard.slots.get("one_time_code") or ""),
            keys=talk.services.keys,
            now=talk.now,
            settings=talk.services.settings,
        )
        if confirmation.bound is not None:
            return self._bound(talk, confirmation.bound)
        return self._refused(talk, confirmation.refusal or WrongCode())

    def _bound(self, talk: Talk, firm: BoundFirm) -> Done:
        until = china_date(firm.expires_at)
        reply = talk.say(
            "answered",
            "utter_firm_bound",
            firm=firm.name,
            role=label("role", firm.role),
            expires_on=f"{until.year}年{until.month}月{until.day}日",
        )
        return Done(reply, cleared(*SLOTS))

    def _refused(self, talk: Talk, refusal: ServiceError) -> Done:
        part = Part(text=sentence_for(refusal))
        outcome = f"error_{refusal.code}"
        if isinstance(refusal, WrongCode):
            return Done(talk.reply(outcome, part), _ask_code_again())
        if isinstance(refusal, CodeExpired):
            parts = send_code(talk, *slots_of(talk))
            return Done(talk.reply(outcome, part, *parts), _ask_code_again())
        offered = Part(text=part.text, buttons=_ANEW)
        return Done(talk.reply(outcome, offered), cleared(*SLOTS))


def _ask_code_again() -> Events:
    """Take the form up again where it asks for the code; firm and role stay."""
    return [
        SlotSet("one_time_code", None),
        ActiveLoop("bind_form"),
        SlotSet("requested_slot", "one_time_code"),
    ]
