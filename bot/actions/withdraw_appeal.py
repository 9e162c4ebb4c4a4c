"""Taking an appeal back (撤回诉求)."""

from __future__ import annotations

from answers.parts import Button, Reply
from appeals.moves import withdraw_appeal
from appeals.tables import Verb
from bot.actions.base import Done, Talk
from bot.appeal_talk import appeal_reply, find_own, has_appeals
from bot.own_business import OwnBusinessAction
from bot.words import has_word
from core.audit import visitor_actor


class ActionWithdrawAppeal(OwnBusinessAction):
    """Asks first, because an appeal that is withdrawn stays so."""

    words = "own_appeals"

    def name(self) -> str:
        return "action_withdraw_appeal"

    def has_matter(self, talk: Talk) -> bool:
        return has_appeals(talk)

    def carry_out(self, talk: Talk) -> Done:
        found = find_own(talk, Verb.WITHDRAW)
        if isinstance(found, Reply):
            return Done(found)
        if not has_word("confirmed", talk.turn.text):
            buttons = (Button("确认撤回", "say", f"确认撤回诉求 {found.number}"),)
            name = "utter_confirm_withdraw"
            return Done(
                talk.say(
                    "clarifying",
                    name,
                    buttons=buttons,
                    appeal_number=found.number,
                    subject=found.subject,
                )
            )
        actor = visitor_actor(talk.identity_key)
        withdraw_appeal(talk.session, appeal=found, actor=actor, now=talk.now)
        return Done(appeal_reply(talk, found, "utter_appeal_withdrawn"))
