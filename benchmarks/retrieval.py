"""What each step of finding is worth (检索消融): the whole, and the whole without one step.

On the set that ``BENCH_DOCUMENTS`` and ``BENCH_QUERIES`` name (JSON lines as ``runmiao evaluate
retrieval`` reads them), else on similar questions of our own library, held out of it. Every figure
has a 95 % interval by bootstrap over the documents asked for, and the difference to BM25 over
single characters is paired by question. Prints JSON lines.
"""

from __future__ import annotations

import json
import math
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from app.json_rows import read_rows
from knowledge_base import normalise, ranking
from knowledge_base.files import read_library
from knowledge_base.layer import Wording
from knowledge_base.library import wordings_of
from knowledge_base.search import SearchIndex, learn_meaning

DRAWS = 2000
SEED = 20260101
#: One of so many similar questions of our own is held out.
OWN_PART = 9
#: A step, and what it takes to leave it out.
STEPS: dict[str, Sequence[tuple[Any, str, Any]]] = {
    "whole": (),
    "without_thesaurus": ((normalise, "standardise", lambda text: text),),
    "without_filler": ((normalise, "without_filler", lambda text: text),),
    "without_meaning": ((ranking, "SENSE", 0.0),),
    "without_answers": ((ranking, "BODY", 0.0),),
    "without_what_was_said": ((ranking, "AS_SAID", 0.0),),
    "without_sound": ((ranking, "SOUND", 0.0),),
    "without_taxes": ((ranking, "TAX_GAIN", 0.0), (ranking, "TAX_LOSS", 0.0)),
    "without_second_look": ((ranking, "ASKS_ELSE", 0.0), (ranking, "OTHER_TAX", 0.0)),
    "without_second_and_third": ((ranking, "CLOSEST", 1),),
}

#: A question and the document that answers it.
Asked = tuple[str, str]
Finder = Callable[[str], list[str]]


def main() -> None:
    """Measure every variant and print."""
    wordings, asked = _given() if "BENCH_DOCUMENTS" in os.environ else _own()
    base = _hits(_bm25(wordings), asked)
    _print("bm25_characters", base, base, asked)
    for name, changes in STEPS.items():
        with _changed(changes):
            own = [each for entry in read_library().entries.values() for each in wordings_of(entry)]
            meaning = learn_meaning(own if "BENCH_DOCUMENTS" in os.environ else wordings)
            index = SearchIndex(wordings, meaning)
            hits = _hits(partial(_found, index), asked)
        _print(name, hits, base, asked)


def _found(index: SearchIndex, question: str) -> list[str]:
    return [hit.entry_id for hit in index.search(question, limit=3)]


def _given() -> tuple[list[Wording], list[Asked]]:
    documents = read_rows(Path(os.environ["BENCH_DOCUMENTS"]), ("doc_id", "question"))
    queries = read_rows(Path(os.environ["BENCH_QUERIES"]), ("query", "doc_id"))
    return (
        [Wording(row["doc_id"], row["question"]) for row in documents],
        [(row["query"], row["doc_id"]) for row in queries],
    )


def _own() -> tuple[list[Wording], list[Asked]]:
    """Our own library without some of its similar questions, and these as questions."""
    wordings = [w for entry in read_library().entries.values() for w in wordings_of(entry)]
    similar = [place for place, wording in enumerate(wordings) if not wording.body]
    out = set(random.Random(SEED).sample(similar, len(similar) // OWN_PART))
    kept = [wording for place, wording in enumerate(wordings) if place not in out]
    return kept, [(wordings[place].text, wordings[place].entry_id) for place in sorted(out)]


@contextmanager
def _changed(changes: Sequence[tuple[Any, str, Any]]) -> Iterator[None]:
    """The search with something left out, and nothing remembered from before."""
    with ExitStack() as stack:
        for place, name, value in changes:
            stack.enter_context(patch.object(place, name, value))
        _forget()
        yield
    _forget()


def _forget() -> None:
    normalise._comparable.cache_clear()  # what terms stand for is patched
    normalise.as_said.cache_clear()


def _hits(find: Finder, asked: list[Asked]) -> np.ndarray:
    """Whether the first, and whether one of the first three answers: shape (questions, 2)."""
    found = [(find(text)[:3], wanted) for text, wanted in asked]
    return np.array([(ids[:1] == [wanted], wanted in ids) for ids, wanted in found], float)


def _bm25(wordings: list[Wording], k: float = 1.2, b: float = 0.75) -> Finder:
    """BM25 over single characters, as a yardstick that knows nothing of taxes."""
    texts = [Counter("".join(wording.text.split())) for wording in wordings]
    lengths = [sum(text.values()) for text in texts]
    mean = sum(lengths) / len(lengths)
    places: dict[str, list[int]] = defaultdict(list)
    for place, text in enumerate(texts):
        for character in text:
            places[character].append(place)

    def find(question: str) -> list[str]:
        scores: dict[int, float] = defaultdict(float)
        for character, count in Counter("".join(question.split())).items():
            spread = len(places[character])
            rarity = math.log(1 + (len(texts) - spread + 0.5) / (spread + 0.5))
            for place in places[character]:
                said = texts[place][character]
                damped = said + k * (1 - b + b * lengths[place] / mean)
                scores[place] += count * rarity * said * (k + 1) / damped
        best = sorted(scores, key=lambda place: (-scores[place], place))
        return list(dict.fromkeys(wordings[place].entry_id for place in best[:60]))

    return find


def _print(name: str, hits: np.ndarray, base: np.ndarray, asked: list[Asked]) -> None:
    told: dict[str, Any] = {"benchmark": "retrieval", "variant": name, "questions": len(asked)}
    for column, measure in enumerate(("hit1", "hit3")):
        own, gain = hits[:, column], hits[:, column] - base[:, column]
        told[measure] = [round(float(own.mean()), 4), *_interval(own, asked)]
        told[f"{measure}_over_bm25"] = [round(float(gain.mean()), 4), *_interval(gain, asked)]
    print(json.dumps(told), flush=True)


def _interval(values: np.ndarray, asked: list[Asked]) -> list[float]:
    """The middle 95 % of means when the documents asked for are drawn again and again."""
    groups: dict[str, list[float]] = defaultdict(list)
    for (_, wanted), value in zip(asked, values, strict=True):
        groups[wanted].append(float(value))
    sums = np.array([sum(group) for group in groups.values()])
    counts = np.array([len(group) for group in groups.values()])
    drawn = np.random.default_rng(SEED).integers(0, len(sums), (DRAWS, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    return [round(float(each), 4) for each in np.percentile(means, [2.5, 97.5])]


if __name__ == "__main__":
    main()
