"""Checking what is typed in while a firm is bound (校验绑定信息)."""

from __future__ import annotations

import unicodedata

from rasa_sdk.events import SlotSet

from bot.actions.base import Done, Talk
from bot.binding_talk import send_code, slots_of
from bot.forms import FormCheck, cleared
from bot.words import has_word, matching
from enterprises.codes import CODE_DIGITS
from enterprises.kinds import Role
from enterprises.uscc import parse_uscc


class ValidateBindForm(FormCheck):
    """Reads the USCC and the role, and sends the code; whether it fits is tried on submission."""

    def name(self) -> str:
        return "validate_bind_form"

    def check(self, talk: Talk, slot: str, value: object) -> Done:
        if slot == "uscc":
            return Done(None, [SlotSet(slot, parse_uscc(str(value)))])
        if slot == "role":
            return self._role(talk, str(value))
        return self._code(talk, str(value))

    def _role(self, talk: Talk, said: str) -> Done:
        code = matching("roles", said)
        if code is None:
            return self.asked_again(talk, "role", "utter_role_unknown")
        parts = send_code(talk, str(talk.heard.slots["uscc"]), Role(code))
        reply = talk.reply("clarifying", *parts) if parts else None
        return Done(reply, [SlotSet("role", code)])

    def _code(self, talk: Talk, said: str) -> Done:
        if has_word("send_again", said):
            parts = send_code(talk, *slots_of(talk))
            return Done(
                talk.reply("clarifying", *parts) if parts else None, cleared("one_time_code")
            )
        digits = "".join(c for c in unicodedata.normalize("NFKC", said) if c.isdigit())
        if len(digits) != CODE_DIGITS:
            return self.asked_again(talk, "one_time_code", "utter_one_time_code_malformed")
        return Done(None, [SlotSet("one_time_code", digits)])
