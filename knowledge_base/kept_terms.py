"""Terms that editors keep at the desk (工作台用语): proposed by one, in force once another agrees.

Every function takes an open session and leaves the commit to its caller.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import yaml
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.errors import Conflict, InvalidInput, NotFound
from core.masking import mask
from knowledge_base.normalise import clean, is_word, runs
from knowledge_base.sentences import label, say
from knowledge_base.store import raise_revision
from knowledge_base.tables import EntryState, LibraryEntry
from knowledge_base.term_tables import KeptTerm, TermState
from knowledge_base.thesaurus import KINDS, Variant, file_terms, file_variants

SHORTEST, LONGEST = 2, 14
#: Where a kept term stands among the files when it is moved there.
_FILE = "desk"
_STANDING = (TermState.PROPOSED, TermState.IN_FORCE)


class TermUnknown(NotFound):
    """No term has that number (没有这条用语)."""

    code = "term_unknown"


class TermRefused(InvalidInput):
    """It cannot be a way of saying that term; the details say why (不能这样记)."""

    code = "term_refused"
    status = 422


class TermSettled(Conflict):
    """Its state does not allow that any more (用语已处理)."""

    code = "term_settled"


class TermOfYourOwn(Conflict):
    """Whoever proposed a term does not approve it (不能自己同意)."""

    code = "term_of_your_own"


def propose_term(
    session: Session, *, text: str, term: str, kind: str, officer: str, now: datetime
) -> KeptTerm:
    """Propose a way of saying a standard term (提出用语); nothing is understood by it yet.

    Raises:
        TermRefused: It contradicts what is known, or nothing would be found by it.
    """
    said, meant = clean(text).strip(), clean(term).strip()
    check_term(session, text=said, term=meant, kind=kind)
    row = KeptTerm(
        text=said,
        term=meant,
        kind=kind,
        state=TermState.PROPOSED,
        proposed_by=officer,
        proposed_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError as error:
        raise _refused("proposed_already", text=said) from error
    _audit(session, "proposed", row, officer, now, text=said, term=meant, kind=kind)
    return row


def approve_term(session: Session, term_id: int, *, officer: str, now: datetime) -> KeptTerm:
    """Understand the word by the term from now on, in every process (同意用语).

    Raises:
        TermUnknown: There is no such term.
        TermSettled: It waits for nobody.
        TermOfYourOwn: The officer proposed it.
        TermRefused: It contradicts what has become known meanwhile.
    """
    row = _in_state(session, term_id, TermState.PROPOSED)
    if row.proposed_by == officer:
        raise TermOfYourOwn(text=row.text)
    check_term(session, text=row.text, term=row.term, kind=row.kind, but=row.id)
    row.state, row.decided_by, row.decided_at = TermState.IN_FORCE, officer, now
    raise_revision(session)
    _audit(session, "approved", row, officer, now)
    return row


def refuse_term(
    session: Session, term_id: int, *, reason: str, officer: str, now: datetime
) -> KeptTerm:
    """Do not take a proposed term (不采用).

    Raises:
        TermUnknown: There is no such term.
        TermSettled: It waits for nobody.
    """
    row = _in_state(session, term_id, TermState.PROPOSED)
    row.state, row.decided_by, row.decided_at = TermState.REFUSED, officer, now
    row.reason = reason
    _audit(session, "refused", row, officer, now, reason=reason)
    return row


def withdraw_term(
    session: Session, term_id: int, *, reason: str, officer: str, now: datetime
) -> KeptTerm:
    """Stop understanding the word by the term, at once (停用用语).

    Raises:
        TermUnknown: There is no such term.
        TermSettled: It is not in force.
    """
    row = _in_state(session, term_id, TermState.IN_FORCE)
    row.state, row.ended_by, row.ended_at = TermState.WITHDRAWN, officer, now
    row.reason = reason
    raise_revision(session)
    _audit(session, "withdrawn", row, officer, now, reason=reason)
    return row


def terms_in_force(session: Session) -> frozenset[Variant]:
    """What is understood beside the files."""
    rows = session.scalars(select(KeptTerm).where(KeptTerm.state == TermState.IN_FORCE))
    return frozenset(Variant(row.text, row.term, row.kind, _FILE) for row in rows)


def list_terms(
    session: Session, *, state: TermState | None, page: int, per_page: int
) -> tuple[list[KeptTerm], int]:
    """One page of terms, the newest first, and how many there are."""
    query = select(KeptTerm)
    if state is not None:
        query = query.where(KeptTerm.state == state)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    newest = query.order_by(KeptTerm.id.desc())
    return list(session.scalars(newest.offset((page - 1) * per_page).limit(per_page))), total


def count_terms(session: Session) -> dict[TermState, int]:
    """How many terms there are in each state."""
    counting = select(KeptTerm.state, func.count()).group_by(KeptTerm.state)
    return dict(session.execute(counting).tuples().all())


def terms_yaml(session: Session) -> str:
    """The terms in force as a file of the thesaurus says them, to be moved there."""
    groups: dict[str, dict[str, list[str]]] = {}
    for each in sorted(terms_in_force(session), key=lambda each: (each.term, each.kind, each.text)):
        groups.setdefault(each.term, {}).setdefault(each.kind, []).append(each.text)
    body = yaml.safe_dump(groups, allow_unicode=True, sort_keys=False) if groups else ""
    return f"# {say('terms', 'file_head')}\n{body}"


def check_term(
    session: Session, *, text: str, term: str, kind: str, but: int | None = None
) -> None:
    """Let no word mean two things, and none that nobody would be answered by.

    Args:
        session: Open session.
        text: What people say, clean.
        term: The standard term, clean.
        kind: One of :data:`KINDS`.
        but: The proposal itself.

    Raises:
        TermRefused: Something stands against it.
    """
    for why, values in _against(session, text, term, kind, but):
        raise _refused(why, **{"text": text, "term": term} | values)


def _against(
    session: Session, text: str, term: str, kind: str, but: int | None
) -> Iterator[tuple[str, dict[str, Any]]]:
    known = file_variants()
    standard = file_terms()
    if kind not in KINDS:
        yield "kind", {}
    if not (SHORTEST <= len(text) <= LONGEST and runs(text) == [text]):
        yield "form", {"shortest": SHORTEST, "longest": LONGEST}
    if not SHORTEST <= len(term) <= LONGEST:
        yield "form_of_term", {"shortest": SHORTEST, "longest": LONGEST}
    if mask(text).text != text or mask(term).text != term or text.isdecimal():
        yield "personal", {}
    if text == term:
        yield "same", {}
    if text in standard:
        yield "is_standard", {}
    if text in known and (known[text].term, known[text].kind) != (term, kind):
        yield "means_another", {"other": known[text].term}
    if text in known:
        yield "known", {}
    if term in known:
        yield "term_is_variant", {"other": known[term].term}
    for row in session.scalars(
        select(KeptTerm).where(KeptTerm.state.in_(_STANDING)).order_by(KeptTerm.id)
    ):
        if row.id == but:
            continue
        if row.text == text and row.term != term:
            yield "means_another", {"other": row.term}
        if row.text == text:
            yield "proposed_already", {}
        if row.term == text:
            yield "is_standard", {}
        if row.text == term:
            yield "term_is_variant", {"other": row.term}
    if term not in standard and not is_word(term) and not _is_asked(session, term):
        yield "nobody_says", {}


def _is_asked(session: Session, term: str) -> bool:
    """Tell whether a published question says the term."""
    return bool(
        session.scalar(
            select(LibraryEntry.id)
            .where(
                LibraryEntry.state == EntryState.PUBLISHED,
                LibraryEntry.question.contains(term, autoescape=True),
            )
            .limit(1)
        )
    )


def _in_state(session: Session, term_id: int, state: TermState) -> KeptTerm:
    row = session.get(KeptTerm, term_id, with_for_update=True)
    if row is None:
        raise TermUnknown(term=term_id)
    if row.state is not state:
        raise TermSettled(text=row.text, state=label("term_states", row.state.value))
    return row


def _refused(why: str, **values: Any) -> TermRefused:
    return TermRefused(reason=say("terms", why, **values), why=why)


def _audit(
    session: Session, verb: str, row: KeptTerm, officer: str, now: datetime, **data: Any
) -> None:
    write_audit(
        session,
        actor=f"staff:{officer}",
        deed=f"knowledge_base.term.{verb}",
        subject=f"term:{row.id}",
        now=now,
        **data,
    )
