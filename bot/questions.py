"""The questions of a talk (咨询中的问题): asking the engine, and finding what was asked last."""

from __future__ import annotations

from answers.frame import Firm, Query
from answers.parts import Reply
from bot.actions.base import Heard, Talk
from bot.services import Services
from consultations.tables import Answer, Turn
from consultations.talk import recent_turns
from core.clock import china_date
from core.database import reading
from enterprises.service import audit_read, find_facts_for

#: How far back the last question is looked for.
_LOOK_BACK = 24
_MOST = 6


def read_query(services: Services, heard: Heard) -> Query:
    """The turn as a question to the engine; opens a reading transaction of its own."""
    with reading(services.sessions) as session:
        turn = session.get_one(Turn, heard.turn_id)
        conversation = turn.conversation
        now = services.clock()
        known = find_facts_for(session, identity_key=conversation.identity_key, now=now)
        return Query(
            text=turn.text,
            today=turn.as_of or china_date(now),
            act=heard.act,
            act_probability=heard.act_probability,
            topic=conversation.last_topic,
            firm=Firm(known.enterprise_id, known.name, known.facts) if known else None,
            region=services.bureau.region,
        )


def audit_answer(talk: Talk, query: Query, reply: Reply) -> None:
    """Write down that the answer rests on the firm's facts, where it does."""
    if query.firm is not None and reply.entries:
        audit_read(
            talk.session,
            identity_key=talk.identity_key,
            enterprise_id=query.firm.enterprise_id,
            purpose="answer",
            now=talk.now,
        )


def last_question(talk: Talk) -> Turn | None:
    """The last turn before this one that was a question, answered or not."""
    asked = recent_questions(talk)
    return asked[-1] if asked else None


def recent_questions(talk: Talk) -> list[Turn]:
    """The last questions before this turn, oldest first; forms and small talk left out."""
    turns = recent_turns(talk.session, talk.conversation.id, _LOOK_BACK)
    asked = [turn for turn in turns if turn.id != talk.turn.id and _was_question(turn.answer)]
    return asked[-_MOST:]


def is_unsolved(turn: Turn) -> bool:
    """Tell whether a question was refused, or its answer rated as no help."""
    answer = turn.answer
    return answer is not None and (
        answer.outcome.startswith("refused") or answer.rating in ("not_solved", "wrong")
    )


def _was_question(answer: Answer | None) -> bool:
    return answer is not None and bool(
        answer.entries or answer.outcome == "firm_fact" or answer.outcome.startswith("refused")
    )
