"""Proposals kept, accepted and discarded (收录建议存取).

Accepting makes drafts and, where it is not on register, the document they rest on; nothing is
published. Every function takes an open session and leaves the commit to its caller.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.audit import write_audit
from core.clock import china_date
from core.errors import Conflict, InvalidInput, NotFound
from knowledge_base.files import to_yaml
from knowledge_base.notice_tables import NoticeProposal, ProposalState
from knowledge_base.notices.candidate import Candidate, registered_as, registered_candidate
from knowledge_base.notices.proposal import Proposal
from knowledge_base.notices.skeletons import draft_of
from knowledge_base.notices.vocabulary import words
from knowledge_base.register import register_document
from knowledge_base.store import all_documents, save_draft


class NoticeUnknown(NotFound):
    """No proposal has that number (没有这条收录建议)."""

    code = "notice_unknown"


class NoticeSettled(Conflict):
    """Somebody has decided about it already (已处理)."""

    code = "notice_settled"


class NoticeIncomplete(InvalidInput):
    """Something has to be filled in or chosen first (不能收录)."""

    code = "notice_incomplete"
    status = 422


@dataclass(frozen=True)
class Chosen:
    """One skeleton to make a draft of; without an id it gets the usual one."""

    key: str
    id: str | None = None


def find_kept(session: Session, digest: str) -> NoticeProposal | None:
    """The proposal of a file that was brought before and has not been discarded."""
    return session.scalar(
        select(NoticeProposal).where(
            NoticeProposal.digest == digest, NoticeProposal.state != ProposalState.DISCARDED
        )
    )


def keep_proposal(
    session: Session, proposal: Proposal, *, file_name: str, officer: str, now: datetime
) -> tuple[NoticeProposal, bool]:
    """Keep what was read out of a file (存收录建议).

    Returns:
        The row, and whether it is new: a file that was brought before gives its earlier proposal,
        unless that was discarded.
    """
    row = NoticeProposal(
        digest=proposal.digest,
        kind=proposal.kind,
        file_name=file_name[:200],
        body=proposal.body,
        state=ProposalState.OPEN,
        proposed_by=officer,
        proposed_at=now,
        entries=[],
    )
    found = find_kept(session, proposal.digest)
    if found is not None:
        return found, False
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        found = find_kept(session, proposal.digest)
        if found is None:
            raise
        return found, False
    number = proposal.body["document"]["number"]
    _audit(session, "proposed", row, officer, now, digest=row.digest, number=number)
    return row, True


def get_proposal(session: Session, proposal_id: int) -> NoticeProposal:
    """Return a proposal.

    Raises:
        NoticeUnknown: There is none.
    """
    row = session.get(NoticeProposal, proposal_id)
    if row is None:
        raise NoticeUnknown(notice=proposal_id)
    return row


def list_proposals(
    session: Session, *, state: ProposalState | None, page: int, per_page: int
) -> tuple[list[NoticeProposal], int]:
    """One page of proposals, the newest first, and how many there are."""
    query = select(NoticeProposal)
    if state is not None:
        query = query.where(NoticeProposal.state == state)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    order = query.order_by(NoticeProposal.id.desc())
    rows = session.scalars(order.offset((page - 1) * per_page).limit(per_page))
    return list(rows), total


def discard_proposal(
    session: Session, proposal_id: int, *, reason: str, officer: str, now: datetime
) -> NoticeProposal:
    """Make nothing of a notice (丢弃); the file may be brought again.

    Raises:
        NoticeUnknown: There is no such proposal.
        NoticeSettled: Somebody has decided about it.
    """
    row = _open(session, proposal_id)
    if not reason.strip():
        raise _incomplete("reason")
    _settle(row, ProposalState.DISCARDED, officer, now)
    row.reason = reason
    _audit(session, "discarded", row, officer, now, reason=reason)
    return row


def accept_proposal(
    session: Session,
    proposal_id: int,
    *,
    candidate: Candidate | None,
    chosen: Sequence[Chosen],
    officer: str,
    now: datetime,
) -> NoticeProposal:
    """Make drafts of the chosen skeletons, and register the document if it is not (收录).

    Args:
        session: Open session; raising undoes everything.
        proposal_id: The proposal.
        candidate: The document as the editor put it right; None as it was read. What is on
            register under that number, or title if it has none, stays as it is.
        chosen: The skeletons to make drafts of.
        officer: Login of the editor.
        now: The moment.

    Raises:
        NoticeUnknown: There is no such proposal.
        NoticeSettled: Somebody has decided about it.
        NoticeIncomplete: The document lacks something, or nothing would be made.
        DocumentExists: Another document has the candidate's id.
        EntryExists: Another entry has the id of a draft.
    """
    row = _open(session, proposal_id)
    document = candidate or Candidate.model_validate(row.body["document"])
    known = registered_as(document, all_documents(session))
    skeletons = _chosen(row.body, chosen)
    today = china_date(now)
    if known is not None:
        document = registered_candidate(known)
        if not skeletons:
            raise _incomplete("skeletons", "nothing_chosen")
    else:
        _check_complete(document, row.body)
        register_document(
            session, document.to_document(today), editor=officer, now=now, notice=row.id
        )
    row.document_id, row.is_registered = document.id, known is None
    row.entries = _make_drafts(session, row.body, skeletons, document, today, officer, now)
    _settle(row, ProposalState.ACCEPTED, officer, now)
    made = {"document": document.id, "registered": known is None, "entries": row.entries}
    _audit(session, "accepted", row, officer, now, **made)
    return row


def _open(session: Session, proposal_id: int) -> NoticeProposal:
    row = session.get(NoticeProposal, proposal_id, with_for_update=True)
    if row is None:
        raise NoticeUnknown(notice=proposal_id)
    if row.state is not ProposalState.OPEN:
        verb = words()["verbs"][row.state.value]
        raise NoticeSettled(notice=row.id, state=row.state.value, by=row.decided_by, verb=verb)
    return row


def _settle(row: NoticeProposal, state: ProposalState, officer: str, now: datetime) -> None:
    row.state, row.decided_by, row.decided_at = state, officer, now


def _chosen(
    body: Mapping[str, Any], chosen: Sequence[Chosen]
) -> list[tuple[dict[str, Any], str | None]]:
    """The skeletons with the ids that the editor gave them."""
    skeletons = {each["key"]: each for each in body["skeletons"]}
    keys = [each.key for each in chosen]
    if len(set(keys)) != len(keys) or not skeletons.keys() >= set(keys):
        raise _incomplete("skeletons")
    return [(skeletons[each.key], each.id) for each in chosen]


def _check_complete(document: Candidate, body: Mapping[str, Any]) -> None:
    """A document is put on register only when it says who issued it and what it is."""
    if not document.issuers:
        raise _incomplete("issuers")
    if document.number is None and not body["is_official"]:
        raise _incomplete("number")
    first, last = document.in_force_from, document.ended_on
    if first and last and last < first:
        raise _incomplete("ended_on")


def _make_drafts(
    session: Session,
    body: Mapping[str, Any],
    skeletons: Sequence[tuple[dict[str, Any], str | None]],
    document: Candidate,
    today: date,
    officer: str,
    now: datetime,
) -> list[str]:
    ids = []
    for skeleton, entry_id in skeletons:
        topics = body["topics"]
        entry = draft_of(skeleton, document, topics=topics, today=today, entry_id=entry_id)
        save_draft(session, yaml_text=to_yaml(entry), base_version=None, editor=officer, now=now)
        ids.append(entry.id)
    return ids


def _incomplete(field: str, why: str | None = None) -> NoticeIncomplete:
    return NoticeIncomplete(field=field, reason=words()["incomplete"][why or field])


def _audit(
    session: Session, verb: str, row: NoticeProposal, officer: str, now: datetime, **data: Any
) -> None:
    write_audit(
        session,
        actor=f"staff:{officer}",
        deed=f"knowledge_base.notice.{verb}",
        subject=f"notice:{row.id}",
        now=now,
        **data,
    )
