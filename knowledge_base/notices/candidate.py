"""The document that a notice would be on register (候选文件), for an editor to put right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from knowledge_base.exchange.cells import LONGEST_ID
from knowledge_base.notices.heading import Heading
from knowledge_base.notices.numbers import same_number
from knowledge_base.notices.vocabulary import words
from knowledge_base.schema import Document, DocumentState
from policy_rules.parameters import Certainty

LONGEST_LINE = 200
MOST_ISSUERS = 20
Line = Annotated[str, Field(min_length=2, max_length=LONGEST_LINE)]


class Candidate(BaseModel):
    """What a notice says of itself; unlike a document of the register it may lack its issuers."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=LONGEST_ID)
    number: Line | None = None
    title: Line
    issuers: tuple[Line, ...] = Field(default=(), max_length=MOST_ISSUERS)
    issued_on: date | None = None
    in_force_from: date | None = None
    ended_on: date | None = None
    url: str | None = Field(default=None, max_length=500, pattern="^https?://")

    @property
    def spoken(self) -> str:
        """How it is named in a sentence."""
        return self.number or f"《{self.title}》"

    def to_document(self, today: date) -> Document:
        """The document to register: nobody has checked yet whether it is law."""
        return Document(
            **self.model_dump(),
            state=DocumentState.UNKNOWN,
            certainty=Certainty.UNVERIFIED,
            checked_on=today,
        )


def candidate_of(heading: Heading, digest: str) -> Candidate:
    """What the head and foot of a notice say; without a number it is named by its digest."""
    number = heading.number
    name = re.sub("[^a-z0-9]+", "-", number.id if number else "")[:LONGEST_ID].strip("-")
    title = heading.title if len(heading.title) > 1 else words()["skeleton"]["document"]
    return Candidate(
        id=name or f"notice-{digest[:8]}",
        number=number.text[:LONGEST_LINE] if number else None,
        title=title[:LONGEST_LINE],
        issuers=heading.issuers[:MOST_ISSUERS],
        issued_on=heading.issued_on,
        in_force_from=heading.in_force_from,
        ended_on=heading.ended_on,
    )


def registered_as(candidate: Candidate, documents: Mapping[str, Document]) -> Document | None:
    """The document of the register with that number, or with that title if it has no number."""
    return next(
        (
            each
            for each in documents.values()
            if same_number(each.number, candidate.number)
            or (candidate.number is None and each.title == candidate.title)
        ),
        None,
    )


def registered_candidate(document: Document) -> Candidate:
    """A document of the register where a candidate is wanted; it has been checked before."""
    return Candidate.model_construct(**document.model_dump(include=set(Candidate.model_fields)))
