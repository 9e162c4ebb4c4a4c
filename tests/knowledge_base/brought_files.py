"""Files as people bring them: workbooks and CSV made from rows, and what is told of them."""

from __future__ import annotations

import csv
import io
from typing import Any

from openpyxl import load_workbook

from knowledge_base.exchange.archive import pack
from knowledge_base.exchange.columns import tables
from knowledge_base.exchange.exchange import read_file, write_file
from knowledge_base.exchange.judge import Brought
from knowledge_base.schema import Document, Entry

Told = tuple[str, int | None, str, str]


def quiet(step: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def read(content: bytes, *registered: str, name: str = "条目.xlsx") -> Brought:
    return read_file(content, name, registered=registered, progress=quiet)


def told(brought: Brought) -> list[Told]:
    """Every fault as place, row, column and code."""
    return [(each.place, each.row, each.column, each.code) for each in brought.faults]


def workbook(*entries: Entry, documents: tuple[Document, ...] = ()) -> Any:
    """The exported workbook, open for changes as a person would make them."""
    content = write_file(entries, documents, format="xlsx")
    return load_workbook(io.BytesIO(content))


def saved(book: Any) -> bytes:
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def put(book: Any, sheet: str, row: int, head: str, value: Any) -> None:
    """Write a value below a heading."""
    cells = book[sheet]
    column = next(cell.column for cell in cells[1] if cell.value == head)
    cells.cell(row, column).value = value


def csv_tables(*entries: Entry, documents: tuple[Document, ...] = ()) -> dict[str, list[list[str]]]:
    """The exported CSV files by the name of their table, as rows."""
    from knowledge_base.exchange.exchange import write_files

    files = write_files(entries, documents, format="csv")
    return {
        table.sheet: list(
            csv.reader(io.StringIO(files[f"{table.sheet}.csv"].decode("utf-8-sig"), newline=""))
        )
        for table in tables().values()
    }


def csv_zip(rows: dict[str, list[list[str]]], encoding: str = "utf-8-sig") -> bytes:
    files = []
    for sheet, lines in rows.items():
        target = io.StringIO(newline="")
        csv.writer(target).writerows(lines)
        files.append((f"{sheet}.csv", target.getvalue().encode(encoding)))
    return pack(files)
