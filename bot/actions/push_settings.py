"""What is sent unasked (推送设置): turned on, turned off, or shown."""

from __future__ import annotations

from answers.parts import Button, Part
from bot.actions.base import Done, Talk
from bot.own_business import OwnBusinessAction
from bot.sentences import say
from enterprises.binding import list_bindings
from outreach.due_filings import WORKING_DAYS_NEAR
from outreach.tables import PushKind
from outreach.wishes import set_wish, wishes_of
from outreach.wording import SaidWish, kind_label, read_wish, state_label, wish_sentence

_BIND = Button("绑定企业", "say", "绑定企业")


class ActionPushSettings(OwnBusinessAction):
    """Turns on and off what was plainly said; whatever else is said shows the settings."""

    words = "own_pushes"
    yields_to_urgency = True

    def name(self) -> str:
        return "action_push_settings"

    def carry_out(self, talk: Talk) -> Done:
        said = read_wish(talk.turn.text)
        if said is not None:
            self._hold(talk, said)
        wishes = wishes_of(talk.session, identity_key=talk.identity_key)
        firms = list_bindings(talk.session, identity_key=talk.identity_key, now=talk.now)
        wait = self.services.settings.correction_push_days
        sentences = _changed(said, wait) if said else _settings(wishes, wait)
        reminds = said is None or (said.wanted and PushKind.DEADLINE_REMINDER in said.kinds)
        if reminds and not firms:
            sentences.append(say("utter_push_needs_firm"))
        buttons = tuple(
            Button(wish_sentence(kind, not wanted), "say", wish_sentence(kind, not wanted))
            for kind, wanted in wishes.items()
        )
        if not firms:
            buttons += (_BIND,)
        return Done(talk.reply("answered", Part(text="\n".join(sentences), buttons=buttons)))

    def _hold(self, talk: Talk, said: SaidWish) -> None:
        for kind in said.kinds:
            set_wish(
                talk.session,
                identity_key=talk.identity_key,
                kind=kind,
                wanted=said.wanted,
                now=talk.now,
            )


def _settings(wishes: dict[PushKind, bool], wait: int) -> list[str]:
    states = {kind.value: state_label(wanted) for kind, wanted in wishes.items()}
    return [say("utter_push_settings", **states), *_explained(wait, *PushKind)]


def _changed(said: SaidWish, wait: int) -> list[str]:
    kinds = "、".join(kind_label(kind) for kind in said.kinds)
    if not said.wanted:
        return [say("utter_push_turned_off", kinds=kinds)]
    return [say("utter_push_turned_on", kinds=kinds), *_explained(wait, *said.kinds)]


def _explained(wait: int, *kinds: PushKind) -> list[str]:
    values = {"days": WORKING_DAYS_NEAR, "wait": wait}
    return [say(f"utter_push_{kind.value}", **values) for kind in kinds]
