"""``runmiao evaluate``: the production search and understanding, measured on any set."""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.commands.gate import add_gate_verb
from app.understanding import MODEL, understand
from core.errors import InvalidInput
from core.settings import Settings
from knowledge_base.files import read_library
from knowledge_base.layer import Wording
from knowledge_base.library import wordings_of
from knowledge_base.search import SearchIndex, learn_meaning


def add_to(commands: Any) -> None:
    """Add the sub-command."""
    group = commands.add_parser("evaluate", help="评测检索和理解")
    verbs = group.add_subparsers(required=True, metavar="对象")
    retrieval = verbs.add_parser("retrieval", help="在任意问答集上评测检索（不看有效期）")
    retrieval.add_argument("--documents", type=Path, required=True)
    retrieval.add_argument("--queries", type=Path, required=True)
    retrieval.add_argument("--json", action="store_true", help="最后一行输出 JSON（本来就是）")
    retrieval.set_defaults(run=_retrieval)
    understanding = verbs.add_parser("understanding", help="评测对话行为和范围判断")
    understanding.add_argument("--file", type=Path, required=True)
    understanding.add_argument("--model", type=Path, default=MODEL, help="训练好的模型")
    understanding.add_argument("--json", action="store_true", help="最后一行输出 JSON（本来就是）")
    understanding.set_defaults(run=_understanding)
    add_gate_verb(verbs)


def read_rows(path: Path, keys: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Read JSON lines that must have string values under ``keys``.

    Raises:
        InvalidInput: The file is missing or empty, or a row lacks a key; the row is named.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise InvalidInput(reason=f"读不了 {path}：{error}") from error
    if not any(line.strip() for line in lines):
        raise InvalidInput(reason=f"{path} 是空的")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise InvalidInput(reason=f"{path} 第 {number} 行不是 JSON") from error
        missing = [key for key in keys if not isinstance(row.get(key), str)]
        if missing:
            raise InvalidInput(reason=f"{path} 第 {number} 行缺少 {'、'.join(missing)}")
        yield row


def _retrieval(given: argparse.Namespace, _: Settings) -> None:
    """Search foreign documents as our own are searched, with what our own library taught."""
    documents = list(read_rows(given.documents, ("doc_id", "question")))
    queries = list(read_rows(given.queries, ("query", "doc_id")))
    own = read_library().entries.values()
    meaning = learn_meaning(wording for entry in own for wording in wordings_of(entry))
    started = time.perf_counter()
    index = SearchIndex((Wording(row["doc_id"], row["question"]) for row in documents), meaning)
    build_seconds = time.perf_counter() - started
    ranks, millis = [], []
    for row in queries:
        started = time.perf_counter()
        found = [hit.entry_id for hit in index.search(row["query"], limit=10)]
        millis.append((time.perf_counter() - started) * 1000)
        ranks.append(found.index(row["doc_id"]) + 1 if row["doc_id"] in found else 0)
    count = len(queries)
    millis.sort()
    told = {f"hit{k}": round(sum(0 < r <= k for r in ranks) / count, 4) for k in (1, 3, 5)}
    told |= {
        "mrr": round(sum(1 / rank for rank in ranks if rank) / count, 4),
        "queries": count,
        "documents": len(documents),
        "build_seconds": round(build_seconds, 3),
        "query_ms_p50": round(millis[count // 2], 3),
        "query_ms_p99": round(millis[min(count - 1, int(count * 0.99))], 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    print(json.dumps(told, ensure_ascii=False))


def _understanding(given: argparse.Namespace, _: Settings) -> None:
    rows = list(read_rows(given.file, ("text",)))
    told_of = understand([row["text"] for row in rows], given.model)
    parsed = [told_of[row["text"]].act for row in rows]
    named = [(row, act) for row, act in zip(rows, parsed, strict=True) if row.get("intent")]
    scoped = [
        (bool(row["in_scope"]), act != "out_of_scope")
        for row, act in zip(rows, parsed, strict=True)
        if "in_scope" in row
    ]
    foreign = [taken for wanted, taken in scoped if not wanted]
    refused = [wanted for wanted, taken in scoped if not taken]
    told = {
        "rows": len(rows),
        "accuracy": _share(row["intent"] == act for row, act in named),
        "out_of_scope_recall": _share(not taken for taken in foreign),
        "out_of_scope_precision": _share(not wanted for wanted in refused),
    }
    print(json.dumps(told, ensure_ascii=False))


def _share(hits: Iterator[bool]) -> float | None:
    values = list(hits)
    return round(sum(values) / len(values), 4) if values else None
