"""Vectors of wordings in the database (语义向量存取), by model and wording."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import numpy as np
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from knowledge_base.embedding_tables import WordingVector
from knowledge_base.meaning import Vectors

#: So many are asked for at once.
AT_ONCE = 500


def kept_vectors(session: Session, *, model: str, texts: Iterable[str]) -> dict[str, Vectors]:
    """The vectors that a model gave texts before, by text; those that are kept."""
    wanted = {_digest(model, text): text for text in texts}
    found: dict[str, Vectors] = {}
    digests = list(wanted)
    for first in range(0, len(digests), AT_ONCE):
        rows = session.execute(
            select(WordingVector.digest, WordingVector.vector).where(
                WordingVector.digest.in_(digests[first : first + AT_ONCE])
            )
        )
        found |= {wanted[digest]: np.frombuffer(each, "<f4") for digest, each in rows}
    return found


def keep_vectors(session: Session, *, model: str, texts: Sequence[str], vectors: Vectors) -> None:
    """Keep what a model gave texts; what another process kept meanwhile stays."""
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    insert = (sqlite if is_sqlite else postgresql).insert(WordingVector)
    rows = [
        {"digest": _digest(model, text), "model": model, "vector": vector.astype("<f4").tobytes()}
        for text, vector in zip(texts, vectors, strict=True)
    ]
    session.execute(insert.values(rows).on_conflict_do_nothing())


def forget_vectors(session: Session, *, model: str) -> None:
    """Forget everything that a model of that name gave: it is another one now."""
    session.execute(delete(WordingVector).where(WordingVector.model == model))


def _digest(model: str, text: str) -> str:
    return hashlib.sha256(f"{model}\n{text}".encode()).hexdigest()
