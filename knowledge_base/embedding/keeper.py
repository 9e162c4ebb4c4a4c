"""Keeps the library's vectors up to date beside the answering (语义向量看管).

The library is served without the model until every wording has its vector; an edit costs only
the wordings that are new. What goes wrong is tried again later and never reaches who asks.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence

import numpy as np

from core.database import Sessions, in_transaction, reading
from knowledge_base.embedding.embedder import Embedder, EmbeddingFailed
from knowledge_base.embedding.keeping import forget_vectors, keep_vectors, kept_vectors
from knowledge_base.embedding.questions import QuestionVectors, sendable
from knowledge_base.embedding.senses import Senses
from knowledge_base.library import Library
from knowledge_base.meaning import Vectors

logger = logging.getLogger(__name__)

#: So many wordings are given to the model, and written down, at once.
AT_ONCE = 64
#: What failed is tried again after so many seconds.
RETRY_SECONDS = 30.0
#: Progress is logged after so many wordings.
TOLD_EVERY = 1_024
#: A model gives one text the same vector again, to so much.
SAME = 0.99


class VectorKeeper:
    """Watches a library and gives it its :class:`Senses`, on a thread of its own.

    Args:
        sessions: The database that keeps the vectors.
        library: Whose wordings they are of.
        embedder: The model.
        questions: What gives a question its vector.
        weight: What the model counts in the score, between 0 and 1.
        retry_seconds: When to try again what failed.
    """

    def __init__(
        self,
        sessions: Sessions,
        library: Library,
        embedder: Embedder,
        questions: QuestionVectors,
        *,
        weight: float,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._sessions = sessions
        self._library = library
        self._embedder = embedder
        self._questions = questions
        self._weight = weight
        self._retry_seconds = retry_seconds
        self._known: dict[str, Vectors] = {}
        self._changed = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """The library has changed; returns at once."""
        self._changed.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="embedding", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop after the batch under way."""
        self._stopped.set()
        self._changed.set()
        self._embedder.close()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while self._changed.wait() and not self._stopped.is_set():
            self._changed.clear()
            try:
                self._catch_up()
                continue
            except EmbeddingFailed as error:
                logger.warning("vectors of wordings are missing: %s", error)
            except Exception:
                logger.exception("vectors of wordings are missing")
            self._stopped.wait(self._retry_seconds)
            self._changed.set()

    def _catch_up(self) -> None:
        snapshot = self._library.snapshot
        wanted = {
            name: [sendable(text) or text for text in (entry.question, *entry.similar)]
            for name, entry in snapshot.entries.items()
        }
        texts = list(dict.fromkeys(text for group in wanted.values() for text in group))
        if not texts or not self._have_all(texts):
            return
        rows = {name: np.stack([self._known[t] for t in group]) for name, group in wanted.items()}
        senses = Senses(rows, self._questions, self._weight)
        if self._library.take_senses(senses, snapshot.revision):
            logger.info("%d wordings are compared by the embedding model too", len(texts))

    def _have_all(self, texts: Sequence[str]) -> bool:
        """Get what is missing; False where it was stopped before."""
        if not self._known:
            self._known = self._still_right(texts)
        self._known = {text: self._known[text] for text in texts if text in self._known}
        missing = [text for text in texts if text not in self._known]
        for first in range(0, len(missing), AT_ONCE):
            if self._stopped.is_set():
                return False
            if first and first % TOLD_EVERY == 0:
                logger.info("%d of %d new wordings have vectors", first, len(missing))
            self._get(missing[first : first + AT_ONCE])
        return True

    def _get(self, texts: Sequence[str]) -> None:
        vectors = self._embedder.vectors(texts)
        before = next(iter(self._known.values()), None)
        if before is not None and vectors.shape[1] != len(before):
            self._known = {}  # and look again whether what is kept is still right
            raise EmbeddingFailed(f"vectors of length {vectors.shape[1]} after {len(before)}")
        model = self._embedder.model
        in_transaction(
            self._sessions, lambda s: keep_vectors(s, model=model, texts=texts, vectors=vectors)
        )
        self._known |= dict(zip(texts, vectors, strict=True))

    def _still_right(self, texts: Sequence[str]) -> dict[str, Vectors]:
        """What is kept, unless the model behind the name is another one by now."""
        model = self._embedder.model
        with reading(self._sessions) as session:
            kept = kept_vectors(session, model=model, texts=texts)
        if kept:
            text, before = next(iter(kept.items()))
            now = self._embedder.vectors([text])[0]
            if len(now) != len(before) or float(now @ before) < SAME:
                logger.warning("the embedding model is another one; its vectors are made anew")
                in_transaction(self._sessions, lambda s: forget_vectors(s, model=model))
                return {}
        return kept


def embedded(embedder: Embedder, wordings: Mapping[str, Sequence[str]]) -> dict[str, Vectors]:
    """Give all wordings vectors at once, by entry; nothing is kept.

    Raises:
        EmbeddingFailed: The model does not give them.
    """
    texts = list(dict.fromkeys(sendable(t) or t for group in wordings.values() for t in group))
    batches = [texts[first : first + AT_ONCE] for first in range(0, len(texts), AT_ONCE)]
    rows = np.concatenate([embedder.vectors(batch) for batch in batches])
    places = {text: place for place, text in enumerate(texts)}
    return {
        name: rows[[places[sendable(text) or text] for text in group]]
        for name, group in wordings.items()
    }
