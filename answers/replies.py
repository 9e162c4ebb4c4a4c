"""The replies that answer nothing (未作答的回复): refused with a reason, or asked back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from answers.clarify import Asking, Option
from answers.frame import Frame
from answers.parts import Button, Part, Reply
from answers.sentences import say, say_button
from knowledge_base.library import Snapshot
from knowledge_base.ranking import Hit
from knowledge_base.schema import Document, Entry


def said(frame: Frame, outcome: str, sentence: str, buttons: tuple[Button, ...] = ()) -> Reply:
    """One sentence and nothing else."""
    part = Part(text=sentence, kind="answer", outcome=outcome, as_of=frame.today, buttons=buttons)
    return Reply(outcome=outcome, parts=(part,), as_of=frame.today, facts=frame.facts)


def refused(frame: Frame, outcome: str, sentence: str) -> Reply:
    """A refusal; what is not foreign may be asked of a person."""
    is_foreign = outcome == "refused_out_of_scope"
    return said(frame, outcome, sentence, () if is_foreign else _ways_out())


def no_rule_then(entry: Entry, frame: Frame) -> Reply:
    """The entry says nothing for the period."""
    sentence = say("refused_period", question=entry.question, period=frame.period.label)
    return replace(
        refused(frame, "refused_no_evidence", sentence),
        entries=({"id": entry.id},),
        tax_period=(frame.period.first, frame.period.last),
    )


def basis_ended(entry: Entry, frame: Frame, ended: tuple[str, ...], snapshot: Snapshot) -> Reply:
    """What the entry says rests on documents that are no longer law; it is being reviewed."""
    named = "、".join(_name(snapshot.documents[each]) for each in ended)
    sentence = say("refused_basis_ended", question=entry.question, documents=named)
    return replace(
        refused(frame, "refused_uncertain", sentence),
        entries=({"id": entry.id, "version": snapshot.versions[entry.id]},),
        tax_period=(frame.period.first, frame.period.last),
    )


def offered(hits: Sequence[Hit], frame: Frame, snapshot: Snapshot) -> Reply:
    """The questions that may have been meant, to choose from."""
    questions = [snapshot.entries[hit.entry_id].question for hit in hits]
    options = tuple(
        Option(label=question, say=frame.query.text, entries=(hit.entry_id,))
        for question, hit in zip(questions, hits, strict=True)
    )
    asking = Asking(say("did_you_mean_question"), options, say("did_you_mean"))
    return asked_back(asking, hits, frame)


def asked_back(asking: Asking, hits: Sequence[Hit], frame: Frame) -> Reply:
    """One question back, with its options."""
    labels = [option.label for option in asking.options]
    named = {name for option in asking.options for name in option.entries}
    part = Part(
        text=asking.text,
        kind="answer",
        outcome="clarifying",
        as_of=frame.today,
        clarification={"question": asking.question, "options": labels},
        buttons=(*(Button(each, "say", each) for each in labels), *_ways_out()),
    )
    return Reply(
        outcome="clarifying",
        parts=(part,),
        as_of=frame.today,
        entries=tuple(
            {"id": hit.entry_id, "score": round(hit.score, 4)}
            for hit in hits
            if hit.entry_id in named
        ),
        facts=frame.facts,
        choice=asking.to_json(frame.query.text),
    )


def _ways_out() -> tuple[Button, ...]:
    return (say_button("person"), say_button("appeal"))


def _name(document: Document) -> str:
    return document.number or f"《{document.title}》"
