"""How a large library behaves (知识库规模): loading it, and finding a single edit in it.

Invented entries are loaded as files by ``runmiao kb load`` in a process of its own, so that the
peak of its memory is the load's alone. Then a library of the same size is held in memory as the
service holds it, one entry is edited, and the time is taken until a search finds the edit.
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

from core.clock import utc_now
from core.database import open_engine, open_sessions, transaction
from core.settings import Settings
from knowledge_base.files import LibraryFiles, read_library, to_yaml
from knowledge_base.library import Library
from knowledge_base.loading import load_files
from knowledge_base.schema import Entry
from knowledge_base.store import FILES

ENTRIES = int(os.environ.get("BENCH_ENTRIES", "100000"))
ROOT = Path(__file__).parent.parent
#: Entries of one folder, so that no folder holds all of them.
_TOGETHER = 1000
_FOUND_WITHIN = 600.0
#: What stands in a pattern of a file for what is drawn.
_ID, _MARKS = "invented-000000", tuple(f"〓{letter}〓" for letter in "ABCDEFG")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        written = time.perf_counter()
        write_entries(work / "entries", ENTRIES)
        loaded = load(work)
        print(
            json.dumps(
                {
                    "benchmark": "library_scale.load",
                    "entries": ENTRIES,
                    "writing_seconds": round(loaded["started"] - written, 1),
                    "load_seconds": round(loaded["seconds"], 1),
                    "load_peak_mb": round(loaded["peak_mb"]),
                    "database_mb": round((work / "runmiao.db").stat().st_size / 1e6),
                }
            ),
            flush=True,
        )
        print(json.dumps(edit(work)), flush=True)


def invented(count: int) -> Iterator[tuple[str, str]]:
    """Id and file of entries whose wordings are drawn at random; none of them says any law."""
    chance = random.Random(7)
    real = list(read_library().entries.values())
    pairs = {e.question[at : at + 2] for e in real for at in range(len(e.question) - 2)}
    pieces = sorted(pair for pair in pairs if pair.isalpha())
    files = [to_yaml(_with_marks(entry)) for entry in real]
    for number in range(count):
        name = f"invented-{number:06d}"
        text = chance.choice(files).replace(_ID, name)
        for mark in _MARKS:
            text = text.replace(mark, f"{''.join(chance.choices(pieces, k=7))}{number}")
        yield name, text


def _with_marks(entry: Entry) -> Entry:
    """The entry with marks for what is to be drawn."""
    changes = {
        "id": _ID,
        "question": _MARKS[0],
        "similar": tuple(f"{mark}{place}" for place, mark in enumerate(_MARKS[1:])),
        "related": (),
        "rule": None,
    }
    return entry.model_copy(update=changes)


def write_entries(folder: Path, count: int) -> None:
    """Write invented entries as files."""
    for number, (name, text) in enumerate(invented(count)):
        place = folder / f"{number // _TOGETHER:04d}"
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{name}.yml").write_text(text, "utf-8")


def load(work: Path) -> dict[str, float]:
    """Run ``kb load`` and tell its seconds and the peak of its memory."""
    runmiao(work, "migrate")
    started = time.perf_counter()
    runmiao(work, "kb", "load", "--folder", str(work / "entries"))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"started": started, "seconds": time.perf_counter() - started, "peak_mb": peak}


def runmiao(work: Path, *words: str) -> None:
    """Run one command on the database of the measurement."""
    subprocess.run(
        [sys.executable, "-m", "app.cli", *words],
        cwd=ROOT,
        env={**os.environ, "RUNMIAO_DATA_FOLDER": str(work)},
        stdout=subprocess.DEVNULL,
        check=True,
    )


def edit(work: Path) -> dict[str, object]:
    """Hold the library as the service does, change one entry, and wait until it is found."""
    settings = Settings(data_folder=str(work))
    sessions = open_sessions(open_engine(settings.resolved_database_url))
    library = Library(sessions)
    started = time.perf_counter()
    library.refresh()
    held = time.perf_counter() - started
    entry = next(iter(library.snapshot.entries.values()))
    changed = entry.model_copy(update={"question": "紫檀木摆件报备期限是哪一天"})
    with transaction(sessions) as session:
        files = LibraryFiles(entries={changed.id: changed})
        load_files(session, files, editor=FILES, now=utc_now())
    saved = time.perf_counter()
    found = False
    while not found and time.perf_counter() - saved < _FOUND_WITHIN:
        library.refresh()
        hits = library.snapshot.index.search("紫檀木摆件报备期限")
        found = bool(hits) and hits[0].entry_id == changed.id
    return {
        "benchmark": "library_scale.edit",
        "entries": len(library.snapshot.entries),
        "wordings": len(library.snapshot.index),
        "first_index_seconds": round(held, 1),
        "edit_searchable_seconds": round(time.perf_counter() - saved, 3) if found else None,
        "process_peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    main()
