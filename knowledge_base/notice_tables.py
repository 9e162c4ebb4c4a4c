"""What was read out of official notices (收录建议的表), until an editor has decided about it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import Enum, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class ProposalState(enum.Enum):
    """What became of a proposal (收录建议状态)."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISCARDED = "discarded"


class NoticeProposal(Base):
    """One file that was read; a file comes in again only once its proposal was discarded."""

    __tablename__ = "library_proposals"
    __table_args__ = (
        Index(
            "uq_library_proposals_digest_kept",
            "digest",
            unique=True,
            sqlite_where=text("state != 'discarded'"),
            postgresql_where=text("state != 'discarded'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))  # txt, html, docx, pdf
    file_name: Mapped[str] = mapped_column(String(200))
    body: Mapped[dict[str, Any]]  # see ``notices.proposal``; the only place with the notice's words
    state: Mapped[ProposalState] = mapped_column(
        Enum(
            ProposalState,
            native_enum=False,
            length=20,
            values_callable=lambda members: [member.value for member in members],
        ),
        index=True,
    )
    proposed_by: Mapped[str] = mapped_column(String(60))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)  # why it was discarded
    document_id: Mapped[str | None] = mapped_column(String(80))  # what the drafts rest on
    is_registered: Mapped[bool | None]  # whether accepting it put the document on register
    entries: Mapped[list[Any]]  # ids of the drafts made of it
