"""How the talk shows the draft of an appeal (诉求草稿)."""

from __future__ import annotations

from answers.parts import Part
from appeals.tables import AppealDraft
from appeals.wording import due_sentence
from bot.actions.base import Talk
from bot.sentences import say
from core.calendar import due_after

#: The slots of the form, in the order they are asked.
SLOTS = ("appeal_kind", "appeal_detail", "appeal_contact", "appeal_confirmed")
_SHOWN = 60


def filled_in(talk: Talk, draft: AppealDraft) -> str:
    """What of the draft is filled in, as one enumeration; empty if nothing is."""
    kind = talk.services.kinds.get(draft.kind or "")
    parts = [
        say("utter_filled_kind", kind=kind.label) if kind else "",
        say("utter_filled_detail", detail=_short(draft.detail)) if draft.detail else "",
        say("utter_filled_contact", contact=draft.contact_hint) if draft.contact_hint else "",
    ]
    return "；".join(part for part in parts if part)


def summary(talk: Talk, draft: AppealDraft) -> tuple[Part, ...]:
    """The draft for a last look, with the date it would be promised for; () if not complete."""
    kind = talk.services.kinds.get(draft.kind or "")
    if kind is None or not draft.detail or not draft.contact_hint:
        return ()
    return (checked(talk, draft),)


def checked(talk: Talk, draft: AppealDraft) -> Part:
    """The summary of a complete draft; the contact may be left out."""
    kind = talk.services.kinds[draft.kind or ""]
    due = due_after(talk.now, kind.working_days)
    text = say(
        "utter_appeal_summary",
        kind=kind.label,
        detail=_short(draft.detail or ""),
        contact=draft.contact_hint or say("utter_no_contact"),
        due_on=due_sentence(due.due_on, due.provisional),
    )
    return Part(text=text)


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
