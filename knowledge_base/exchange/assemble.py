"""Rows put together into entries and documents (表格拼成条目), each value with its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from knowledge_base.exchange.cells import CellRefused, read_cell
from knowledge_base.exchange.columns import choices, tables, words
from knowledge_base.exchange.faults import Fault, fault
from knowledge_base.exchange.rows import Row, Sheet

Location = tuple[str | int, ...]
_LISTS = ("steps", "materials", "channels")


@dataclass
class Item:
    """An entry or a document as plain data, and where each part of it stands."""

    data: dict[str, Any]
    places: dict[Location, tuple[Sheet, Row]] = field(default_factory=dict)

    def fault_at(self, location: Location, code: str, **values: object) -> Fault:
        """A fault at the row and column that ``location`` came from."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.places:
                sheet, row = self.places[location[:length]]
                return fault(
                    sheet.place, row.number, _head(sheet, location[length:]), code, **values
                )
        raise KeyError(location)


def _head(sheet: Sheet, rest: Location) -> str:
    """The heading of the column for the rest of a location; else the sheet that is meant."""
    for column in sheet.table.columns:
        if column.path == rest[: len(column.path)] and (column.path or not rest):
            return column.head
    if rest and rest[0] in tables():
        return tables()[str(rest[0])].sheet
    return sheet.table.columns[0].head


def assemble(sheets: Mapping[str, Sheet]) -> tuple[list[Item], list[Item], list[Fault]]:
    """Put the rows of all sheets together.

    Returns:
        Entries, documents, and faults about rows that belong nowhere or stand twice.
    """
    faults: list[Fault] = []
    entries = _numbered(sheets.get("entries"), faults)
    documents = _numbered(sheets.get("documents"), faults)
    for name, take in _TAKERS.items():
        sheet = sheets.get(name)
        if sheet is None:
            continue
        head = sheet.table.column("entry").head
        for row in sheet.rows:
            owner = row.raw.get("entry", "")
            if owner in entries:
                take(entries[owner], sheet, row, faults)
            elif owner and "entries" in sheets:
                faults.append(
                    fault(sheet.place, row.number, head, "unknown_parent", value=owner[:40])
                )
    return list(entries.values()), list(documents.values()), faults


def _numbered(sheet: Sheet | None, faults: list[Fault]) -> dict[str, Item]:
    """One item for each row, by its id as written."""
    items: dict[str, Item] = {}
    for row in sheet.rows if sheet else ():
        assert sheet is not None
        name = row.raw.get("id", "")
        if name in items and name:
            other = items[name].places[()][1].number
            faults.append(
                fault(sheet.place, row.number, sheet.table.column("id").head, "duplicate_id",
                      value=name, other=other)
            )  # fmt: skip
            continue
        data = _nested(row, skip=())
        if sheet.table.name == "documents":
            data.setdefault("number", None)
        items[name or f"\n{row.number}"] = Item(data, {(): (sheet, row)})
    return items


def _nested(row: Row, *, skip: tuple[str, ...]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in row.values.items():
        if name in skip:
            continue
        *path, last = name.split(".")
        inner = data
        for step in path:
            inner = inner.setdefault(step, {})
        inner[last] = value
    return data


def _take_similar(item: Item, sheet: Sheet, row: Row, _: list[Fault]) -> None:
    if "" in row.values:
        _append(item, ("similar",), row.values[""], sheet, row)


def _take_short(item: Item, sheet: Sheet, row: Row, _: list[Fault]) -> None:
    _append(item, ("short_answers",), _nested(row, skip=("entry",)), sheet, row)


def _take_claim(item: Item, sheet: Sheet, row: Row, _: list[Fault]) -> None:
    kind = row.values.get("kind", "claims")
    _append(item, (kind,), _nested(row, skip=("entry", "kind")), sheet, row)


def _take_handling(item: Item, sheet: Sheet, row: Row, faults: list[Fault]) -> None:
    part, text = row.values.get("part"), row.values.get("")
    if part is None or text is None:
        return
    handling = item.data.setdefault("handling", {})
    item.places.setdefault(("handling",), (sheet, row))
    if part in _LISTS:
        _append(item, ("handling", part), text, sheet, row)
        return
    head = sheet.table.column("").head
    if part in handling:
        faults.append(fault(sheet.place, row.number, head, "handling_twice"))
        return
    try:
        handling[part] = read_cell(text, _CERTAINTY) if part == "certainty" else text
    except CellRefused as refused:
        handling[part] = "unverified"
        faults.append(fault(sheet.place, row.number, head, refused.code, **refused.values))
    item.places[("handling", part)] = (sheet, row)


def _take_basis(item: Item, sheet: Sheet, row: Row, faults: list[Fault]) -> None:
    user = row.values.get("used_by", "").strip()
    basis = _nested(row, skip=("entry", "used_by"))
    if not user:
        return
    if user == words()["handling"]:
        item.data.setdefault("handling", {})
        item.places.setdefault(("handling",), (sheet, row))
        _append(item, ("handling", "basis"), basis, sheet, row)
        return
    for kind in choices()["claim_kind"]:
        for number, claim in enumerate(item.data.get(kind, ())):
            if claim.get("id") == user:
                _append(item, (kind, number, "basis"), basis, sheet, row)
                return
    faults.append(
        fault(sheet.place, row.number, sheet.table.column("used_by").head, "unknown_claim",
              entry=row.raw["entry"], value=user[:40])
    )  # fmt: skip


def _append(item: Item, path: Location, value: Any, sheet: Sheet, row: Row) -> None:
    inner: Any = item.data
    for step in path[:-1]:
        inner = inner[step]
    found = inner.setdefault(path[-1], [])
    found.append(value)
    item.places[(*path, len(found) - 1)] = (sheet, row)


_CERTAINTY = tables()["claims"].column("certainty")
#: Bases come last: they look for the claim that they stand under.
_TAKERS = {
    "similar": _take_similar,
    "short_answers": _take_short,
    "claims": _take_claim,
    "handling": _take_handling,
    "bases": _take_basis,
}
