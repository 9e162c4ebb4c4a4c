"""What a model from outside brings, by its weight: wordings of our own entries, held out.

With the model that ``RUNMIAO_EMBEDDING_*`` names, or else with two that need nothing: hashed
characters, which know no more than the search does, and noise, which shows what harm a model that
knows nothing can do. Prints JSON lines.
"""

from __future__ import annotations

import json
import random
import zlib
from collections.abc import Iterator, Sequence

import numpy as np

from app.embedding import open_embedder
from benchmarks.decision import PARTS
from core.settings import read_settings
from knowledge_base.embedding.embedder import Embedder, checked
from knowledge_base.embedding.keeper import embedded
from knowledge_base.embedding.questions import QuestionVectors, sendable
from knowledge_base.embedding.senses import Senses
from knowledge_base.files import read_library
from knowledge_base.layer import Wording
from knowledge_base.library import wordings_of
from knowledge_base.meaning import Vectors
from knowledge_base.ranking import Hit
from knowledge_base.search import SearchIndex, learn_meaning

WEIGHTS = (0, 5, 10, 20, 30)
HELD_OUT = 1


class Hashed:
    """Hashed characters and pairs of a text, or of the noise that its text begins."""

    def __init__(self, model: str, *, is_noise: bool) -> None:
        self.model = model
        self._is_noise = is_noise

    def vectors(self, texts: Sequence[str], *, seconds: float | None = None) -> Vectors:
        """As ``Embedder`` says."""
        return checked([self._vector(text) for text in texts], len(texts))

    def close(self) -> None:
        """Nothing is open."""

    def _vector(self, text: str) -> Vectors:
        if self._is_noise:
            return np.random.default_rng(zlib.crc32(text.encode())).normal(size=256)
        found = np.full(256, 1e-3)
        for unit in [*text, *(text[at : at + 2] for at in range(len(text) - 1))]:
            place = zlib.crc32(unit.encode())
            found[place % 256] += 1 if place & 0x10000 else -1
        return found


class _Known:
    """Vectors that were computed before."""

    model = "known"

    def __init__(self, vectors: dict[str, Vectors]) -> None:
        self._vectors = vectors

    def vectors(self, texts: Sequence[str], *, seconds: float | None = None) -> Vectors:
        return np.stack([self._vectors[text] for text in texts])

    def close(self) -> None:
        """Nothing is open."""


def main() -> None:
    """Print Hit@1 and Hit@3 for every weight."""
    named = open_embedder(read_settings())
    models: list[Embedder] = [named] if named is not None else []
    models = models or [
        Hashed("hashed characters", is_noise=False),
        Hashed("noise", is_noise=True),
    ]
    wordings = [w for entry in read_library().entries.values() for w in wordings_of(entry)]
    parts = list(_parts(wordings))
    for model in models:
        texts = [each.text for each in wordings]
        rows = embedded(model, {text: [text] for text in dict.fromkeys(texts)})
        vectors = {sendable(text): each[0] for text, each in rows.items()}
        for weight in WEIGHTS:
            _print(model.model, weight, _found(parts, wordings, vectors, weight / 100))
        model.close()


def _parts(wordings: list[Wording]) -> Iterator[tuple[set[int], SearchIndex]]:
    """Some wordings held out, and an index without them."""
    similar = [place for place, wording in enumerate(wordings) if not wording.body]
    random.Random(20260101).shuffle(similar)
    for part in range(HELD_OUT):
        out = set(similar[part::PARTS])
        kept = [w for place, w in enumerate(wordings) if place not in out]
        yield out, SearchIndex(kept, learn_meaning(kept))


def _found(
    parts: list[tuple[set[int], SearchIndex]],
    wordings: list[Wording],
    vectors: dict[str, Vectors],
    weight: float,
) -> list[tuple[str, list[Hit]]]:
    questions = QuestionVectors(_Known(vectors), seconds=1.0)
    found = []
    for out, index in parts:
        rows: dict[str, list[Vectors]] = {}
        for place, wording in enumerate(wordings):
            if place not in out:
                rows.setdefault(wording.entry_id, []).append(vectors[sendable(wording.text)])
        if weight:
            by_entry = {name: np.stack(each) for name, each in rows.items()}
            index = index.with_senses(Senses(by_entry, questions, weight))
        found += [
            (wordings[at].entry_id, index.search(wordings[at].text, limit=3)) for at in sorted(out)
        ]
    return found


def _print(model: str, weight: int, found: list[tuple[str, list[Hit]]]) -> None:
    first = [bool(hits) and hits[0].entry_id == entry for entry, hits in found]
    third = [entry in [hit.entry_id for hit in hits] for entry, hits in found]
    said = {
        "measure": "embedding",
        "model": model,
        "weight_percent": weight,
        "queries": len(found),
        "hit1": round(sum(first) / len(found), 4),
        "hit3": round(sum(third) / len(found), 4),
    }
    print(json.dumps(said, ensure_ascii=False))


if __name__ == "__main__":
    main()
