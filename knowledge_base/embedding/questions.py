"""Vectors of questions as they are asked (提问的语义向量): masked, soon, or not at all."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from threading import Lock

from core.masking import mask
from knowledge_base.embedding.embedder import Embedder, EmbeddingFailed
from knowledge_base.meaning import Vectors
from knowledge_base.normalise import clean

logger = logging.getLogger(__name__)

#: No more of a question is sent, and so many questions are remembered.
LONGEST, REMEMBERED = 1_000, 2_000
#: After so many failures in a row nothing is asked for so many seconds.
FAILURES, PAUSE_SECONDS = 3, 30.0


def sendable(text: str) -> str:
    """A text as a model is given it: personal data masked, control characters gone."""
    return clean(mask(text[:LONGEST]).text).strip()


class QuestionVectors:
    """Asks a model for the vector of a question, in the time that a question has.

    A model that failed often is left alone for a while; one failure after that, and again.

    Args:
        embedder: The model.
        seconds: What may be waited for one question.
        tell: Told how each question went: ``ok``, ``failed`` or ``paused``.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        embedder: Embedder,
        *,
        seconds: float,
        tell: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._embedder = embedder
        self._seconds = seconds
        self._tell = tell or (lambda _: None)
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._paused_until = 0.0
        self._remembered = lru_cache(REMEMBERED)(self._asked)

    def of(self, question: str) -> Vectors | None:
        """Return the vector of a question; None where there is none in time."""
        text = sendable(question)
        if not text:
            return None
        if self._clock() < self._paused_until:
            self._tell("paused")
            return None
        try:
            vector = self._remembered(text)
        except EmbeddingFailed as error:
            self._note(error)
            self._tell("failed")
            return None
        self._failures = 0
        self._tell("ok")
        return vector

    def _asked(self, text: str) -> Vectors:
        vector = self._embedder.vectors([text], seconds=self._seconds)[0]
        vector.flags.writeable = False
        return vector

    def _note(self, error: EmbeddingFailed) -> None:
        with self._lock:
            self._failures += 1
            if self._failures < FAILURES:
                return
            self._failures = FAILURES - 1
            self._paused_until = self._clock() + PAUSE_SECONDS
        logger.warning("the embedding model is left alone for %.0f s: %s", PAUSE_SECONDS, error)
