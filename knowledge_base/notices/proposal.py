"""What is found in a notice (收录建议): a document to register, entries to write.

The words of the notice stand in the proposal's working data alone, and go no further.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from knowledge_base.notices.candidate import Candidate, candidate_of
from knowledge_base.notices.clauses import Clause, clauses_of
from knowledge_base.notices.findings import Citation, citations_of, figures_of, rules_of, topics_of
from knowledge_base.notices.heading import Heading, heading_of
from knowledge_base.notices.numbers import same_number
from knowledge_base.notices.reading import read_lines
from knowledge_base.notices.skeletons import skeletons_of
from knowledge_base.notices.vocabulary import note
from knowledge_base.schema import Document


@dataclass(frozen=True)
class Proposal:
    """Everything found in one notice; ``body`` is plain data for the database."""

    digest: str
    kind: str
    body: dict[str, Any]

    @property
    def candidate(self) -> Candidate:
        """The document as the notice speaks of itself."""
        return Candidate.model_validate(self.body["document"])


def digest_of(content: bytes) -> str:
    """The digest by which a file is known again."""
    return hashlib.sha256(content).hexdigest()


def propose(content: bytes) -> Proposal:
    """Read a notice.

    Raises:
        NoticeRefused: The file cannot be read.
    """
    digest = digest_of(content)
    kind, lines = read_lines(content)
    heading, clauses = heading_of(lines), clauses_of(lines)
    rules = rules_of(clauses)
    own = heading.number.text if heading.number else None
    citations = citations_of(clauses, own, heading.title)
    # Without a number or a title of the usual form it is news or a speech, and rules nothing.
    is_official = heading.number is not None or heading.has_title
    skeletons = list(skeletons_of(clauses, rules)) if is_official else []
    body = {
        "document": candidate_of(heading, digest).model_dump(mode="json"),
        "is_official": is_official,
        "topics": topics_of("\n".join(lines)),
        "clauses": [asdict(each) for each in clauses],
        "figures": [asdict(each) for each in figures_of(clauses)],
        "citations": [asdict(each) for each in citations],
        "questions": [asdict(each) for each in rules],
        "skeletons": skeletons,
        "notes": list(_notes(heading, clauses, citations, skeletons, is_official)),
    }
    return Proposal(digest, kind, body)


def cited_as(citation: Mapping[str, Any], documents: Mapping[str, Document]) -> str | None:
    """The id under which a cited document is on register, if it is."""
    number, title = citation["number"], citation["title"]
    for each in documents.values():
        if same_number(each.number, number) or (number is None and each.title == title):
            return each.id
    return None


def _notes(
    heading: Heading,
    clauses: Sequence[Clause],
    citations: Sequence[Citation],
    skeletons: Sequence[Any],
    is_official: bool,
) -> Iterator[str]:
    """What an editor has to look at first."""
    if not is_official:
        yield note("not_official")
    if heading.number is None:
        yield note("no_number")
    if not heading.has_title:
        yield note("no_title")
    if not heading.issuers:
        yield note("no_issuer")
    if heading.issued_on is None:
        yield note("no_date")
    if heading.in_force_from is None:
        yield note("no_start" if heading.issued_on else "no_start_nor_date")
    elif not heading.start_is_said:
        yield note("start_of_clause")
    if len(heading.starts) > 1:
        yield note("several_starts", days="、".join(day.isoformat() for day in heading.starts))
    if not any(clause.path for clause in clauses):
        yield note("no_clauses")
    if is_official and not skeletons:
        yield note("no_rules")
    if any(citation.effect == "ended" for citation in citations):
        yield note("superseded")
