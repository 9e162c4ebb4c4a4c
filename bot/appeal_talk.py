"""How the talk shows appeals (诉求在对话中的样子): chosen by number or alone, as a card."""

from __future__ import annotations

from typing import Any

from answers.parts import Button, Part, Reply
from appeals.access import access_appeal_for, list_appeals_for
from appeals.filing import Filed
from appeals.public import PublicView, due_text, filed_card, public_view
from appeals.tables import Appeal, Verb
from bot.actions.base import Talk
from bot.sentences import say

#: What a button says to make a move; the act is read out of it.
_SAID = {Verb.URGE: "催办诉求", Verb.SUPPLEMENT: "补充诉求", Verb.WITHDRAW: "撤回诉求"}
_MOST_LISTED = 5


def follow_button(number: str) -> Button:
    """A button that asks how an appeal stands."""
    return Button("查诉求进度", "say", f"查诉求 {number}")


def move_buttons(view: PublicView) -> tuple[Button, ...]:
    """What the owner can do in the talk."""
    return tuple(
        Button(said, "say", f"{said} {view.number}")
        for verb, said in _SAID.items()
        if verb.value in view.verbs
    )


def has_appeals(talk: Talk) -> bool:
    """Tell whether the visitor ever filed an appeal."""
    return bool(list_appeals_for(talk.session, identity_keys=(talk.identity_key,)))


def find_own(talk: Talk, verb: Verb) -> Appeal | Reply:
    """The appeal a move is meant for: the one named, or the only one that allows it.

    Returns:
        The appeal, or the reply that asks which one, or says that there is none.

    Raises:
        AppealNotFound: The number is none of theirs.
    """
    owner = [talk.identity_key]
    if number := talk.heard.entity("appeal_number"):
        return access_appeal_for(talk.session, identity_keys=owner, number=number)
    views = list_appeals_for(talk.session, identity_keys=owner)
    able = [view for view in views if verb.value in view.verbs]
    if not able:
        return talk.say("answered", "utter_none_to_move" if views else "utter_no_appeals")
    if len(able) > 1:
        shown = able[:_MOST_LISTED]
        said = _SAID[verb]
        buttons = tuple(Button(each.number, "say", f"{said} {each.number}") for each in shown)
        return talk.say("clarifying", "utter_which_appeal", buttons=buttons, appeals=listed(shown))
    return access_appeal_for(talk.session, identity_keys=owner, number=able[0].number)


def listed(views: list[PublicView]) -> str:
    """Appeals as one enumeration."""
    return "；".join(f"{view.number}（{view.subject}，{view.status_label}）" for view in views)


def appeal_reply(talk: Talk, appeal: Appeal, name: str, **values: Any) -> Reply:
    """A sentence about one appeal, with its card and what can be done next."""
    view = public_view(appeal)
    part = Part(
        text=say(name, appeal_number=appeal.number, due_on=_due(appeal), **values),
        kind="appeal",
        appeal={
            "number": appeal.number,
            "check_code": None,
            "due_sentence": due_text(appeal),
            "status_label": view.status_label,
        },
        buttons=(follow_button(appeal.number), *move_buttons(view)),
    )
    return talk.reply("answered", part)


def filed_reply(talk: Talk, filed: Filed, name: str, **values: Any) -> Reply:
    """A new appeal: number and check code, told this once."""
    appeal = filed.appeal
    part = Part(
        text=say(
            name,
            appeal_number=appeal.number,
            check_code=filed.check_code,
            due_on=_due(appeal),
            **values,
        ),
        kind="appeal",
        appeal=filed_card(appeal, filed.check_code),
        buttons=(follow_button(appeal.number),),
    )
    return talk.reply("appeal_filed", part)


def _due(appeal: Appeal) -> str:
    return due_text(appeal) or ""
