"""What gives texts their vectors (向量模型): the contract, and what holds of every answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from core.errors import ServiceError
from knowledge_base.meaning import Vectors

#: A vector shorter than this points nowhere.
_NOTHING = 1e-6


class EmbeddingFailed(Exception):
    """No vectors, or none that can be used; search goes on without. Never shown to people."""


class EmbedderUnusable(ServiceError):
    """A model that the settings name cannot be used (语义模型不可用)."""

    code = "embedder_unusable"


class Embedder(Protocol):
    """A model that gives texts vectors, by whatever means."""

    @property
    def model(self) -> str:
        """The name under which its vectors are kept; another name, other vectors."""

    def vectors(self, texts: Sequence[str], *, seconds: float | None = None) -> Vectors:
        """Return one vector per text, in their order: shape (texts, dimensions), length 1.

        Args:
            texts: At least one.
            seconds: What may be waited in all, without a second try; None for work that nobody
                waits for.

        Raises:
            EmbeddingFailed: There are none, too late, or they cannot be used.
        """

    def close(self) -> None:
        """Let go of connections."""


def checked(given: Any, count: int) -> Vectors:
    """Make of what a model gave vectors of unit length.

    Args:
        given: Rows of numbers.
        count: How many rows there must be.

    Raises:
        EmbeddingFailed: They are too few or too many, of unequal length, or no numbers.
    """
    try:
        vectors = np.asarray(given, np.float32)
    except (TypeError, ValueError) as error:
        raise EmbeddingFailed("vectors are no rows of numbers of one length") from error
    if vectors.ndim != 2 or len(vectors) != count or not vectors.shape[1]:
        raise EmbeddingFailed(f"vectors of shape {vectors.shape} for {count} texts")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(lengths).all() or (lengths < _NOTHING).any():
        raise EmbeddingFailed("a vector is not finite, or points nowhere")
    return np.asarray(vectors / lengths, np.float32)
