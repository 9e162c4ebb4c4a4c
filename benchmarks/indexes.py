"""The engines that are compared (被对比的引擎), each built from documents and asked the same way.

What each is given: ours the text as it is; ``rank_bm25``, ``bm25s`` and ``fts5`` single characters
and runs of latin or digits; ``bm25s_words`` and ``postgres`` the words of our segmenter with its
tax dictionary; ``fts5_trigram`` every three characters in a row, which is that tokenizer's way.
All others have the text in one script, width and case first. Any of a question's tokens may match.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import bm25s
import numpy as np
import psycopg
from rank_bm25 import BM25Okapi

from answers.decide import decide
from answers.frame import Query, read_frame
from knowledge_base.files import read_library
from knowledge_base.layer import Wording
from knowledge_base.library import Snapshot, wordings_of
from knowledge_base.normalise import clean, words
from knowledge_base.search import SearchIndex, learn_meaning
from tests.postgres import running_postgres

OURS = "runmiao"
_TODAY = date(2026, 11, 20)
_EDITED = "紫檀木摆件报备期限是哪一天"
_CHARACTERS = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?%?|[\u4e00-\u9fff]")
_RUNS = re.compile(r"[a-z0-9\u4e00-\u9fff]{3,}")
_MB = 1024 * 1024

#: A document's id and its text; what is asked gives ids, the best first.
Document = tuple[str, str]
Find = Callable[[str, int], list[str]]
Tokens = Callable[[str], list[str]]


@dataclass
class Index:
    """What can be asked, and what it takes outside of this process."""

    find: Find
    disk_mb: float = 0.0
    outside_mb: Callable[[], float] = lambda: 0.0
    outside_seconds: Callable[[], float] = lambda: 0.0
    edit: Callable[[], None] | None = None  # adds a document and finds it


def characters(text: str) -> list[str]:
    """Single characters, and runs of latin or digits."""
    return _CHARACTERS.findall(clean(text))


def segmented(text: str) -> list[str]:
    """The words of a text."""
    return words(clean(text))


def trigrams(text: str) -> list[str]:
    """Every three characters in a row."""
    runs = _RUNS.findall(clean(text))
    return [run[at : at + 3] for run in runs for at in range(len(run) - 2)]


@contextmanager
def ours(documents: Sequence[Document], _folder: Path) -> Iterator[Index]:
    """The production search, with what our own library taught, and the decision after it."""
    entries = list(read_library().entries.values())
    own = [each for entry in entries for each in wordings_of(entry)]
    index = SearchIndex((Wording(*each) for each in documents), learn_meaning(own))
    # Foreign documents are no entries: each is decided on as if it were one of ours.
    snapshot = Snapshot(0, defaultdict(lambda: entries[0]), {}, {}, index)

    def find(question: str, limit: int) -> list[str]:
        hits = index.search(question, limit=limit)
        frame = read_frame(Query(question, _TODAY), index.mended(question))
        decide(frame, hits, snapshot)
        return [hit.entry_id for hit in hits]

    def edit() -> None:
        after = index.changed([Wording("edited", _EDITED)], ["edited"])
        assert after.search(_EDITED)[0].entry_id == "edited"

    yield Index(find, edit=edit)


@contextmanager
def rank_bm25(documents: Sequence[Document], _folder: Path) -> Iterator[Index]:
    """rank_bm25's BM25Okapi over characters."""
    engine = BM25Okapi([characters(text) for _, text in documents])

    def find(question: str, limit: int) -> list[str]:
        scores = engine.get_scores(characters(question))
        best = np.argpartition(-scores, limit)[:limit]
        return [documents[place][0] for place in best[np.argsort(-scores[best], kind="stable")]]

    yield Index(find)


def with_bm25s(tokens: Tokens) -> Callable[[Sequence[Document], Path], _Engine]:
    """bm25s with its default method over some tokens."""

    @contextmanager
    def engine(documents: Sequence[Document], _folder: Path) -> Iterator[Index]:
        built = bm25s.BM25()
        built.index([tokens(text) for _, text in documents], show_progress=False)

        def find(question: str, limit: int) -> list[str]:
            asked = [token for token in tokens(question) if token in built.vocab_dict]
            if not asked:
                return []
            places = built.retrieve([asked], k=limit, show_progress=False).documents[0]
            return [documents[place][0] for place in places]

        yield Index(find)

    return engine


def with_fts5(tokens: Tokens, tokenizer: str) -> Callable[[Sequence[Document], Path], _Engine]:
    """SQLite's FTS5 with its own bm25; what it is given stands between blanks, or as it is."""
    is_spaced = tokenizer != "trigram"

    @contextmanager
    def engine(documents: Sequence[Document], folder: Path) -> Iterator[Index]:
        file = folder / f"{tokenizer}.db"
        file.unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(file)) as database:
            database.execute(f"create virtual table said using fts5(text, tokenize='{tokenizer}')")
            texts = (" ".join(tokens(text)) if is_spaced else clean(text) for _, text in documents)
            database.executemany("insert into said values (?)", ((text,) for text in texts))
            database.execute("insert into said(said) values ('optimize')")
            database.commit()

            def find(question: str, limit: int) -> list[str]:
                asked = " OR ".join(f'"{each}"' for each in dict.fromkeys(tokens(question)))
                if not asked:
                    return []
                rows = database.execute(
                    "select rowid from said where said match ? order by rank limit ?",
                    (asked, limit),
                )
                return [documents[row - 1][0] for (row,) in rows]

            yield Index(find, disk_mb=file.stat().st_size / _MB)

    return engine


@contextmanager
def postgres(documents: Sequence[Document], _folder: Path) -> Iterator[Index]:
    """PostgreSQL: a tsvector of words with a GIN index, ranked by ts_rank."""
    with running_postgres() as url, psycopg.connect(url.replace("+psycopg", "")) as database:
        database.execute("create table said (place integer primary key, terms tsvector)")
        with database.cursor().copy("copy said from stdin") as copy:
            for place, (_, text) in enumerate(documents):
                copy.write_row((place, " ".join(f"'{each}'" for each in set(segmented(text)))))
        database.execute("create index on said using gin (terms)")
        database.commit()
        database.autocommit = True
        database.execute("vacuum analyze said")

        def find(question: str, limit: int) -> list[str]:
            asked = " | ".join(f"'{each}'" for each in dict.fromkeys(segmented(question)))
            if not asked:
                return []
            rows = database.execute(
                "select place from said where terms @@ %(asked)s::tsquery"
                " order by ts_rank(terms, %(asked)s::tsquery) desc, place limit %(limit)s",
                {"asked": asked, "limit": limit},
            )
            return [documents[place][0] for (place,) in rows]

        told = database.execute("select pg_backend_pid(), pg_total_relation_size('said')")
        pid, size = told.fetchone() or (0, 0)
        yield Index(find, size / _MB, partial(_peak_mb, pid), partial(_seconds, pid))


def _seconds(pid: int) -> float:
    """What processors have spent on a process."""
    return int(Path(f"/proc/{pid}/schedstat").read_text("ascii").split()[0]) / 1e9


def _peak_mb(pid: int) -> float:
    """The peak memory of a process, the buffers that it shares among it."""
    told = Path(f"/proc/{pid}/status").read_text("ascii")
    return int(re.findall(r"VmHWM:\s+(\d+)", told)[0]) / 1024


#: Builds an index of documents; the folder is for files.
_Engine = AbstractContextManager[Index]

ENGINES: dict[str, Callable[[Sequence[Document], Path], _Engine]] = {
    OURS: ours,
    "bm25s": with_bm25s(characters),
    "bm25s_words": with_bm25s(segmented),
    "rank_bm25": rank_bm25,
    "fts5": with_fts5(characters, "unicode61"),
    "fts5_trigram": with_fts5(trigrams, "trigram"),
    "postgres": postgres,
}
