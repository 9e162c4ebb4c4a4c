"""The library as CSV (写和读 CSV): one file for each table, UTF-8 with a mark, for any spreadsheet.

A text that a spreadsheet would take for a formula gets an apostrophe before it, and so does one
that begins with an apostrophe; reading takes it away again.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from knowledge_base.exchange.archive import MOST_BYTES
from knowledge_base.exchange.columns import help_sheet, tables, words
from knowledge_base.exchange.faults import Fault, fault
from knowledge_base.exchange.flatten import Rows
from knowledge_base.exchange.rows import RawCell, Sheet, read_sheet

GUARD = "'"
_GUARDED = tuple("=+-@\t\r\n＝＋－＠") + (GUARD,)
csv.field_size_limit(MOST_BYTES)


def write_csv(rows: Rows) -> dict[str, bytes]:
    """Write the tables as CSV files by name, with one that explains them."""
    files = {f"{help_sheet()}.csv": _file(help_rows())}
    for name, table in tables().items():
        heads = [column.head for column in table.columns]
        files[f"{table.sheet}.csv"] = _file([heads, *rows[name]])
    return files


def help_rows() -> list[list[str]]:
    """What the sheet that explains the others says."""
    told = words()["help"]
    rows = [told["heads"], *([line, "", "", "", ""] for line in told["lines"])]
    for table in tables().values():
        rows.append([table.sheet, "", "", table.help, ""])
        for column in table.columns:
            needed = told["needed"] if column.needed else ""
            choices = "、".join(column.labels.values())
            rows.append(["", column.head, needed, column.help, choices])
    return rows


def _file(rows: Sequence[Sequence[str]]) -> bytes:
    target = io.StringIO(newline="")
    csv.writer(target).writerows([_guarded(text) for text in row] for row in rows)
    return target.getvalue().encode("utf-8-sig", "surrogatepass")


def _guarded(text: str) -> str:
    return GUARD + text if text.startswith(_GUARDED) else text


def _unguarded(text: str) -> str:
    guarded = text.startswith(GUARD) and text[1:].startswith(_GUARDED)
    return text[1:] if guarded else text


def read_csv(files: Mapping[str, bytes]) -> tuple[dict[str, Sheet], list[Fault]]:
    """Read CSV files by name.

    Returns:
        The tables by name, and faults of whole files.
    """
    found: dict[str, Sheet] = {}
    faults: list[Fault] = []
    for table in tables().values():
        name = f"{table.sheet}.csv"
        if name not in files:
            faults.append(fault(name, None, "", "missing_sheet"))
            continue
        try:
            text = files[name].decode("utf-8-sig")
        except UnicodeDecodeError:
            faults.append(fault(name, None, "", "not_utf8"))
            continue
        found[table.name] = read_sheet(table, name, _lines(name, text, faults))
    return found, faults


def _lines(name: str, text: str, faults: list[Fault]) -> Iterator[tuple[int, Sequence[RawCell]]]:
    """Records by number, which is the row that a spreadsheet shows."""
    number = 0
    try:
        for number, record in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), 1):
            yield number, [_unguarded(cell) for cell in record]
    except csv.Error:
        faults.append(fault(name, number + 1, "", "bad_csv"))
