"""Answering from one entry (作答): for the case, with what it rests on and ways on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from answers import compute
from answers.bubbles import answer_part, only_for
from answers.clarify import across_years, which_year, within_entry
from answers.frame import Frame, without_said_facts
from answers.parts import Reply
from answers.render import Rendered, holding_shorts, render
from answers.replies import asked_back, basis_ended, no_rule_then
from answers.sentences import say
from knowledge_base.force import standing
from knowledge_base.library import Snapshot
from knowledge_base.ranking import Hit
from knowledge_base.schema import Entry
from policy_rules.parameters import NoFigure, installed_parameters


def answer_from(
    entry: Entry,
    hit: Hit,
    frame: Frame,
    snapshot: Snapshot,
    others: Sequence[Hit] = (),
    *,
    may_ask: bool = True,
    is_certain: bool = True,
) -> Reply:
    """Answer a question from an entry.

    Args:
        entry: The entry.
        hit: How it was found.
        frame: The question.
        snapshot: The library.
        others: What was found beside it; offered below the answer.
        may_ask: Whether a fact that the answer hangs on may be asked for.
        is_certain: Whether it surely is what was asked; if not, the answer says so first.
    """
    try:
        reply = _answered(entry, hit, frame, snapshot, others, may_ask)
    except NoFigure:
        return no_rule_then(entry, frame)
    if is_certain or reply.outcome != "answered":
        return reply
    doubt = say("closest", question=entry.question)
    first, *rest = reply.parts
    return replace(reply, parts=(replace(first, text=f"{doubt}\n\n{first.text}"), *rest))


def _answered(
    entry: Entry,
    hit: Hit,
    frame: Frame,
    snapshot: Snapshot,
    others: Sequence[Hit],
    may_ask: bool,
) -> Reply:
    whole, (entry, ended) = entry, _standing(entry, frame, snapshot)
    preface = ""
    case = frame
    if not holding_shorts(entry, frame):
        if holding_shorts(whole, frame):
            return basis_ended(whole, frame, ended, snapshot)
        case = without_said_facts(frame)
        preface = only_for(holding_shorts(entry, case), frame)
    if not holding_shorts(entry, case):
        if holding_shorts(whole, case):
            return basis_ended(whole, case, ended, snapshot)
        return no_rule_then(entry, case)
    asking = which_year(entry, case) if may_ask else None
    if asking and not compute.can_run(entry, frame):  # both rules are soon told
        asking, case = None, across_years(case)
        frame = replace(frame, period=case.period, period_said=True)
    computed = None if asking else compute.run(entry, frame, snapshot.documents)
    if may_ask and computed is None and (asking := asking or within_entry(entry, case)):
        topic = _topic(entry, frame, compute.can_run(entry, frame))
        return replace(asked_back(asking, [hit], frame), topic=topic)
    rendered = render(entry, case, snapshot)
    near = [each.entry_id for each in others] + list(entry.related)
    if frame.aspect and not rendered.has_aspect:
        preface = "\n\n".join(filter(None, (say(f"no_{frame.aspect}"), preface)))
    asked = computed.asking() if computed else None
    part = answer_part(entry, case, rendered, computed, _questions(near, snapshot), preface)
    return Reply(
        outcome=part.outcome or "answered",
        parts=(part,),
        as_of=frame.today,
        entries=(_note(entry, hit, rendered, snapshot),),
        sources=tuple(_source(each) for each in part.to_json()["evidence"]),
        tax_period=(frame.period.first, frame.period.last),
        facts={**frame.facts, **({"rule": computed.trace} if computed else {})},
        topic=_topic(entry, frame, computed is not None),
        choice=asked.to_json(frame.query.text) if asked else None,
    )


def _note(entry: Entry, hit: Hit, rendered: Rendered, snapshot: Snapshot) -> dict[str, Any]:
    return {
        "id": entry.id,
        "version": snapshot.versions[entry.id],
        "score": round(hit.score, 4),
        "claims": [claim.id for claim in rendered.claims],
    }


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


def _topic(entry: Entry, frame: Frame, has_amount: bool) -> dict[str, Any]:
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
