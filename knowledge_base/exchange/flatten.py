"""Entries and documents laid out as rows (条目展开成表): every field in a cell of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from knowledge_base.exchange.cells import write_cell
from knowledge_base.exchange.columns import Column, choices, tables, words
from knowledge_base.schema import Document, Entry

Row = list[str]
Rows = dict[str, list[Row]]


def rows_of(entries: Iterable[Entry], documents: Iterable[Document]) -> Rows:
    """Every table with its rows, by table name, entries and documents in the order of ids."""
    rows: Rows = {name: [] for name in tables()}
    for entry in sorted(entries, key=lambda each: each.id):
        for table, item in _items(entry.model_dump(by_alias=True)):
            rows[table].append(_row(table, item))
    for document in sorted(documents, key=lambda each: each.id):
        rows["documents"].append(_row("documents", document.model_dump()))
    return rows


def _row(table: str, item: dict[str, Any]) -> Row:
    return [write_cell(_value(item, column), column) for column in tables()[table].columns]


def _value(item: dict[str, Any], column: Column) -> Any:
    value: Any = item
    for step in column.path or ("",):
        if value is None:
            return None
        value = value[step]
    return value


def _items(entry: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of one entry: table name, and the item that the row shows."""
    owner = {"entry": entry["id"]}
    yield "entries", entry
    for text in entry["similar"]:
        yield "similar", owner | {"": text}
    for short in entry["short_answers"]:
        yield "short_answers", owner | short
    for kind in ("claims", "traps"):
        for claim in entry[kind]:
            yield "claims", owner | {"kind": kind} | claim
    for claim in (*entry["claims"], *entry["traps"]):
        for basis in claim["basis"]:
            yield "bases", owner | {"used_by": claim["id"]} | basis
    if entry["handling"] is not None:
        yield from _handling(owner, entry["handling"])


def _handling(
    owner: dict[str, str], handling: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in choices()["handling_part"]:
        value = handling[part]
        if part == "certainty":
            value = choices()["certainty"][value]
        for text in value if isinstance(value, list | tuple) else (value,):
            if text is not None:
                yield "handling", owner | {"part": part, "": text}
    for basis in handling["basis"]:
        yield "bases", owner | {"used_by": words()["handling"]} | basis
