"""What a message is before it is a question (听懂来意): danger, abuse, a correction, several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from answers.choosing import Choice, read_choice
from answers.correcting import Correction, read_correction, revised
from answers.frame import Query, read_frame
from answers.mood import Mood, read_mood, without_feelings
from answers.near_deadline import find_near_deadline
from answers.parts import Part, Reply
from answers.sentences import say, say_button
from answers.several import SURE, AnswerOne, Asked, answer_each, noted
from knowledge_base.schema import Document

#: The outcome of a turn in which somebody may hurt themselves; agents see it in their list.
DISTRESS = "distress"
_ABUSES = "abuse_or_distress"
_NO_QUESTION = ("smalltalk", "refused_out_of_scope")


def answer_said(query: Query, answer_one: AnswerOne, documents: Mapping[str, Document]) -> Reply:
    """Answer a message as it was meant.

    Args:
        query: The message.
        answer_one: Answers one question.
        documents: The register, to name what a deadline rests on.
    """
    mood = read_mood(query.text)
    if mood.in_danger:
        return _only(query, DISTRESS, danger_part())
    if mood.only_abuses:
        return _only(query, "smalltalk", abuse_part())
    choice, correction = read_choice(query), read_correction(query)
    if choice is not None:
        reply = _chosen(query, choice, answer_one)
    elif correction is None:
        calm = replace(query, text=without_feelings(query.text))
        reply = _remembering(answer_each(calm, answer_one), calm)
    else:
        reply = _corrected(query, correction, answer_one)
    if query.act == _ABUSES:
        mood = replace(mood, is_angry=True)
    return _heard(reply, mood, query, documents)


def danger_part() -> Part:
    """What is said to a person who may hurt themselves, and nothing about taxes."""
    return _offering(say("danger"))


def strain_part() -> Part:
    """What is said to a person in despair who asks nothing."""
    return _offering(say("strained"))


def abuse_part() -> Part:
    """What is said to abuse that asks nothing."""
    return _offering(say("abuse"))


def _offering(text: str) -> Part:
    return Part(text=text, buttons=(say_button("person"), say_button("appeal")))


def _only(query: Query, outcome: str, part: Part) -> Reply:
    return Reply(
        outcome=outcome,
        parts=(replace(part, outcome=outcome),),
        as_of=query.today,
        act=query.act,
        act_probability=query.act_probability or None,
    )


def as_chosen(query: Query, choice: Choice) -> Query:
    """The question that could not be answered, with what was chosen."""
    act = query.act if (query.act or "").startswith("ask_") else None
    anew = replace(query, text=choice.question, act=act, was_asked_back=True)
    if choice.entries:
        return replace(anew, chosen=choice.entries, topic=None)
    return replace(anew, topic=_without(query.topic, "choice"))


def _chosen(query: Query, choice: Choice, answer_one: AnswerOne) -> Reply:
    """The question that could not be answered, answered for what was chosen."""
    none = _none_chosen(query, choice) if choice.is_none else None
    reply = none or answer_one(as_chosen(query, choice))
    asked = choice.question if choice.entries else None
    topic = {
        **(reply.topic or _without(query.topic, "choice")),
        **({"question": asked} if asked else {}),
    }
    return replace(
        reply,
        act=query.act,
        act_probability=query.act_probability or None,
        topic={**topic, **({"choice": reply.choice} if reply.choice else {})},
    )


def _none_chosen(query: Query, choice: Choice) -> Reply:
    part = _offering(say("none_of_these"))
    return Reply(
        outcome="refused_no_evidence",
        parts=(replace(part, kind="answer", outcome="refused_no_evidence", as_of=query.today),),
        as_of=query.today,
        entries=tuple({"id": name} for name in choice.left),
    )


def _corrected(query: Query, correction: Correction, answer_one: AnswerOne) -> Reply:
    """What was asked last, anew; where it is not found that way, its entry for what was said."""
    act = query.act if (query.act or "").startswith("ask_") else None
    anew = replace(query, text=correction.question, topic=None, act=act)
    reply = answer_each(anew, answer_one)
    if reply.outcome not in SURE:
        about_it = answer_one(replace(query, text=correction.said, act=None))
        if about_it.outcome in SURE and _entry(about_it.topic) == _entry(query.topic):
            reply = about_it
    first, *others = reply.parts
    text = f"{say('corrected', said=correction.said)}\n\n{first.text}"
    return replace(
        reply,
        parts=(replace(first, text=text), *others),
        act=query.act,
        act_probability=query.act_probability or None,
        entries=noted(Asked(correction.question, reply)),
        topic={**_topic(reply, query), "question": correction.question},
    )


def _remembering(reply: Reply, query: Query) -> Reply:
    """The reply with what was asked, so that it can be corrected in the next message."""
    if reply.outcome in _NO_QUESTION:
        return reply
    choice = {"choice": reply.choice} if reply.choice else {}
    if "question" in (reply.topic or {}):
        return replace(reply, topic={**_topic(reply, query), **choice})
    before = query.topic or {}
    asked = query.text
    followed = reply.topic is not None and _entry(reply.topic) == _entry(before)
    if followed and "question" in before and read_frame(query).leans_on_topic:
        last = str(before.get("about") or before["question"])
        asked = revised(last, query.text, query.today) or last
    return replace(reply, topic={**_topic(reply, query), "question": asked, **choice})


def _topic(reply: Reply, query: Query) -> dict[str, Any]:
    """The topic of the reply; where it has none, the one before stays for follow-ups."""
    return reply.topic or _without(query.topic, "about", "choice")


def _without(topic: Mapping[str, Any] | None, *keys: str) -> dict[str, Any]:
    return {key: each for key, each in (topic or {}).items() if key not in keys}


def _entry(topic: Mapping[str, Any] | None) -> Any:
    return (topic or {}).get("entry_id")


def _heard(reply: Reply, mood: Mood, query: Query, documents: Mapping[str, Document]) -> Reply:
    """The reply with a sentence for the mood, the day that was named, and a person first."""
    if reply.outcome == "smalltalk" or not reply.parts:
        return reply
    lines = [say("strained")] if mood.is_strained else [say("calm")] if mood.is_angry else []
    near = find_near_deadline(query, documents)
    if near is not None:
        lines.append(near.text)
        reply = replace(reply, sources=(*reply.sources, *near.sources))
    first, *others = reply.parts
    parts = (replace(first, text="\n\n".join((*lines, first.text))), *others)
    if mood.wants_person:
        parts = tuple(_person_first(part) if part.kind == "answer" else part for part in parts)
    return replace(reply, parts=parts)


def _person_first(part: Part) -> Part:
    person = say_button("person")
    return replace(part, buttons=(person, *(each for each in part.buttons if each != person)))
