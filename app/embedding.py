"""The optional embedding model of a process (语义模型接入), as the settings name it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from prometheus_client import Counter, Gauge

from app.embedding_endpoint import EmbeddingEndpoint
from core.database import Sessions
from core.settings import Settings
from knowledge_base.embedding.embedder import Embedder, EmbedderUnusable, EmbeddingFailed
from knowledge_base.embedding.keeper import VectorKeeper, embedded
from knowledge_base.embedding.onnx_folder import OnnxFolder
from knowledge_base.embedding.questions import QuestionVectors
from knowledge_base.embedding.senses import Senses
from knowledge_base.library import Library
from knowledge_base.search import SearchIndex

ASKED = Counter(
    "runmiao_embedding_questions", "Questions given to the embedding model", ["outcome"]
)
READY = Gauge("runmiao_embedding_ready", "1 while the embedding model takes part in the search")
#: What a measurement may wait for one question: nobody else does.
_MEASURING_SECONDS = 30.0


def open_embedder(settings: Settings) -> Embedder | None:
    """The model that the settings name; None where they name none.

    Raises:
        EmbedderUnusable: A local model cannot be read.
    """
    if settings.embedding_folder:
        return OnnxFolder(Path(settings.embedding_folder))
    if settings.embedding_url:
        return EmbeddingEndpoint(
            settings.embedding_url, settings.embedding_model, settings.embedding_key
        )
    return None


def watch_library(settings: Settings, sessions: Sessions, library: Library) -> VectorKeeper | None:
    """Let the library be compared by the model too, as soon as it has vectors; None without one.

    Raises:
        EmbedderUnusable: A local model cannot be read.
    """
    embedder = open_embedder(settings)
    if embedder is None:
        return None
    questions = QuestionVectors(
        embedder,
        seconds=settings.embedding_timeout_millis / 1000,
        tell=lambda outcome: ASKED.labels(outcome).inc(),
    )
    keeper = VectorKeeper(
        sessions, library, embedder, questions, weight=settings.embedding_weight_percent / 100
    )
    library.on_change(keeper.wake)
    READY.set_function(lambda: int(library.snapshot.index.is_joined))
    return keeper


def with_embedding(
    settings: Settings, index: SearchIndex, wordings: Mapping[str, Sequence[str]]
) -> SearchIndex:
    """The index for a measurement, with the model that the settings name; as it is without one.

    Args:
        settings: The settings.
        index: The index.
        wordings: All its wordings, by entry.

    Raises:
        EmbedderUnusable: The model does not give the vectors.
    """
    embedder = open_embedder(settings)
    if embedder is None:
        return index
    try:
        rows = embedded(embedder, wordings)
    except EmbeddingFailed as error:
        raise EmbedderUnusable(reason=str(error)) from error
    questions = QuestionVectors(embedder, seconds=_MEASURING_SECONDS)
    return index.with_senses(Senses(rows, questions, settings.embedding_weight_percent / 100))
