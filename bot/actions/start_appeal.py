"""Beginning an appeal (开始提诉求), or taking up the draft of one."""

from __future__ import annotations

from answers.parts import Button, Part
from appeals.drafts import drop_draft, find_draft, save_draft
from appeals.tables import AppealDraft
from bot.actions.base import Done, ServiceAction, Talk
from bot.draft_talk import filled_in, summary
from bot.questions import is_unsolved, last_question
from bot.sentences import say
from bot.words import has_word, matching

_ANEW = (Button("重新填写", "say", "重新填写诉求"),)


class ActionStartAppeal(ServiceAction):
    """Keeps a draft from the first moment, so that nothing typed in is lost."""

    def name(self) -> str:
        return "action_start_appeal"

    def perform(self, talk: Talk) -> Done:
        if has_word("start_anew", talk.turn.text):
            drop_draft(talk.session, identity_key=talk.identity_key)
        draft = find_draft(talk.session, identity_key=talk.identity_key)
        if draft is not None and filled_in(talk, draft):
            text = say("utter_draft_resumed", filled=filled_in(talk, draft))
            parts = (Part(text=text, buttons=_ANEW), *summary(talk, draft))
            return Done(talk.reply("clarifying", *parts))
        return self._begun(talk)

    def _begun(self, talk: Talk) -> Done:
        kind = matching("appeal_kinds", talk.turn.text)
        asked = last_question(talk) if kind in (None, "consultation") else None
        if asked is not None and is_unsolved(asked):
            draft = self._draft(talk, "consultation", asked.text)
            text = say("utter_appeal_prefilled", filled=filled_in(talk, draft))
            return Done(talk.reply("clarifying", Part(text=text, buttons=_ANEW)))
        self._draft(talk, kind, None)
        return Done(talk.say("clarifying", "utter_appeal_started"))

    def _draft(self, talk: Talk, kind: str | None, detail: str | None) -> AppealDraft:
        return save_draft(
            talk.session,
            identity_key=talk.identity_key,
            keys=talk.services.keys,
            now=talk.now,
            conversation_id=talk.conversation.id,
            kind=kind,
            subject=detail,
            detail=detail,
        )
