"""An entry as reviewers read it (送审文本): every statement, with its figures for every span.

Unlike an answer it leaves nothing out, and it does not depend on the day it is made on: it
changes only when the entry, a figure it stands on or a document it cites does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from core.dated import Dated
from knowledge_base.schema import Claim, Conditions, Document, Entry, Handling, ShortAnswer
from knowledge_base.sentences import label, say
from policy_rules.figures import figures_in, fill
from policy_rules.parameters import Basis, NoFigure, Parameter, installed_parameters

Documents = Mapping[str, Document]
Figures = Mapping[str, Parameter]
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Rendering:
    """The text that is approved.

    ``digest`` covers all of it; ``wording`` leaves out whether the cited documents are still in
    force: claims of a document that ended are silenced one by one when people ask.
    """

    text: str
    digest: str
    wording: str


def render_entry(entry: Entry, documents: Documents, figures: Figures | None = None) -> Rendering:
    """Put a whole entry into words.

    Args:
        entry: The entry.
        documents: The register.
        figures: Legal figures by id; those of the library where None is given.
    """
    known = installed_parameters() if figures is None else figures
    body = "\n".join(_body(entry, documents, known))
    cited = [say("rendering", "documents"), *_cited(entry, documents)]
    text = "\n".join([body, "", *cited]) if len(cited) > 1 else body
    return Rendering(text, _digest(text), _digest(body))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _body(entry: Entry, documents: Documents, figures: Figures) -> Iterator[str]:
    yield say("rendering", "question", question=entry.question)
    yield ""
    yield say("rendering", "short_answers")
    for short in entry.short_answers:
        yield from _item(short_text(short, figures), short_notes(short))
    for name in ("claims", "traps"):
        claims: tuple[Claim, ...] = getattr(entry, name)
        if claims:
            yield ""
            yield say("rendering", name)
        for claim in claims:
            yield from _item(claim_text(claim, figures), claim_notes(claim, documents), claim.id)
    if entry.handling is not None:
        yield ""
        yield from _handling(entry.handling, documents, figures)
    if entry.referral is not None:
        yield ""
        yield say("rendering", "referral")
        for name, told in entry.referral.model_dump().items():
            if told:
                yield f"  {label('referral', name)}：{told}"
    if entry.rule:
        yield ""
        yield say("rendering", "rule", rule=entry.rule)


def _item(text: str, notes: list[str], name: str | None = None) -> Iterator[str]:
    yield f"  [{name}]" if name else "  ·"
    yield from (f"    {line}" for line in text.split("\n"))
    yield f"    〔{say('rendering', 'join').join(notes)}〕"


def _handling(handling: Handling, documents: Documents, figures: Figures) -> Iterator[str]:
    yield say("rendering", "handling")
    for name in ("steps", "materials", "channels", "time_needed", "claim_mode"):
        told = getattr(handling, name)
        if told:
            yield f"  {label('handling', name)}："
        for text in (told,) if isinstance(told, str) else told or ():
            yield from (f"    {line}" for line in at_all_times(text, figures).split("\n"))
    notes = [say("rendering", "certainty", certainty=label("certainty", handling.certainty.value))]
    yield f"    〔{say('rendering', 'join').join([*notes, *_basis(handling.basis, documents)])}〕"


def short_text(short: ShortAnswer, figures: Figures) -> str:
    """What a short answer says, one line for every span of its figures."""
    return "\n".join(_pieces(short.text, short.from_, short.to, figures))


def claim_text(claim: Claim, figures: Figures) -> str:
    """What a claim says, one line for every span of its figures."""
    return "\n".join(_pieces(claim.text, claim.from_, claim.to, figures))


def at_all_times(text: str, figures: Figures) -> str:
    """What a text without a span says, one line for every span of its figures."""
    return "\n".join(_pieces(text, None, None, figures))


def _pieces(text: str, first: date | None, last: date | None, figures: Figures) -> Iterator[str]:
    """The text for every span in which its figures stay the same."""
    if not figures_in(text):
        yield text
        return
    spans: list[tuple[date | None, date | None, str]] = []
    starts = _starts(text, first, last, figures)
    if first is None and len(starts) > 1:
        starts = starts[1:]  # what goes by the day of asking is not asked about before its figures
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        end = following - _DAY if following else last
        told = _filled(text, start or date.min, figures)
        if spans and spans[-1][2] == told:
            spans[-1] = (spans[-1][0], end, told)
        else:
            spans.append((start, end, told))
    if len(spans) == 1:
        yield spans[0][2]
        return
    for start, end, told in spans:
        yield say("rendering", "piece", span=span_text(start, end), text=told)


def _starts(
    text: str, first: date | None, last: date | None, figures: Figures
) -> list[date | None]:
    """The days on which the text begins to say something else, the first of the span included."""
    changes = set()
    for name in figures_in(text):
        for value in figures[name].values if name in figures else ():
            changes.add(value.from_)
            if value.to is not None:
                changes.add(value.to + _DAY)
    inside = (day for day in changes if (first or date.min) < day <= (last or date.max))
    return [first, *sorted(inside)]


def _filled(text: str, day: date, figures: Figures) -> str:
    try:
        return fill(text, day, figures)
    except NoFigure as error:
        missing = "no_figure" if error.details["parameter"] in figures else "unknown_figure"
        return say("rendering", missing, title=error.details["title"])


def span_text(first: date | None, last: date | None) -> str:
    """A span of days in words."""
    if first is None:
        return say("rendering", "span_until", last=_day(last)) if last else ""
    if last is None:
        return say("rendering", "span_from", first=_day(first))
    return say("rendering", "span_both", first=_day(first), last=_day(last))


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def short_notes(short: ShortAnswer) -> list[str]:
    """For when and whom a short answer holds, and what it rests on."""
    resting = say("rendering", "resting", claims="、".join(short.claims))
    return [*_holds(short, short.when), resting]


def claim_notes(claim: Claim, documents: Documents) -> list[str]:
    """For when and whom a claim holds, how sure it is, and where it stands."""
    notes = _holds(claim, claim.when)
    notes.append(label("measured_by", claim.measured_by))
    notes.append(claim.region)
    notes.append(say("rendering", "certainty", certainty=label("certainty", claim.certainty.value)))
    if claim.ask:
        notes.append(say("rendering", "ask", ask=claim.ask))
    return [*notes, *_basis(claim.basis, documents)]


def _holds(span: Dated, when: Conditions) -> list[str]:
    told = conditions_text(when)
    return [
        span_text(span.from_, span.to),
        *([say("rendering", "when", when=told)] if told else []),
    ]


def conditions_text(when: Conditions) -> str:
    """For whom something holds; empty where it does not limit."""
    lists = (when.taxpayer_type, when.subject, when.filing_cycle)
    told = ["、".join(label("conditions", each) for each in codes) for codes in lists if codes]
    return say("rendering", "join").join([*told, *([when.case] if when.case else [])])


def _basis(basis: tuple[Basis, ...], documents: Documents) -> list[str]:
    told = basis_text(basis, documents)
    return [say("rendering", "basis", basis=told)] if told else []


def basis_text(basis: tuple[Basis, ...], documents: Documents) -> str:
    """Documents by number or title, with clause, and whatever else a citation says of itself."""
    told = []
    for each in basis:
        document = documents.get(each.document)
        name = (document.number or f"《{document.title}》") if document else each.document
        further = each.model_dump(mode="json", exclude={"document", "clause"})
        flags = [
            say("rendering", "flag", name=label("fields", key))
            for key, value in further.items()
            if value
        ]
        told.append("".join([name, each.clause or "", *flags]))
    return "、".join(told)


def cited_documents(entry: Entry) -> list[str]:
    """The ids of every document an entry cites, each once."""
    handling = entry.handling.basis if entry.handling else ()
    claims = (basis for claim in (*entry.claims, *entry.traps) for basis in claim.basis)
    return sorted({basis.document for basis in (*claims, *handling)})


def _cited(entry: Entry, documents: Documents) -> Iterator[str]:
    for name in cited_documents(entry):
        document = documents.get(name)
        if document is None:
            yield "  " + say("rendering", "unknown_document", document=name)
            continue
        state = label("document_state", document.state.value)
        if document.ended_on is not None:
            state = say("rendering", "ended", state=state, day=_day(document.ended_on))
        number = document.number or ""
        yield "  " + say("rendering", "document", number=number, title=document.title, state=state)
