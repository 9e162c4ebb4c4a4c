"""How the talk shows the draft of an appeal (诉求草稿)."""

from __future__ import annotations

from answers.parts import Button, Part
from appeals.attachments_pending import list_pending
from appeals.deadlines import promised_if_filed
from appeals.duplicates import Alike, find_own_duplicates
from appeals.tables import AppealDraft
from bot.actions.base import Talk
from bot.sentences import buttons_of, say
from enterprises.binding import current_firm

#: The slots of the form, in the order they are asked.
SLOTS = ("appeal_kind", "appeal_detail", "appeal_contact", "appeal_confirmed")
_SHOWN = 60
_MOST_ALIKE = 3


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
    return checked(talk, draft)


def checked(talk: Talk, draft: AppealDraft) -> tuple[Part, ...]:
    """The summary of a complete draft, the contact may be left out; and what is much like it."""
    kind = talk.services.kinds[draft.kind or ""]
    text = say(
        "utter_appeal_summary",
        kind=kind.label,
        detail=_short(draft.detail or ""),
        contact=draft.contact_hint or say("utter_no_contact"),
        due_on=promised_if_filed(kind, talk.now),
    )
    waiting = list_pending(talk.session, identity_key=talk.identity_key, now=talk.now)
    if waiting:
        text += say("utter_appeal_files", count=len(waiting))
    near = alike(talk, draft)
    return (Part(text=text), _warning(near)) if near else (Part(text=text),)


def alike(talk: Talk, draft: AppealDraft) -> list[Alike]:
    """Open appeals of the visitor or of the firm that say much the same; shown, never forced."""
    firm = current_firm(talk.session, identity_key=talk.identity_key, now=talk.now)
    near = find_own_duplicates(
        talk.session,
        identity_keys=[talk.identity_key],
        enterprise_id=firm.enterprise_id if firm else None,
        kind=draft.kind,
        text=draft.detail or "",
        now=talk.now,
    )
    return near[:_MOST_ALIKE]


def _warning(near: list[Alike]) -> Part:
    lines = [
        say(
            "utter_alike_line",
            number=each.number,
            subject=_short(each.subject),
            standing=each.status_label,
            due=say("utter_alike_due", due=each.due_text) if each.due_text else "",
        )
        for each in near
    ]
    able = [each for each in near if each.takes_more]
    name = "utter_alike_supplement" if len(able) == 1 else "utter_alike_supplement_one"
    adding = [
        Button(say(name, number=each.number), "say", f"补充诉求 {each.number}") for each in able
    ]
    others = [Button(each.title, "say", each.payload) for each in buttons_of("utter_appeal_alike")]
    text = say("utter_appeal_alike", appeals="\n".join(lines))
    return Part(text=text, buttons=(*adding, *others))


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
