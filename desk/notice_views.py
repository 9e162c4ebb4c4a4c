"""Proposals of notices as editors see them (收录通知): the list, and one with all it found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy.orm import Session

from core.clock import china_date
from desk.labels import label
from desk.staff import staff_names
from knowledge_base.files import to_yaml
from knowledge_base.notice_tables import NoticeProposal, ProposalState
from knowledge_base.notices.candidate import Candidate, registered_as, registered_candidate
from knowledge_base.notices.keeping import list_proposals
from knowledge_base.notices.proposal import cited_as
from knowledge_base.notices.skeletons import draft_of, id_for
from knowledge_base.notices.vocabulary import note
from knowledge_base.schema import Document
from knowledge_base.store import all_documents

PER_PAGE = 20
Documents = Mapping[str, Document]


def notices_page(session: Session, *, state: str | None, page: int) -> dict[str, Any]:
    """One page of proposals, the newest first."""
    chosen = next((each for each in ProposalState if each.value == state), None)
    rows, total = list_proposals(session, state=chosen, page=page, per_page=PER_PAGE)
    documents, names = all_documents(session), staff_names(session)
    told = [_summary(row, _known(row, documents), names) for row in rows]
    return {"rows": told, "total": total, "page": page, "per_page": PER_PAGE}


def notice_view(session: Session, row: NoticeProposal, *, again: bool = False) -> dict[str, Any]:
    """One proposal; what is on register is looked up now."""
    documents, body = all_documents(session), row.body
    known = _known(row, documents)
    candidate = _candidate(row, known)
    return {
        **_summary(row, known, staff_names(session)),
        "again": again,
        "digest": row.digest,
        "reason": row.reason,
        "made": _made(row),
        "document": candidate.model_dump(mode="json"),
        "topics": [{"code": code, "label": label("topics", code)} for code in body["topics"]],
        "notes": [*([note("known", document=known.id)] if known else []), *body["notes"]],
        "clauses": body["clauses"],
        "figures": [
            each | {"kind_label": label("figure_kinds", each["kind"])} for each in body["figures"]
        ],
        "citations": [
            each
            | {
                "effect_label": label("citation_effects", each["effect"]),
                "document": cited_as(each, documents),
            }
            for each in body["citations"]
        ],
        "questions": body["questions"],
        "skeletons": list(_skeletons(row, candidate)),
    }


def _known(row: NoticeProposal, documents: Documents) -> Document | None:
    """The document on register; of an accepted proposal the one that its drafts rest on."""
    if row.document_id is not None:
        return documents.get(row.document_id)
    return registered_as(Candidate.model_validate(row.body["document"]), documents)


def _candidate(row: NoticeProposal, known: Document | None) -> Candidate:
    if known is not None:
        return registered_candidate(known)
    return Candidate.model_validate(row.body["document"])


def _summary(
    row: NoticeProposal, known: Document | None, names: Mapping[str, str]
) -> dict[str, Any]:
    candidate, decided_by = _candidate(row, known), row.decided_by
    return {
        "id": row.id,
        "state": row.state.value,
        "state_label": label("notice_states", row.state.value),
        "file_name": row.file_name,
        "kind": row.kind,
        "kind_label": label("file_kinds", row.kind),
        "number": candidate.number,
        "title": candidate.title,
        "is_official": row.body["is_official"],
        "known_as": known.id if known else None,
        "skeletons": len(row.body["skeletons"]),
        "proposed_by": names.get(row.proposed_by, row.proposed_by),
        "proposed_at": row.proposed_at.isoformat(),
        "decided_by": names.get(decided_by, decided_by) if decided_by else None,
        "decided_at": row.decided_at.isoformat() if row.decided_at else None,
    }


def _made(row: NoticeProposal) -> dict[str, Any] | None:
    if row.state is not ProposalState.ACCEPTED:
        return None
    return {
        "document": row.document_id,
        "registered": bool(row.is_registered),
        "entries": row.entries,
    }


def _skeletons(row: NoticeProposal, candidate: Candidate) -> Iterator[dict[str, Any]]:
    """The skeletons with the drafts as they would be made."""
    today = china_date(row.proposed_at)
    for each in row.body["skeletons"]:
        draft = draft_of(each, candidate, topics=row.body["topics"], today=today)
        yield {
            "key": each["key"],
            "id": id_for(each, candidate),
            "clause": each["clause"],
            "question": each["question"],
            "similar": each["similar"],
            "yaml": to_yaml(draft),
        }
