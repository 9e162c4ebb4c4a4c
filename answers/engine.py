"""The answer engine (应答引擎): one for the bot, the desk's suggestions, the fallback, the command.

``Engine.answer`` reads nothing but its arguments and the library snapshot, so that the same
question on the same day always gets the same answer.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from decimal import Decimal

from answers import compute
from answers.answering import answer_from
from answers.choosing import read_choice
from answers.clarify import between_entries, between_siblings, is_of_another_case
from answers.decide import SAME, SMALL_TALK, Decision, Move, decide
from answers.following import core_of, following_hits, is_asked_of, joined, tells
from answers.frame import Frame, Query, read_frame
from answers.hearing import answer_said, as_chosen
from answers.parts import Part, Reply
from answers.replies import asked_back, offered, refused, said
from answers.sentences import say
from answers.several import SURE
from knowledge_base.library import Library, Snapshot
from knowledge_base.ranking import Hit
from knowledge_base.schema import Entry
from policy_rules.parameters import using

_MOST = 8
#: At or above this probability what was found for two questions as one is answered.
SURE_TOGETHER = 0.7
#: A text so short may be about what was asked last even if it could be asked by itself.
_SHORTEST, _SHORT = 6, 8


@dataclass(frozen=True)
class Suggestion:
    """One answer offered to an agent, with its evidence."""

    entry_id: str
    title: str
    part: Part
    score: float


@dataclass(frozen=True)
class _Read:
    """A question as it is understood, with what was found for it."""

    frame: Frame
    hits: list[Hit]
    decision: Decision
    entry: Entry | None = None  # what it is about for sure: the last answer's, or the chosen one

    @property
    def asked(self) -> str:
        return self.frame.query.text


class Engine:
    """Answers questions from the current snapshot of the library."""

    def __init__(self, library: Library, *, hotline: str = "12366") -> None:
        self._library = library
        self._hotline = hotline

    def answer(self, query: Query) -> Reply:
        """Answer what was said: a question or several, a correction, or what is none of them."""
        return answer_said(query, self._answer_one, self._library.snapshot.documents)

    def suggest(self, query: Query, limit: int = 3) -> list[Suggestion]:
        """The closest answers for an agent, best first, each rendered for the case."""
        snapshot = self._library.snapshot
        choice = read_choice(query)
        query = as_chosen(query, choice) if choice and not choice.is_none else query
        suggestions: list[Suggestion] = []
        with using(snapshot.figures):
            read = self._read(query, snapshot)
            sure = [Hit(read.entry.id, 1.0, read.entry.question)] if read.entry else []
            names = {hit.entry_id for hit in sure}
            for hit in [*sure, *(each for each in read.hits if each.entry_id not in names)]:
                entry = snapshot.entries[hit.entry_id]
                reply = answer_from(entry, hit, read.frame, snapshot, may_ask=False)
                if reply.outcome in SURE:
                    part = reply.parts[0]
                    suggestions.append(Suggestion(entry.id, entry.question, part, hit.score))
        return suggestions[:limit]

    def _answer_one(self, query: Query) -> Reply:
        """Answer one question."""
        started = time.perf_counter()
        snapshot = self._library.snapshot
        with using(snapshot.figures):
            read = self._read(query, snapshot)
            found = time.perf_counter()
            reply = self._reply(read, snapshot)
        timings = {
            "search_ms": round((found - started) * 1000, 2),
            "answer_ms": round((time.perf_counter() - found) * 1000, 2),
        }
        if read.asked != query.text:
            reply = replace(reply, topic={**(reply.topic or {}), "question": read.asked})
        return replace(
            reply, act=query.act, act_probability=query.act_probability or None, timings=timings
        )

    def _read(self, query: Query, snapshot: Snapshot) -> _Read:
        """Read a question with what was found for it; a follow-up with the last answer."""
        alone = self._found(query, snapshot)
        if query.chosen:
            return replace(alone, entry=snapshot.entries.get(query.chosen[0]))
        frame = alone.frame
        last = snapshot.entries.get(str((query.topic or {}).get("entry_id")))
        if not frame.may_follow or (last is None and not frame.leans_on_topic):
            return alone
        if last is not None and _keeps_to(last, frame):
            return _about(last, alone)
        together = self._together(alone, last, snapshot)
        if last is not None and (frame.aspect or frame.states_facts_only):
            settled = together is not None and _settles(together, frame, snapshot)
            return together if together and settled else _about(last, alone)
        if together is None:
            return alone
        best = together.hits[0].entry_id
        is_related = last is not None and snapshot.are_related(last.id, best)
        return together if _is_nearer(together, alone, is_related) else alone

    def _found(self, query: Query, snapshot: Snapshot) -> _Read:
        hits = snapshot.index.search(query.text, limit=_MOST)
        frame = read_frame(query, snapshot.index.mended(query.text))
        hits = compute.computable_first(frame, hits, snapshot.entries)
        return _Read(frame, hits, decide(frame, hits, snapshot))

    def _together(self, alone: _Read, last: Entry | None, snapshot: Snapshot) -> _Read | None:
        """A follow-up asked as one with the last question, where something speaks of both."""
        query, core = alone.frame.query, core_of(alone.frame.text)
        best: _Read | None = None
        for text in joined(alone.frame):
            found = self._found(replace(query, text=text, topic=None), snapshot)
            hits = following_hits(found.hits, core, last, alone.frame, snapshot.entries)
            decision = decide(found.frame, hits, snapshot)
            if decision.sure > (best.decision.sure if best else 0.0):
                best = replace(found, hits=hits, decision=decision)
            if best and best.decision.sure >= SURE_TOGETHER:
                return best
        return best and replace(best, decision=replace(best.decision, move=Move.OFFER))

    def _reply(self, read: _Read, snapshot: Snapshot) -> Reply:
        frame, decision = read.frame, read.decision
        may_ask = not frame.query.was_asked_back
        if read.entry is not None:
            hit = next((each for each in read.hits if each.entry_id == read.entry.id), None)
            known = hit or Hit(read.entry.id, 1.0, read.entry.question)
            others = [Hit(name, 0.0, "") for name in frame.query.chosen[1:]]
            return answer_from(read.entry, known, frame, snapshot, others, may_ask=may_ask)
        if decision.move in (Move.ANSWER, Move.OFFER) and may_ask:
            tell_apart = between_siblings if decision.move is Move.ANSWER else between_entries
            if asking := tell_apart(decision.hits, frame, snapshot):
                return asked_back(asking, decision.hits, frame)
        if decision.move is Move.ANSWER:
            best, *others = decision.hits
            entry = snapshot.entries[best.entry_id]
            return answer_from(
                entry,
                best,
                frame,
                snapshot,
                others,
                may_ask=may_ask,
                is_certain=decision.is_certain,
            )
        if decision.move is Move.OFFER:
            return offered(decision.hits, frame, snapshot)
        if decision.move is Move.SMALL_TALK and frame.query.act in SMALL_TALK:
            return said(frame, "smalltalk", say(frame.query.act))
        if decision.move is Move.REFUSE_FOREIGN:
            return refused(frame, "refused_out_of_scope", say("refused_out_of_scope"))
        sentence = say("refused_no_evidence", hotline=self._hotline)
        return refused(frame, "refused_no_evidence", sentence)


def _about(entry: Entry, read: _Read) -> _Read:
    """A follow-up (那季度的呢, 怎么弄) is about the entry of the last answer."""
    frame = read.frame
    topic = frame.query.topic or {}
    facts = {**topic.get("facts", {}), **frame.facts_said}
    carried = () if frame.amounts or frame.aspect else topic.get("amounts", ())
    merged = replace(
        frame,
        facts={**frame.facts, **facts},
        facts_said=facts,
        amounts=frame.amounts or tuple(Decimal(each) for each in carried),
        amounts_carried=bool(carried),
    )
    return replace(read, frame=merged, entry=entry)


def _settles(together: _Read, frame: Frame, snapshot: Snapshot) -> bool:
    """Whether what was found for both is sure, and tells the aspect if one was asked for."""
    best = snapshot.entries[together.hits[0].entry_id]
    is_told = frame.aspect is None or is_asked_of(best, frame.aspect)
    return is_told and together.decision.move is Move.ANSWER


def _is_nearer(together: _Read, alone: _Read, is_related: bool) -> bool:
    """Whether a short reply is rather asked together with the last question than alone."""
    is_sure = together.decision.move is Move.ANSWER
    one, other = together.hits[0], alone.hits[0] if alone.hits else None
    if alone.frame.leans_on_topic:
        return is_sure or other is None or one.entry_id != other.entry_id
    if other is None or alone.decision.move is not Move.ANSWER:
        return other is None or one.score > other.score
    length = len(alone.frame.text)
    is_short = length <= _SHORTEST or (length <= _SHORT and (other.likeness < SAME or is_related))
    return is_short and is_sure and one.score > other.score


def _keeps_to(last: Entry, frame: Frame) -> bool:
    """Whether a reply asks no more than what the last entry tells: another case, how it is done."""
    if frame.states_facts_only:
        return "taxpayer_type" in frame.facts_said or not is_of_another_case(last, frame.text)
    return frame.aspect is not None and tells(last, frame.aspect)
