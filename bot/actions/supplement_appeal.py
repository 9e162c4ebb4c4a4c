"""Adding to an appeal (补充诉求), also what was about to be filed as another one."""

from __future__ import annotations

import re
from dataclasses import replace

from answers.parts import Reply
from appeals.access import access_appeal_for_staff, parse_number
from appeals.attachments_pending import files_to_add
from appeals.drafts import drop_draft, find_draft
from appeals.moves import supplement_appeal
from appeals.tables import Appeal, AppealDraft, Verb
from bot.actions.base import Done, Talk, all_left
from bot.appeal_talk import appeal_reply, find_own, has_appeals
from bot.draft_talk import SLOTS, alike
from bot.forms import cleared
from bot.own_business import OwnBusinessAction
from bot.sentences import say
from bot.words import after
from core.audit import visitor_actor

_NUMBER = re.compile(r"SQ\d{8}-\w{6}", re.IGNORECASE)
_SHORTEST = 4


class ActionSupplementAppeal(OwnBusinessAction):
    """Adds what stands beside the wish; where nothing does, says how to put it."""

    words = "own_appeals"

    def name(self) -> str:
        return "action_supplement_appeal"

    def has_matter(self, talk: Talk) -> bool:
        return has_appeals(talk)

    def carry_out(self, talk: Talk) -> Done:
        text = after("supplementing", _NUMBER.sub("", talk.turn.text))
        if len(text) < _SHORTEST and (draft := self._draft_for_it(talk)):
            return self._instead(talk, draft)
        found = find_own(talk, Verb.SUPPLEMENT)
        if isinstance(found, Reply):
            return Done(found)
        if len(text) < _SHORTEST:
            return Done(appeal_reply(talk, found, "utter_appeal_ask_supplement"))
        count = _add(talk, found, text)
        reply = appeal_reply(talk, found, "utter_appeal_supplemented", text=text)
        return Done(_with_files(reply, count))

    def _draft_for_it(self, talk: Talk) -> AppealDraft | None:
        """The complete draft in the form, if the appeal named is one of those shown beside it."""
        draft = find_draft(talk.session, identity_key=talk.identity_key)
        number = talk.heard.entity("appeal_number")
        if talk.heard.active_form != "appeal_form" or draft is None or number is None:
            return None
        shown = alike(talk, draft) if draft.kind and draft.detail else []
        return draft if parse_number(number) in {each.number for each in shown} else None

    def _instead(self, talk: Talk, draft: AppealDraft) -> Done:
        """Add the draft to the appeal that was shown: their own, or their firm's."""
        number = talk.heard.entity("appeal_number") or ""
        appeal = access_appeal_for_staff(talk.session, number=number)
        count = _add(talk, appeal, draft.detail or "")
        drop_draft(talk.session, identity_key=talk.identity_key)
        if appeal.identity_key == talk.identity_key:
            reply = appeal_reply(talk, appeal, "utter_added_instead")
        else:
            name = "utter_added_instead_for_firm"
            reply = talk.say("answered", name, appeal_number=appeal.number)
        return Done(_with_files(reply, count), [*cleared(*SLOTS), *all_left()])


def _add(talk: Talk, appeal: Appeal, text: str) -> int:
    """Add words and what waits; how many files went along."""
    session, identity_key = talk.session, talk.identity_key
    files = files_to_add(session, appeal=appeal, identity_key=identity_key, now=talk.now)
    supplement_appeal(
        session,
        appeal=appeal,
        text=text,
        actor=visitor_actor(identity_key),
        now=talk.now,
        files=files,
        for_firm=appeal.identity_key != identity_key,
    )
    return len(files)


def _with_files(reply: Reply, count: int) -> Reply:
    if not count:
        return reply
    first, *others = reply.parts
    told = replace(first, text=first.text + say("utter_files_added", count=count))
    return replace(reply, parts=(told, *others))
