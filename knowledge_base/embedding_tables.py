"""Vectors of wordings are kept here (语义向量的表), so that a restart computes none anew."""

from __future__ import annotations

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class WordingVector(Base):
    """What one model makes of one wording (问法的语义向量)."""

    __tablename__ = "library_vectors"

    #: Of the model's name and the wording.
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    model: Mapped[str] = mapped_column(String(200), index=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)  # float32, little-endian
