"""Adding to an appeal (补充诉求), also what was about to be filed as another one."""

from __future__ import annotations

import re
from dataclasses import replace

from answers.parts import Reply
from appeals.access import access_appeal_for_staff, parse_number
from appeals.attachments_pending import files_to_add
from appeals.drafts import drop_draft, find_draft
from appeals.moves import supplement_appeal
from appeals.tables import Appeal, Verb
from bot.actions.base import Done, Talk, all_left
from bot.appeal_talk import appeal_reply, find_own, has_appeals
from bot.draft_talk import SLOTS, alike
from bot.forms import cleared
from bot.own_business import OwnBusinessAction
from bot.sentences import say
from bot.words import after, has_word
from core.audit import visitor_actor

_NUMBER = re.compile(r"SQ\d{8}-\w{6}", re.IGNORECASE)
_SHORTEST = 4
_LONGEST_WISH = 10


class ActionSupplementAppeal(OwnBusinessAction):
    """Adds what stands beside the wish; where nothing does, says how to put it."""

    words = "own_appeals"

    def name(self) -> str:
        return "action_supplement_appeal"

    def has_matter(self, talk: Talk) -> bool:
        return has_appeals(talk)

    def carry_out(self, talk: Talk) -> Done:
        text = after("supplementing", _NUMBER.sub("", talk.turn.text))
        if number := self._shown_beside_the_draft(talk, text):
            return self._instead(talk, number)
        found = find_own(talk, Verb.SUPPLEMENT)
        if isinstance(found, Reply):
            return Done(found)
        if len(text) < _SHORTEST:
            return Done(appeal_reply(talk, found, "utter_appeal_ask_supplement"))
        count = _add(talk, found, text)
        reply = appeal_reply(talk, found, "utter_appeal_supplemented", text=text)
        return Done(_with_files(reply, count))

    def _shown_beside_the_draft(self, talk: Talk, text: str) -> str | None:
        """The number of the appeal to which the draft is to be added instead of being filed.

        It is one of those shown beside the complete draft: the one named, or the only one where
        none is named (补充到那一件).
        """
        draft = find_draft(talk.session, identity_key=talk.identity_key)
        in_form = talk.heard.active_form == "appeal_form"
        if not in_form or draft is None or not draft.kind or not draft.detail:
            return None
        shown = [each.number for each in alike(talk, draft) if each.takes_more]
        named = talk.heard.entity("appeal_number")
        if named is None:
            is_meant = len(shown) == 1 and len(text) <= _LONGEST_WISH
            return shown[0] if is_meant and has_word("the_shown_one", text) else None
        number = parse_number(named)
        return number if len(text) < _SHORTEST and number in shown else None

    def _instead(self, talk: Talk, number: str) -> Done:
        """Add the draft to the appeal that was shown: their own, or their firm's."""
        draft = find_draft(talk.session, identity_key=talk.identity_key)
        appeal = access_appeal_for_staff(talk.session, number=number)
        count = _add(talk, appeal, (draft.detail if draft else None) or "")
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
