"""Terms that editors keep beside the files of the thesaurus (工作台用语的表)."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import Enum, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base

_STANDS = "state in ('proposed', 'in_force')"


class TermState(enum.Enum):
    """How far a term is (用语状态)."""

    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class KeptTerm(Base):
    """One way of saying a standard term; it counts once another person has agreed."""

    __tablename__ = "library_terms"
    __table_args__ = (
        Index(
            "uq_library_terms_text_stands",
            "text",
            unique=True,
            sqlite_where=text(_STANDS),
            postgresql_where=text(_STANDS),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(40))
    term: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(10))  # see ``thesaurus.KINDS``
    state: Mapped[TermState] = mapped_column(
        Enum(
            TermState,
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
    ended_by: Mapped[str | None] = mapped_column(String(60))  # who withdrew it
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)  # why it was refused or withdrawn
