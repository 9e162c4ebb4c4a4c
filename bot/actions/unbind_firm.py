"""Letting a firm go (解除绑定), or leaving this door (退出)."""

from __future__ import annotations

from answers.parts import Button
from bot.actions.base import Done, Talk
from bot.actions.switch_firm import named_firms
from bot.own_business import OwnBusinessAction
from bot.words import has_word
from enterprises.binding import BoundFirm, current_firm, list_bindings, sign_out, unbind_firm


class ActionUnbindFirm(OwnBusinessAction):
    """Asks before it unbinds, because that holds on every door of the person."""

    words = "own_bindings"

    def name(self) -> str:
        return "action_unbind_firm"

    def carry_out(self, talk: Talk) -> Done:
        firms = list_bindings(talk.session, identity_key=talk.identity_key, now=talk.now)
        if not firms:
            return Done(talk.say("answered", "utter_nothing_to_unbind"))
        named = named_firms(talk, firms)
        if not named and has_word("all_firms", talk.turn.text):
            sign_out(talk.session, identity_key=talk.identity_key, now=talk.now)
            return Done(talk.say("answered", "utter_all_firms_unbound"))
        firm = named[0] if len(named) == 1 else self._meant(talk, firms)
        if firm is None:
            return self._which(talk, named or firms)
        if has_word("confirmed", talk.turn.text):
            return self._unbound(talk, firm)
        buttons = (Button("确认解除", "say", f"确认解除绑定{firm.name}"),)
        return Done(talk.say("clarifying", "utter_confirm_unbind", buttons=buttons, firm=firm.name))

    def _meant(self, talk: Talk, firms: list[BoundFirm]) -> BoundFirm | None:
        if len(firms) == 1:
            return firms[0]
        return current_firm(talk.session, identity_key=talk.identity_key, now=talk.now)

    def _which(self, talk: Talk, firms: list[BoundFirm]) -> Done:
        buttons = tuple(Button(each.name, "say", f"解除绑定{each.name}") for each in firms[:10])
        return Done(talk.say("clarifying", "utter_which_firm_to_unbind", buttons=buttons))

    def _unbound(self, talk: Talk, firm: BoundFirm) -> Done:
        unbind_firm(
            talk.session,
            identity_key=talk.identity_key,
            enterprise_id=firm.enterprise_id,
            now=talk.now,
        )
        return Done(talk.say("answered", "utter_firm_unbound", firm=firm.name))
