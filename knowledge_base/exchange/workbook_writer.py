"""The library as one workbook (写 XLSX): help first, then a sheet for each table.

Equal libraries give equal bytes: no time and no name of a machine stands in the file.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, NamedStyle, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from knowledge_base.exchange.archive import pack
from knowledge_base.exchange.columns import Column, Table, help_sheet, tables, words
from knowledge_base.exchange.csv_files import help_rows
from knowledge_base.exchange.faults import ExchangeNotWritten, Fault, fault
from knowledge_base.exchange.flatten import Rows

#: What Excel can hold.
MOST_IN_CELL = 32_767
MOST_ROWS = 1_048_576
#: How far down choices are offered.
LAST_CHECKED_ROW = 100_000
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_CREATED = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(<)")
_FIXED_TIME = rb"\g<1>2000-01-01T00:00:00Z\g<3>"


def write_workbook(rows: Rows) -> bytes:
    """Write the tables as XLSX.

    Raises:
        ExchangeNotWritten: A text or a table is longer than a sheet can hold.
    """
    faults = [each for name, table in tables().items() for each in _too_long(table, rows[name])]
    if faults:
        raise ExchangeNotWritten(faults)
    book = Workbook(write_only=True)
    style = _text_style()
    book.add_named_style(style)
    _write_help(book)
    for name, table in tables().items():
        _write_table(book, table, rows[name], style)
    book.properties.creator = "RunMiao"
    target = io.BytesIO()
    book.save(target)
    return _without_times(target.getvalue())


def _too_long(table: Table, rows: Sequence[Sequence[str]]) -> Iterable[Fault]:
    if len(rows) + 1 > MOST_ROWS:
        yield fault(table.sheet, None, "", "many_rows", count=len(rows), most=MOST_ROWS)
    for number, row in enumerate(rows, 2):
        for column, text in zip(table.columns, row, strict=True):
            if _length(text) > MOST_IN_CELL:
                yield fault(
                    table.sheet, number, column.head, "long_text",
                    most=MOST_IN_CELL, count=len(text),
                )  # fmt: skip


def _length(text: str) -> int:
    """In units of UTF-16, as Excel counts, with what escaping adds."""
    if len(text) * 7 <= MOST_IN_CELL:
        return len(text)
    return len(_spelled(text).encode("utf-16-le", "surrogatepass")) // 2


def _text_style() -> NamedStyle:
    """Cells are text, so no program turns a number, a date or a ``=`` into something else."""
    style = NamedStyle("文本")
    style.number_format = "@"
    style.alignment = Alignment(wrap_text=True, vertical="top")
    return style


def _write_help(book: Workbook) -> None:
    sheet = book.create_sheet(help_sheet())
    for letter, width in zip("ABCDE", (14, 18, 8, 60, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    heads, *rows = help_rows()
    sheet.append([_head_cell(sheet, head) for head in heads])
    for first, *rest in rows:
        sheet.append([_bold(sheet, first) if first else None, *rest])


def _write_table(
    book: Workbook, table: Table, rows: Sequence[Sequence[str]], style: NamedStyle
) -> None:
    sheet = book.create_sheet(table.sheet)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(table.columns, 1):
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = column.width
        sheet.data_validations.append(_hint(column, letter))
    sheet.append([_head_cell(sheet, column.head) for column in table.columns])
    for row in rows:
        sheet.append([_text_cell(sheet, text, style) for text in row])


def _hint(column: Column, letter: str) -> DataValidation:
    """What a cell may hold, shown when it is chosen; choices are offered as a list."""
    single = column.kind in ("choice", "flag")
    hint = DataValidation(
        type="list" if single else None,
        formula1=f'"{",".join(column.labels.values())}"' if single else None,
        allow_blank=not column.needed,
        showErrorMessage=single,
        showInputMessage=True,
        promptTitle=column.head,
        prompt=column.help[:250],
    )
    if single:
        hint.error = words()["help"]["choose"]
    hint.add(f"{letter}2:{letter}{LAST_CHECKED_ROW}")
    return hint


def _head_cell(sheet: Any, text: str) -> Any:
    cell = _bold(sheet, text)
    cell.fill = PatternFill("solid", fgColor="DDEBF7")
    return cell


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _text_cell(sheet: Any, text: str, style: NamedStyle) -> Any:
    if text == "":
        return None
    cell = WriteOnlyCell(sheet)
    cell.value = _spelled(text)
    cell.data_type = "s"  # what begins with = is no formula
    cell.style = style.name
    return cell


def _spelled(text: str) -> str:
    """Signs that XML cannot hold are spelled the way Excel spells them: ``_x000D_``."""
    return _NOT_IN_XML.sub(lambda sign: f"_x{ord(sign[0]):04X}_", text)


def _without_times(content: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = [(name, archive.read(name)) for name in archive.namelist()]
    return pack(
        (name, _CREATED.sub(_FIXED_TIME, part) if name == "docProps/core.xml" else part)
        for name, part in files
    )
