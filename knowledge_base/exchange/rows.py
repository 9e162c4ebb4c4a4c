"""Rows as a sheet or a CSV file gives them (读取表格): headings matched and cells read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from knowledge_base.exchange.cells import CellRefused, read_cell
from knowledge_base.exchange.columns import Column, Table
from knowledge_base.exchange.faults import Fault, fault

#: A cell as read: text, a day that a spreadsheet keeps as one, or why it cannot be used.
RawCell = str | date | CellRefused
MOST_ROWS = 1_000_000


@dataclass(frozen=True)
class Row:
    """One row with its values by field; what could not be read is absent."""

    number: int
    values: dict[str, Any]
    raw: dict[str, str]


@dataclass
class Sheet:
    """One table as read."""

    table: Table
    place: str
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_sheet(table: Table, place: str, lines: Iterable[tuple[int, Sequence[RawCell]]]) -> Sheet:
    """Read a table.

    Args:
        table: Which one it is.
        place: What the sheet or file is called in faults.
        lines: Row numbers with cells; the first is the heading.
    """
    sheet = Sheet(table, place)
    rest = iter(lines)
    number, heading = next(rest, (1, ()))
    columns = _columns(sheet, number, heading)
    if not columns:
        return sheet
    for number, cells in rest:
        if not any(not isinstance(cell, str) or cell.strip() for cell in cells):
            continue
        if len(sheet.rows) == MOST_ROWS:
            sheet.faults.append(fault(place, number, "", "too_many_rows", most=MOST_ROWS))
            break
        sheet.rows.append(_row(sheet, number, cells, columns))
    return sheet


def _columns(sheet: Sheet, number: int, heading: Sequence[RawCell]) -> list[Column | None]:
    heads = [cell.strip() if isinstance(cell, str) else "" for cell in heading]
    while heads and not heads[-1]:
        heads.pop()
    if not heads:
        sheet.faults.append(fault(sheet.place, number, "", "headless"))
        return []
    known = {column.head: column for column in sheet.table.columns}
    for head in dict.fromkeys(heads):
        if head not in known:
            sheet.faults.append(fault(sheet.place, number, head or "（空）", "unknown_column"))
        elif heads.count(head) > 1:
            sheet.faults.append(fault(sheet.place, number, head, "same_column"))
    for head in known:
        if head not in heads:
            sheet.faults.append(fault(sheet.place, number, head, "missing_column"))
    return [known.get(head) for head in heads]


def _row(sheet: Sheet, number: int, cells: Sequence[RawCell], columns: list[Column | None]) -> Row:
    row = Row(number, {}, {})
    for column, cell in zip(columns, cells, strict=False):
        if column is None:
            continue
        row.raw[column.field] = cell.strip() if isinstance(cell, str) else ""
        try:
            value = _value(cell, column)
            if value is None and column.needed:
                raise CellRefused("empty")
            if value is not None:
                row.values[column.field] = value
        except CellRefused as refused:
            sheet.faults.append(
                fault(sheet.place, number, column.head, refused.code, **refused.values)
            )
    for column in _cut_off(columns, len(cells)):
        if column.needed:
            sheet.faults.append(fault(sheet.place, number, column.head, "empty"))
    if any(not isinstance(cell, str) or cell.strip() for cell in cells[len(columns) :]):
        sheet.faults.append(fault(sheet.place, number, "", "surplus"))
    return row


def _cut_off(columns: list[Column | None], given: int) -> Iterator[Column]:
    """Columns that a short row does not reach."""
    return (column for column in columns[given:] if column is not None)


def _value(cell: RawCell, column: Column) -> Any:
    if isinstance(cell, CellRefused):
        raise cell
    if isinstance(cell, date):
        if column.kind != "date":
            raise CellRefused("date_cell")
        return cell
    return read_cell(cell, column)
