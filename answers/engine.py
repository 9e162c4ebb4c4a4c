"""The answer engine (应答引擎): one for the bot, the desk's suggestions, the fallback, the command.

``Engine.answer`` reads nothing but its arguments and the library snapshot, so that the same
question on the same day always gets the same answer.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from answers import compute
from answers.bubbles import answer_part, only_for
from answers.decide import SMALL_TALK, Decision, Move, decide
from answers.frame import Frame, Query, read_frame, without_said_facts
from answers.hearing import answer_said
from answers.parts import Button, Part, Reply
from answers.render import Rendered, holding_shorts, render
from answers.sentences import say, say_button
from knowledge_base.force import standing
from knowledge_base.library import Library, Snapshot
from knowledge_base.ranking import Hit
from knowledge_base.schema import Document, Entry
from policy_rules.parameters import NoFigure, installed_parameters, using


@dataclass(frozen=True)
class Suggestion:
    """One answer offered to an agent, with its evidence."""

    entry_id: str
    title: str
    part: Part
    score: float


class Engine:
    """Answers questions from the current snapshot of the library."""

    def __init__(self, library: Library, *, hotline: str = "12366") -> None:
        self._library = library
        self._hotline = hotline

    def answer(self, query: Query) -> Reply:
        """Answer what was said: a question or several, a correction, or what is none of them."""
        return answer_said(query, self._answer_one, self._library.snapshot.documents)

    def _answer_one(self, query: Query) -> Reply:
        """Answer one question."""
        started = time.perf_counter()
        snapshot = self._library.snapshot
        frame = read_frame(query)
        hits = snapshot.index.search(query.text, limit=8)
        found = time.perf_counter()
        with using(snapshot.figures):
            reply = self._reply(frame, hits, snapshot)
        timings = {
            "search_ms": round((found - started) * 1000, 2),
            "answer_ms": round((time.perf_counter() - started) * 1000, 2),
        }
        return replace(
            reply, act=query.act, act_probability=query.act_probability or None, timings=timings
        )

    def suggest(self, query: Query, limit: int = 3) -> list[Suggestion]:
        """The closest answers for an agent, best first, each rendered for the case."""
        snapshot = self._library.snapshot
        frame = read_frame(query)
        suggestions = []
        for hit in snapshot.index.search(query.text, limit=limit + 3):
            entry = snapshot.entries[hit.entry_id]
            try:
                with using(snapshot.figures):
                    reply = self._answered(entry, hit, frame, snapshot)
            except NoFigure:
                continue
            if reply.outcome in ("answered", "referred", "computed"):
                suggestions.append(Suggestion(entry.id, entry.question, reply.parts[0], hit.score))
        return suggestions[:limit]

    def _reply(self, frame: Frame, hits: list[Hit], snapshot: Snapshot) -> Reply:
        hits = compute.computable_first(frame, hits, snapshot.entries)
        decision = decide(frame, hits, snapshot.are_related)
        alone = frame.states_facts_only or frame.asks_how_only
        if frame.leans_on_topic and (alone or decision.move is not Move.ANSWER):
            again = self._about_topic(frame, snapshot)
            if again is not None:
                return again
        if decision.move is Move.ANSWER:
            hit, *others = decision.hits
            entry = snapshot.entries[hit.entry_id]
            try:
                return self._answered(entry, hit, frame, snapshot, others)
            except NoFigure:
                return self._no_rule_then(entry, frame)
        if decision.move is Move.OFFER:
            return self._offer(decision, frame, snapshot)
        if decision.move is Move.SMALL_TALK and frame.query.act in SMALL_TALK:
            return self._said(frame, "smalltalk", say(frame.query.act))
        if decision.move is Move.REFUSE_FOREIGN:
            return self._refused(frame, "refused_out_of_scope", say("refused_out_of_scope"))
        sentence = say("refused_no_evidence", hotline=self._hotline)
        return self._refused(frame, "refused_no_evidence", sentence)

    def _about_topic(self, frame: Frame, snapshot: Snapshot) -> Reply | None:
        """A follow-up (那季度的呢) is read with the entry of the last answer."""
        topic = frame.query.topic or {}
        entry = snapshot.entries.get(str(topic.get("entry_id")))
        if entry is None:
            return None
        facts = {**topic.get("facts", {}), **frame.facts_said}
        carried = () if frame.amounts or frame.asks_how_only else topic.get("amounts", ())
        merged = replace(
            frame,
            facts={**frame.facts, **facts},
            facts_said=facts,
            amounts=frame.amounts or tuple(Decimal(each) for each in carried),
            amounts_carried=bool(carried),
        )
        try:
            return self._answered(entry, Hit(entry.id, 1.0, entry.question), merged, snapshot)
        except NoFigure:
            return self._no_rule_then(entry, merged)

    def _answered(
        self,
        entry: Entry,
        hit: Hit,
        frame: Frame,
        snapshot: Snapshot,
        others: Sequence[Hit] = (),
    ) -> Reply:
        whole, (entry, ended) = entry, _standing(entry, frame, snapshot)
        preface = ""
        case = frame
        if not holding_shorts(entry, frame):
            if holding_shorts(whole, frame):
                return self._basis_ended(whole, frame, ended, snapshot)
            case = without_said_facts(frame)
            preface = only_for(holding_shorts(entry, case), frame)
        if not holding_shorts(entry, case):
            if holding_shorts(whole, case):
                return self._basis_ended(whole, case, ended, snapshot)
            return self._no_rule_then(entry, case)
        computed = compute.run(entry, frame, snapshot.documents)
        rendered = render(entry, case, snapshot)
        near = [each.entry_id for each in others] + list(entry.related)
        related = _questions(near, snapshot)
        part = answer_part(entry, case, rendered, computed, related, preface)
        return Reply(
            outcome=part.outcome or "answered",
            parts=(part,),
            as_of=frame.today,
            entries=(self._entry_note(entry, hit, rendered, snapshot),),
            sources=tuple(_source(each) for each in part.to_json()["evidence"]),
            tax_period=(frame.period.first, frame.period.last),
            facts={**frame.facts, **({"rule": computed.trace} if computed else {})},
            topic=_topic(entry, frame, has_amount=computed is not None),
        )

    def _entry_note(
        self, entry: Entry, hit: Hit, rendered: Rendered, snapshot: Snapshot
    ) -> dict[str, Any]:
        return {
            "id": entry.id,
            "version": snapshot.versions[entry.id],
            "score": round(hit.score, 4),
            "claims": [claim.id for claim in rendered.claims],
        }

    def _offer(self, decision: Decision, frame: Frame, snapshot: Snapshot) -> Reply:
        questions = [snapshot.entries[hit.entry_id].question for hit in decision.hits]
        part = Part(
            text=say("did_you_mean"),
            kind="answer",
            outcome="clarifying",
            as_of=frame.today,
            clarification={"question": say("did_you_mean_question"), "options": questions},
            buttons=(
                *(Button(each, "say", each) for each in questions),
                say_button("person"),
                say_button("appeal"),
            ),
        )
        return Reply(
            outcome="clarifying",
            parts=(part,),
            as_of=frame.today,
            entries=tuple(
                {"id": hit.entry_id, "score": round(hit.score, 4)} for hit in decision.hits
            ),
            facts=frame.facts,
        )

    def _no_rule_then(self, entry: Entry, frame: Frame) -> Reply:
        sentence = say("refused_period", question=entry.question, period=frame.period.label)
        return replace(
            self._refused(frame, "refused_no_evidence", sentence),
            entries=({"id": entry.id},),
            tax_period=(frame.period.first, frame.period.last),
        )

    def _basis_ended(
        self, entry: Entry, frame: Frame, ended: tuple[str, ...], snapshot: Snapshot
    ) -> Reply:
        """What the entry says rests on documents that are no longer law; it is being reviewed."""
        named = "、".join(_name(snapshot.documents[each]) for each in ended)
        sentence = say("refused_basis_ended", question=entry.question, documents=named)
        return replace(
            self._refused(frame, "refused_uncertain", sentence),
            entries=({"id": entry.id, "version": snapshot.versions[entry.id]},),
            tax_period=(frame.period.first, frame.period.last),
        )

    def _refused(self, frame: Frame, outcome: str, sentence: str) -> Reply:
        buttons = (
            ()
            if outcome == "refused_out_of_scope"
            else (say_button("person"), say_button("appeal"))
        )
        return self._said(frame, outcome, sentence, buttons)

    def _said(
        self, frame: Frame, outcome: str, sentence: str, buttons: tuple[Button, ...] = ()
    ) -> Reply:
        part = Part(
            text=sentence, kind="answer", outcome=outcome, as_of=frame.today, buttons=buttons
        )
        return Reply(outcome=outcome, parts=(part,), as_of=frame.today, facts=frame.facts)


def _standing(entry: Entry, frame: Frame, snapshot: Snapshot) -> tuple[Entry, tuple[str, ...]]:
    """What of the entry rests on law for this case, and the documents that are none any more."""
    stood = standing(
        entry,
        snapshot.documents,
        installed_parameters(),
        (frame.period.first, frame.period.last),
        frame.today,
    )
    return stood.entry, stood.ended


def _questions(names: Iterable[str], snapshot: Snapshot) -> tuple[str, ...]:
    """What entries answer, each once."""
    known = dict.fromkeys(name for name in names if name in snapshot.entries)
    return tuple(snapshot.entries[name].question for name in known)


def _name(document: Document) -> str:
    return document.number or f"《{document.title}》"


def _topic(entry: Entry, frame: Frame, *, has_amount: bool) -> dict[str, Any]:
    """What a follow-up is read with; an amount is kept only if it could be computed with."""
    return {
        "entry_id": entry.id,
        "period": [frame.period.first.isoformat(), frame.period.last.isoformat()],
        "period_said": frame.period_said,
        "facts": {
            fact: value for fact, value in frame.facts_said.items() if isinstance(value, str)
        },
        "amounts": [str(amount) for amount in frame.amounts] if has_amount else [],
    }


def _source(evidence: dict[str, Any]) -> dict[str, Any]:
    return {
        "document": evidence["document_id"],
        "number": evidence["document_number"],
        "title": evidence["title"],
        "clause": evidence["clause"],
        "certainty": evidence["certainty"],
    }
