"""Checking what is typed in for an appeal (校验诉求), and keeping it in the draft."""

from __future__ import annotations

import re

from rasa_sdk.events import ActionExecutionRejected, SlotSet

from answers.decide import ACT_COUNTS
from answers.mood import read_mood
from answers.parts import Reply
from appeals.drafts import find_draft, save_draft
from appeals.elsewhere import check_taken_here
from appeals.tables import AppealDraft
from bot.actions.base import Done, Events, Heard, Talk
from bot.draft_talk import checked
from bot.forms import KEPT, FormCheck, cleared
from bot.questions import read_query
from bot.words import has_word, matching

_SHORTEST_DETAIL = 6
_LONGEST_WISH = 12
_QUESTIONS = ("ask_policy", "ask_procedure", "ask_eligibility", "ask_calculation", "ask_deadline")
_SURE = ("answered", "computed")
_DEEDS = (
    "ask_my_firm",
    "follow_appeal",
    "urge_appeal",
    "supplement_appeal",
    "withdraw_appeal",
    "bind_firm",
    "switch_firm",
    "unbind_firm",
    "push_settings",
    "my_data",
)
_LANDLINE = re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)")


class ValidateAppealForm(FormCheck):
    """Keeps kind, words and contact in the draft; the slots hold only that they are there."""

    def name(self) -> str:
        return "validate_appeal_form"

    def prepare(self, heard: Heard) -> Reply | None:
        if heard.requested_slot != "appeal_detail" or not _is_question(heard):
            return None
        return self.services.engine.answer(read_query(self.services, heard))

    def check(self, talk: Talk, slot: str, value: object) -> Done:
        if slot != "appeal_confirmed" and _is_wish(talk) and has_word("to_edit", talk.turn.text):
            return self._edited(talk)
        if slot != "appeal_confirmed" and self._is_meant_otherwise(talk, slot):
            return Done(None, [*cleared(slot), ActionExecutionRejected("appeal_form")])
        if slot == "appeal_kind":
            return self._kind(talk)
        if slot == "appeal_detail":
            return self._detail(talk)
        if slot == "appeal_contact":
            return self._contact(talk)
        return self._confirmed(talk, bool(value))

    def _kind(self, talk: Talk) -> Done:
        check_taken_here(talk.turn.text)
        kind = _said_kind(talk)
        if kind is None:
            return self.asked_again(talk, "appeal_kind", "utter_appeal_kind_unknown")
        self._save(talk, kind=kind)
        return Done(None, [SlotSet("appeal_kind", kind)])

    def _detail(self, talk: Talk) -> Done:
        text = talk.turn.text.strip()
        if len(text) < _SHORTEST_DETAIL:
            return self.asked_again(talk, "appeal_detail", "utter_appeal_detail_too_short")
        draft = self._save(talk, detail=text, subject=text)
        return self._ready(talk, draft, [SlotSet("appeal_detail", KEPT)])

    def _is_meant_otherwise(self, talk: Talk, slot: str) -> bool:
        """Tell a question or another wish from the answer that the form waits for.

        Almost any words tell what happened, so there something has to be asked, and the library
        has to be sure of its answer. A wish for a person has to name one; other wishes are short.
        """
        if slot == "appeal_kind" and _is_wish(talk) and _said_kind(talk):
            return False
        if talk.heard.act == "ask_person":
            return has_word("a_person", talk.turn.text)
        if talk.heard.act == "abuse_or_distress":
            return read_mood(talk.turn.text).is_strained
        if talk.heard.act in _DEEDS:
            return _is_wish(talk) and talk.heard.act_probability >= ACT_COUNTS
        if slot == "appeal_detail":
            is_answered = talk.prepared is not None and talk.prepared.outcome in _SURE
            return is_answered and has_word("asking", talk.turn.text)
        return _is_question(talk.heard) and _LANDLINE.search(talk.turn.text) is None

    def _contact(self, talk: Talk) -> Done:
        text = talk.turn.text
        draft = find_draft(talk.session, identity_key=talk.identity_key)
        if draft is None or draft.contact_sealed is None:
            landline = _LANDLINE.search(text)
            if landline:
                draft = self._save(talk, contact=landline[0])
            elif draft is None or not has_word("no_contact", text):
                return self.asked_again(talk, "appeal_contact", "utter_appeal_contact_invalid")
        return Done(
            talk.reply("clarifying", *checked(talk, draft)), [SlotSet("appeal_contact", KEPT)]
        )

    def _ready(self, talk: Talk, draft: AppealDraft, events: Events) -> Done:
        if talk.heard.slots.get("appeal_contact") is None:
            return Done(None, events)
        return Done(talk.reply("clarifying", *checked(talk, draft)), events)

    def _confirmed(self, talk: Talk, confirmed: bool) -> Done:
        if confirmed:
            return Done(None, [SlotSet("appeal_confirmed", True)])
        return self._edited(talk)

    def _edited(self, talk: Talk) -> Done:
        """Kind and words are asked again; the contact stays."""
        again = cleared("appeal_confirmed", "appeal_kind", "appeal_detail")
        return Done(talk.say("clarifying", "utter_appeal_edited"), again)

    def _save(self, talk: Talk, **said: str) -> AppealDraft:
        return save_draft(
            talk.session,
            identity_key=talk.identity_key,
            keys=talk.services.keys,
            now=talk.now,
            conversation_id=talk.conversation.id,
            **said,
        )


def _is_wish(talk: Talk) -> bool:
    return len(talk.turn.text) <= _LONGEST_WISH


def _is_question(heard: Heard) -> bool:
    return heard.act in _QUESTIONS and heard.act_probability >= ACT_COUNTS


def _said_kind(talk: Talk) -> str | None:
    text = talk.turn.text.strip()
    labels = {kind.label: code for code, kind in talk.services.kinds.items()}
    return labels.get(text) or matching("appeal_kinds", text)
