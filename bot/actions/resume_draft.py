"""Telling Rasa what the draft holds (恢复草稿), after a restart or a lost tracker too."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from appeals.drafts import find_draft
from bot.actions.base import Done, Events, Heard, ServiceAction, Talk
from bot.draft_talk import SLOTS
from bot.forms import KEPT, cleared
from consultations.tables import Turn
from core.database import reading


class ActionResumeDraft(ServiceAction):
    """Fills the form's slots from the draft, so that only what is missing is asked.

    It says nothing: :class:`~bot.actions.start_appeal.ActionStartAppeal` has spoken.
    """

    def name(self) -> str:
        return "action_resume_draft"

    def answer_turn(self, heard: Heard) -> Events:
        with reading(self.services.sessions) as session:
            turn = session.get_one(Turn, heard.turn_id)
            draft = find_draft(session, identity_key=turn.conversation.identity_key)
        events = cleared(*SLOTS)
        if draft is not None:
            events += [
                SlotSet("appeal_kind", draft.kind),
                SlotSet("appeal_detail", KEPT if draft.detail else None),
                SlotSet("appeal_contact", KEPT if draft.contact_sealed else None),
            ]
        return events

    def perform(self, talk: Talk) -> Done:
        return Done(None)
