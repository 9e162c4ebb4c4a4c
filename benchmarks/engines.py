"""Our search beside other engines (检索引擎对比): quality and speed on the same sets, in one run.

On the set that ``BENCH_DOCUMENTS`` and ``BENCH_QUERIES`` name, else on similar questions of our
own library, held out of it. Larger sets are filled up with invented questions, put together from
words of our own library; nobody asks for them. Every engine runs at every size in a process of its
own, so that its memory is its own, and is asked the same questions in the same order, one by one,
for at most ``BENCH_SECONDS``: ``queries`` tells how many it came to. ``BENCH_SIZES`` names the
sizes, ``BENCH_ENGINES`` the engines. Ours is timed with all that is decided from it.

Prints JSON lines. ``cpu_ms`` counts what processors spent on a question, a database server's
among it, and says the same on a busy machine; ``ms`` is what the asker waited. ``times_ours`` is
the median of the first against our own at the same size; ``edit_ms`` is what it takes until a
document that is added is found, where an engine is not built anew for it.
"""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.commands.evaluate import read_rows
from benchmarks.indexes import ENGINES, OURS, Index
from knowledge_base.files import read_library
from knowledge_base.layer import Wording
from knowledge_base.library import wordings_of
from knowledge_base.normalise import clean, words

SIZES = [int(size) for size in os.environ.get("BENCH_SIZES", "7210,100000,1000000").split(",")]
CHOSEN = os.environ.get("BENCH_ENGINES", ",".join(ENGINES)).split(",")
SECONDS = float(os.environ.get("BENCH_SECONDS", "30"))
SEED = 7
#: Of our own similar questions one of so many is held out.
OWN_PART = 9
#: So many are asked before time is taken, and so many at least afterwards.
WARM_UP, AT_LEAST = 5, 10
#: So many are looked at for the answer.
LIMIT = 10


def main() -> None:
    """Measure every engine at every size and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in SIZES:
            write_set(folder, size)
            ours: dict[str, Any] = {}
            for engine in CHOSEN:
                told = _measured(engine, folder)
                if engine == OURS:
                    ours = told
                if ours:
                    told["times_ours"] = round(told["cpu_ms_p50"] / ours["cpu_ms_p50"], 2)
                print(json.dumps(told), flush=True)


def write_set(folder: Path, size: int) -> None:
    """Write documents, filled up or cut to a size, and the questions that they answer."""
    wordings, asked = _given() if "BENCH_DOCUMENTS" in os.environ else _own()
    answers = {answer for _, answer in asked}
    wordings.sort(key=lambda each: each.entry_id not in answers)  # they stay in when it is cut
    documents = [(each.entry_id, each.text) for each in wordings[:size]]
    more = zip(range(size - len(documents)), invented(), strict=False)
    documents += [(f"invented-{number}", text) for number, text in more]
    random.Random(SEED).shuffle(asked)
    (folder / "documents.json").write_text(json.dumps(documents), "utf-8")
    (folder / "asked.json").write_text(json.dumps(asked), "utf-8")


def invented() -> Iterator[str]:
    """Questions that begin as one of our own and end as another, each only once."""
    chance = random.Random(SEED)
    own = [words(clean(text)) for text in _texts()]
    own = [each for each in own if len(each) > 2]
    seen: set[str] = set()
    while True:
        head, tail = chance.choice(own), chance.choice(own)
        first, last = chance.randrange(1, len(head)), chance.randrange(1, len(tail))
        text = "".join([*head[:first], *tail[last:]])
        if text not in seen:
            seen.add(text)
            yield text


def measure(engine: str, folder: Path) -> dict[str, Any]:
    """Build an index in this process, and ask it for as long as it may take."""
    documents = [tuple(each) for each in json.loads((folder / "documents.json").read_text("utf-8"))]
    asked = json.loads((folder / "asked.json").read_text("utf-8"))
    started = time.perf_counter(), time.process_time()
    with ENGINES[engine](documents, folder) as index:
        built = time.perf_counter(), _worked(index)
        told = _asked(index, asked)
        own_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "benchmark": "engines",
            "engine": engine,
            "documents": len(documents),
            **told,
            "edit_ms": _edited_ms(index),
            "build_seconds": round(built[0] - started[0], 1),
            "build_cpu_seconds": round(built[1] - started[1], 1),
            "peak_mb": round(own_mb + index.outside_mb()),
            "disk_mb": round(index.disk_mb),
        }


def _asked(index: Index, asked: list[tuple[str, str]]) -> dict[str, Any]:
    for question, _ in asked[:WARM_UP]:
        index.find(question, LIMIT)
    ranks: list[int] = []
    millis: list[float] = []
    spent: list[float] = []
    for question, answer in asked:
        if sum(spent) > SECONDS * 1000 and len(ranks) >= AT_LEAST:
            break
        begun, worked = time.perf_counter(), _worked(index)
        found = index.find(question, LIMIT)
        millis.append((time.perf_counter() - begun) * 1000)
        spent.append((_worked(index) - worked) * 1000)
        ranks.append(found.index(answer) + 1 if answer in found else 0)
    return {
        "queries": len(ranks),
        "hit1": round(sum(rank == 1 for rank in ranks) / len(ranks), 4),
        "hit3": round(sum(0 < rank <= 3 for rank in ranks) / len(ranks), 4),
        "mrr": round(sum(1 / rank for rank in ranks if rank) / len(ranks), 4),
        "ms_p50": round(_part(millis, 0.5), 3),
        "ms_p99": round(_part(millis, 0.99), 3),
        "cpu_ms_p50": round(_part(spent, 0.5), 3),
        "cpu_ms_p99": round(_part(spent, 0.99), 3),
    }


def _edited_ms(index: Index) -> float | None:
    if index.edit is None:
        return None
    started = time.perf_counter()
    index.edit()
    return round((time.perf_counter() - started) * 1000, 1)


def _worked(index: Index) -> float:
    """The seconds that processors have spent so far."""
    return time.process_time() + index.outside_seconds()


def _part(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def _measured(engine: str, folder: Path) -> dict[str, Any]:
    """Measure in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.engines", engine, str(folder)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _given() -> tuple[list[Wording], list[tuple[str, str]]]:
    documents = read_rows(Path(os.environ["BENCH_DOCUMENTS"]), ("doc_id", "question"))
    queries = read_rows(Path(os.environ["BENCH_QUERIES"]), ("query", "doc_id"))
    return (
        [Wording(row["doc_id"], row["question"]) for row in documents],
        [(row["query"], row["doc_id"]) for row in queries],
    )


def _own() -> tuple[list[Wording], list[tuple[str, str]]]:
    """Our own library without some of its similar questions, and these as questions."""
    wordings = [w for entry in read_library().entries.values() for w in wordings_of(entry)]
    out = set([each for each in wordings if not each.body][::OWN_PART])
    kept = [Wording(w.entry_id, w.text) for w in wordings if w not in out]
    return kept, [(each.text, each.entry_id) for each in wordings if each in out]


def _texts() -> list[str]:
    return [each.text for entry in read_library().entries.values() for each in wordings_of(entry)]


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], Path(sys.argv[2]))))
