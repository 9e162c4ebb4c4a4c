"""Talking about another firm (切换企业): found by name, or chosen from pages of a list."""

from __future__ import annotations

import re

from answers.parts import Button
from bot.actions.base import Done, Talk
from bot.own_business import OwnBusinessAction
from bot.words import without
from enterprises.binding import BoundFirm, current_firm, list_bindings, switch_firm

PAGE = 10
_PAGE_SAID = re.compile(r"第\s*(\d{1,3})\s*页")
_PLACE_SAID = re.compile(r"第\s*(\d{1,3})\s*[家个户]|^\s*(\d{1,3})\s*$")


class ActionSwitchFirm(OwnBusinessAction):
    """Switches to the firm that was named; asks where several could be meant."""

    words = "own_bindings"

    def name(self) -> str:
        return "action_switch_firm"

    def carry_out(self, talk: Talk) -> Done:
        firms = list_bindings(talk.session, identity_key=talk.identity_key, now=talk.now)
        if not firms:
            return Done(talk.say("answered", "utter_firm_not_bound"))
        text = talk.turn.text
        if page := _PAGE_SAID.search(text):
            return self._list(talk, firms, int(page[1]))
        place = _PLACE_SAID.search(text)
        if place and 1 <= (number := int(place[1] or place[2])) <= len(firms):
            return self._switch(talk, firms[number - 1])
        return self._by_name(talk, firms, named_firms(talk, firms), without("switching", text))

    def _by_name(
        self, talk: Talk, firms: list[BoundFirm], named: list[BoundFirm], wanted: str
    ) -> Done:
        if len(named) == 1:
            return self._switch(talk, named[0])
        if wanted and not named:
            return Done(talk.say("clarifying", "utter_firm_not_found", wanted=wanted))
        if len(firms) == 1:
            return Done(talk.say("answered", "utter_only_one_firm", firm=firms[0].name))
        return self._list(talk, named or firms, 1)

    def _switch(self, talk: Talk, firm: BoundFirm) -> Done:
        switch_firm(
            talk.session,
            identity_key=talk.identity_key,
            enterprise_id=firm.enterprise_id,
            now=talk.now,
        )
        return Done(talk.say("answered", "utter_firm_switched", firm=firm.name))

    def _list(self, talk: Talk, firms: list[BoundFirm], page: int) -> Done:
        pages = -(-len(firms) // PAGE)
        page = min(max(page, 1), pages)
        first = (page - 1) * PAGE
        shown = firms[first : first + PAGE]
        current = current_firm(talk.session, identity_key=talk.identity_key, now=talk.now)
        buttons = [Button(firm.name, "say", f"切换到{firm.name}") for firm in shown]
        if page < pages:
            buttons.append(Button("下一页", "say", f"切换企业第{page + 1}页"))
        return Done(
            talk.say(
                "clarifying",
                "utter_firms_listed",
                buttons=tuple(buttons),
                firms="；".join(f"{first + n}. {firm.name}" for n, firm in enumerate(shown, 1)),
                current=current.name if current else "—",
                page=page,
                pages=pages,
            )
        )


def named_firms(talk: Talk, firms: list[BoundFirm]) -> list[BoundFirm]:
    """The firms that the turn names: in full, else by what is left of it beside the wish."""
    full = [firm for firm in firms if firm.name in talk.turn.text]
    if full:
        return full
    wanted = without("switching", talk.turn.text)
    if not wanted:
        return []
    return list_bindings(talk.session, identity_key=talk.identity_key, now=talk.now, search=wanted)
