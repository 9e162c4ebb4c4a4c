"""``runmiao evaluate``: the production search and understanding, measured on any set."""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.commands.gate import add_gate_verb
from app.embedding import with_embedding
from app.json_rows import read_rows
from app.understanding import MODEL, understand
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


def _retrieval(given: argparse.Namespace, settings: Settings) -> None:
    """Search foreign documents as our own are searched, with what our own library taught."""
    documents = read_rows(given.documents, ("doc_id", "question"))
    queries = read_rows(given.queries, ("query", "doc_id"))
    wordings = _wordings(documents)
    strange = sum(row["doc_id"] not in wordings for row in queries)
    _warn(len(documents) - len(wordings), "行的 doc_id 前面已有，算同一份文件的另一种问法")
    _warn(strange, f"行的 doc_id 不在 {given.documents} 里，算没有找到")
    own = read_library().entries.values()
    meaning = learn_meaning(wording for entry in own for wording in wordings_of(entry))
    started = time.perf_counter()
    index = SearchIndex((Wording(row["doc_id"], row["question"]) for row in documents), meaning)
    index = with_embedding(settings, index, wordings)
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
        "queries_without_document": strange,
        "documents": len(wordings),
        "build_seconds": round(build_seconds, 3),
        "query_ms_p50": round(millis[count // 2], 3),
        "query_ms_p99": round(millis[min(count - 1, int(count * 0.99))], 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    print(json.dumps(told, ensure_ascii=False))


def _wordings(documents: list[dict[str, Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in documents:
        found[row["doc_id"]].append(row["question"])
    return found


def _warn(count: int, what: str) -> None:
    if count:
        print(f"注意：有 {count} {what}", file=sys.stderr)


def _understanding(given: argparse.Namespace, _: Settings) -> None:
    rows = read_rows(given.file, ("text",), optional={"intent": str, "in_scope": int})
    told_of = understand([row["text"] for row in rows], given.model)
    parsed = [told_of[row["text"]].act for row in rows]
    named = [(row, act) for row, act in zip(rows, parsed, strict=True) if row.get("intent")]
    scoped = [
        (bool(row["in_scope"]), act != "out_of_scope")
        for row, act in zip(rows, parsed, strict=True)
        if row.get("in_scope") is not None
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
