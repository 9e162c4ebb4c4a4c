"""Filing the appeal of the draft (提交诉求), with the turns that led to it."""

from __future__ import annotations

from answers.parts import Button
from appeals.drafts import draft_contact, drop_draft, find_draft
from appeals.filing import file_appeal
from appeals.from_talk import evidence_from
from bot.actions.base import Done, Events, Heard, ServiceAction, Talk
from bot.appeal_talk import filed_reply
from bot.draft_talk import SLOTS
from bot.forms import cleared
from bot.questions import recent_questions
from enterprises.binding import current_firm


class ActionFileAppeal(ServiceAction):
    """Files what the draft holds; the draft is the truth, whatever Rasa remembers."""

    def name(self) -> str:
        return "action_file_appeal"

    def after_error(self, heard: Heard) -> Events:
        return cleared(*SLOTS)

    def perform(self, talk: Talk) -> Done:
        services = talk.services
        draft = find_draft(talk.session, identity_key=talk.identity_key)
        if draft is None or not draft.kind or not draft.detail:
            buttons = (Button("提诉求", "say", "我要提诉求"),)
            reply = talk.say("clarifying", "utter_draft_gone", buttons=buttons)
            return Done(reply, cleared(*SLOTS))
        firm = current_firm(talk.session, identity_key=talk.identity_key, now=talk.now)
        filed = file_appeal(
            talk.session,
            identity_key=talk.identity_key,
            conversation_id=talk.conversation.id,
            enterprise_id=firm.enterprise_id if firm else None,
            kind=draft.kind,
            subject=draft.subject or draft.detail,
            detail=draft.detail,
            contact=draft_contact(draft, services.keys),
            evidence=evidence_from(recent_questions(talk)),
            keys=services.keys,
            now=talk.now,
            kinds=services.kinds,
            is_evaluation=talk.conversation.is_evaluation,
        )
        drop_draft(talk.session, identity_key=talk.identity_key)
        return Done(filed_reply(talk, filed, "utter_appeal_filed"), cleared(*SLOTS))
