"""What ends (到期清单): claims, short answers, figures, documents, and entries that are to expire.

An end that something follows on the next day is told apart from one after which nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import china_date, start_of_day
from core.dated import Dated
from core.due_work import file_work
from knowledge_base.published import entries_at, published_versions
from knowledge_base.register_tables import ExpiryWarning
from knowledge_base.schema import Document, DocumentState, Entry
from knowledge_base.store import all_documents
from knowledge_base.tables import LibraryEntry
from policy_rules.parameters import Certainty, Parameter

#: Days before an end on which editors are warned.
STAGES = (90, 30, 7)
#: The kind of due work that looks for ends, once a day.
WATCH = "knowledge_base.expiry"
_LOOKED_AFTER = timedelta(hours=6)
_DAY = timedelta(days=1)
Kind = Literal["claim", "short_answer", "parameter", "document", "entry"]


@dataclass(frozen=True)
class End:
    """The last day of something that is said or that it rests on.

    ``subject`` names it for good: of a claim ``entry.claim``, of a short answer ``entry/place``.
    """

    kind: Kind
    subject: str
    title: str
    last_day: date
    followed: bool  # something takes its place on the next day
    entry_id: str | None = None

    @property
    def key(self) -> str:
        """Kind and subject in one, for warnings."""
        return f"{self.kind}:{self.subject}"


@dataclass(frozen=True)
class Shelf:
    """What is looked through for ends."""

    entries: Iterable[Entry]
    documents: Mapping[str, Document]
    figures: Mapping[str, Parameter]
    expiries: Mapping[str, date] = field(default_factory=dict)  # entry: first day of silence


def ending_within(shelf: Shelf, *, today: date, days: int) -> list[End]:
    """What ends from today on, up to ``days`` later; the first end first."""
    last = today + timedelta(days=days)
    found = (end for end in _ends(shelf) if today <= end.last_day <= last)
    return sorted(found, key=lambda end: (end.last_day, end.kind, end.subject))


def ended_unfollowed(shelf: Shelf, *, today: date) -> list[End]:
    """What has ended and nothing took its place; the last end first."""
    found = (end for end in _ends(shelf) if end.last_day < today and not end.followed)
    return sorted(found, key=lambda end: (-end.last_day.toordinal(), end.kind, end.subject))


def _ends(shelf: Shelf) -> Iterator[End]:
    for entry in shelf.entries:
        yield from _of_entry(entry)
        silent = shelf.expiries.get(entry.id)
        if silent is not None:
            yield End("entry", entry.id, entry.question, silent - _DAY, False, entry.id)
    for parameter in shelf.figures.values():
        for value in parameter.values:
            if value.to is not None:
                followed = _is_followed(value, parameter.values)
                yield End("parameter", parameter.id, parameter.title, value.to, followed)
    replaced = {each for document in shelf.documents.values() for each in document.replaces}
    for document in shelf.documents.values():
        if document.ended_on is not None and document.state is DocumentState.IN_FORCE:
            title = f"{document.number or ''}《{document.title}》"
            yield End("document", document.id, title, document.ended_on, document.id in replaced)


def _of_entry(entry: Entry) -> Iterator[End]:
    """The ends within an entry; that nothing is known of later days is nothing that follows."""
    claims = (*entry.claims, *entry.traps)
    unknown = {claim.id for claim in claims if claim.certainty is Certainty.OPEN}
    settled = [claim for claim in claims if claim.id not in unknown]
    for claim in claims:
        if claim.to is not None:
            followed = _is_followed(claim, settled)
            subject = f"{entry.id}.{claim.id}"
            yield End("claim", subject, claim.text, claim.to, followed, entry.id)
    shorts = [short for short in entry.short_answers if not unknown.issuperset(short.claims)]
    for place, short in enumerate(entry.short_answers):
        if short.to is not None:
            followed = _is_followed(short, shorts)
            subject = f"{entry.id}/{place}"
            yield End("short_answer", subject, short.text, short.to, followed, entry.id)


def _is_followed(span: Dated, others: Iterable[Dated]) -> bool:
    """Whether something else begins on the day after a span."""
    return span.to is not None and any(each.from_ == span.to + _DAY for each in others)


def stored_shelf(session: Session, figures: Mapping[str, Parameter]) -> Shelf:
    """What is answered now, with the register and the expiries that the desk has set."""
    expiries = select(LibraryEntry.id, LibraryEntry.expires_on).where(
        LibraryEntry.expires_on.is_not(None)
    )
    return Shelf(
        entries_at(session, published_versions(session)).values(),
        all_documents(session),
        figures,
        {name: day for name, day in session.execute(expiries) if day is not None},
    )


def plan_watch(session: Session, day: date) -> None:
    """File the look of a day for ends, early in the morning in China; once."""
    due_at = start_of_day(day) + _LOOKED_AFTER
    file_work(session, kind=WATCH, key=day.isoformat(), due_at=due_at, payload={})


def watch(session: Session, figures: Mapping[str, Parameter], *, now: datetime) -> int:
    """Do the look of today and file the one of tomorrow.

    Returns:
        How many warnings are new.
    """
    today = china_date(now)
    plan_watch(session, today + _DAY)
    ends = ending_within(stored_shelf(session, figures), today=today, days=max(STAGES))
    return file_warnings(session, ends, today=today, now=now)


def file_warnings(session: Session, ends: Iterable[End], *, today: date, now: datetime) -> int:
    """Warn editors of every end that nothing follows, once at each stage (到期提醒).

    Returns:
        How many warnings are new.
    """
    known = set(
        session.execute(
            select(ExpiryWarning.subject, ExpiryWarning.ends_on, ExpiryWarning.stage).where(
                ExpiryWarning.ends_on >= today
            )
        ).tuples()
    )
    filed = 0
    for end in ends:
        stage = stage_of(end.last_day, today)
        if stage is None or end.followed or (end.key, end.last_day, stage) in known:
            continue
        known.add((end.key, end.last_day, stage))
        session.add(
            ExpiryWarning(
                subject=end.key, title=end.title, ends_on=end.last_day, stage=stage, filed_at=now
            )
        )
        filed += 1
    session.flush()
    return filed


def stage_of(last_day: date, today: date) -> int | None:
    """The narrowest stage that an end lies within; None where it is over or far away."""
    left = (last_day - today).days
    return min((stage for stage in STAGES if 0 <= left <= stage), default=None)
