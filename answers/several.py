"""Several questions of one message answered in their order (一句话问几件事的答复)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from answers.correcting import revised
from answers.frame import Query, read_frame
from answers.parts import Button, Part, Reply
from answers.said import facts_in
from answers.sentences import say
from answers.splitting import Question, questions_in

SURE = ("answered", "computed", "referred")
MOST = 3
AnswerOne = Callable[[Query], Reply]


@dataclass(frozen=True)
class Asked:
    """One question of a message, and its reply."""

    text: str
    reply: Reply

    @property
    def is_sure(self) -> bool:
        return self.reply.outcome in SURE


def answer_each(query: Query, answer_one: AnswerOne) -> Reply:
    """Answer every question of a message, at most ``MOST``; one question as it always was.

    Where splitting finds no more than the message as a whole, the whole is answered.
    """
    questions = questions_in(query.text, query.today)
    if len(questions) == 1:
        return answer_one(query)
    asked = _distinct(_answered(query, questions[:MOST], answer_one))
    if len(asked) == 1 or not any(each.is_sure for each in asked):
        whole = answer_one(query)
        if len(asked) == 1 or whole.outcome in SURE:
            return whole
    return _together(query, asked, [f"{q.carried}{q.text}" for q in questions[MOST:]])


def _answered(
    query: Query, questions: Sequence[Question], answer_one: AnswerOne
) -> Iterator[Asked]:
    act = query.act if (query.act or "").startswith("ask_") else None
    before: Asked | None = None
    for question in questions:
        one = replace(query, text=question.text, topic=None if before else query.topic, act=act)
        if before and read_frame(one).states_facts_only:
            reply = answer_one(replace(one, topic=before.reply.topic))
            text = revised(before.text, question.text, query.today) or question.text
            before = Asked(text, reply)
        else:
            before = _answered_alone(one, question, answer_one)
        yield before


def _answered_alone(query: Query, question: Question, answer_one: AnswerOne) -> Asked:
    """The reply for the payer that was named before; else for the question as it stands."""
    text = f"{question.carried}{question.text}"
    reply = answer_one(replace(query, text=text))
    if question.carried and reply.outcome not in SURE:
        known = {**query.known, **facts_in(question.carried)}
        plain = answer_one(replace(query, known=known))
        if plain.outcome in SURE:
            return Asked(question.text, plain)
    return Asked(text, reply)


def _distinct(asked: Iterable[Asked]) -> list[Asked]:
    """Those whose answer is not word for word one before: asked twice in other words."""
    return list({tuple(p.text for p in each.reply.parts): each for each in asked}.values())


def _together(query: Query, asked: Sequence[Asked], left: Sequence[str]) -> Reply:
    replies = [each.reply for each in asked]
    periods = [each.tax_period for each in replies if each.tax_period]
    return Reply(
        outcome=_outcome(asked),
        parts=(*(part for each in replies for part in each.parts), *_left_over(left)),
        as_of=query.today,
        act=query.act,
        act_probability=query.act_probability or None,
        entries=tuple(note for each in asked for note in noted(each)),
        sources=_once(source for each in replies for source in each.sources),
        tax_period=(min(p[0] for p in periods), max(p[1] for p in periods)) if periods else None,
        facts={name: value for each in reversed(replies) for name, value in each.facts.items()},
        timings=_summed(replies),
        topic=_topic(asked),
    )


def noted(asked: Asked) -> tuple[dict[str, Any], ...]:
    """The entries of a reply, each with the case that it was answered for."""
    reply = asked.reply
    case = {
        "asked": asked.text,
        "outcome": reply.outcome,
        "tax_period": [day.isoformat() for day in reply.tax_period] if reply.tax_period else None,
        "facts": _plain(reply.facts),
    }
    return tuple({"case": case, **note} for note in reply.entries)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, Decimal) else value


def _outcome(asked: Sequence[Asked]) -> str:
    """The outcome they share; else that something was answered; else that of the first."""
    outcomes = {each.reply.outcome for each in asked}
    if len(outcomes) > 1 and any(each.is_sure for each in asked):
        return "answered"
    return asked[0].reply.outcome


def _topic(asked: Sequence[Asked]) -> dict[str, Any] | None:
    """What is asked back is what an answer belongs to; else the last question that has one."""
    known = [each for each in asked if each.reply.topic]
    open_ = [each for each in known if each.reply.outcome == "clarifying"]
    last = (open_ or known)[-1] if known else None
    return {**(last.reply.topic or {}), "about": last.text} if last else None


def _left_over(texts: Sequence[str]) -> tuple[Part, ...]:
    if not texts:
        return ()
    named = "".join(say("left_over_each", question=each.rstrip("?？")) for each in texts)
    buttons = tuple(Button(each, "say", each) for each in texts)
    return (
        Part(
            text=say("left_over", count=MOST, questions=f"{named.rstrip('；')}。"), buttons=buttons
        ),
    )


def _once(sources: Iterable[dict[str, Any]]) -> tuple[dict[str, Any], ...]:
    found: list[dict[str, Any]] = []
    for source in sources:
        if source not in found:
            found.append(source)
    return tuple(found)


def _summed(replies: Sequence[Reply]) -> dict[str, Any]:
    names = dict.fromkeys(name for each in replies for name in each.timings)
    return {name: round(sum(each.timings.get(name, 0) for each in replies), 2) for name in names}
