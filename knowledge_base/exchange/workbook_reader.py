"""A workbook read with care (读 XLSX): formulas, numbers and merged cells are refused by place."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from knowledge_base.exchange.archive import check_xml, open_archive, read_member, refused
from knowledge_base.exchange.cells import CellRefused
from knowledge_base.exchange.columns import tables
from knowledge_base.exchange.faults import ExchangeRefused, Fault, fault
from knowledge_base.exchange.rows import RawCell, Sheet, read_sheet

#: How an encrypted or old office file begins.
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_SPELLED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z0-9:]{2,30})"')
#: Every cell is kept until the next is read, so a row cannot be endless.
MOST_COLUMNS = 60


class _Reader(ExcelReader):
    """Reads texts as they are spelled; the library's own way loses ``x005F_``."""

    def read_strings(self) -> None:
        part = self.package.find(SHARED_STRINGS)
        if part is None:
            return
        with self.archive.open(part.PartName.lstrip("/")) as source:
            for _, node in iterparse(source):
                if node.tag == f"{{{SHEET_MAIN_NS}}}si":
                    text: Any = Text.from_tree(node)
                    self.shared_strings.append(text.content)
                    node.clear()


def read_workbook(content: bytes, name: str) -> tuple[dict[str, Sheet], list[Fault]]:
    """Read a workbook.

    Returns:
        The tables by name, and faults of the workbook as a whole.

    Raises:
        ExchangeRefused: It is no workbook, encrypted, or dangerous.
    """
    if content.startswith(OLD_OFFICE):
        raise refused(name, "encrypted")
    archive = open_archive(content, name)
    check_xml(archive, name)
    try:
        with warnings.catch_warnings(action="ignore"):
            reader = _Reader(io.BytesIO(content), read_only=True)
            reader.read()
            sheets = {each.title.strip(): each for each in reader.wb.worksheets}
            return _tables(sheets, archive, name)
    except ExchangeRefused:
        raise
    except Exception as error:  # a broken workbook fails anywhere within the library
        raise refused(name, "broken_file") from error


def _tables(
    sheets: dict[str, Any], archive: zipfile.ZipFile, name: str
) -> tuple[dict[str, Sheet], list[Fault]]:
    found: dict[str, Sheet] = {}
    faults: list[Fault] = []
    for table in tables().values():
        sheet = sheets.get(table.sheet)
        if sheet is None:
            faults.append(fault(table.sheet, None, "", "missing_sheet"))
            continue
        path = sheet._worksheet_path
        for reference in _MERGED.findall(read_member(archive, path.lstrip("/"), name)):
            value = reference.decode()
            faults.append(fault(table.sheet, None, "", "merged", value=value))
        found[table.name] = read_sheet(table, table.sheet, _lines(sheet))
    return found, faults


def _lines(sheet: Any) -> Iterator[tuple[int, Sequence[RawCell]]]:
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS), 1):
        cells = [_raw(cell) for cell in row]
        while cells and cells[-1] == "":
            cells.pop()
        yield number, cells


def _raw(cell: Any) -> RawCell:
    kind, value = cell.data_type, cell.value
    if value is None:
        return ""
    if kind == "f":
        return CellRefused("formula")
    if kind == "e":
        return CellRefused("error_cell", value=value)
    if kind == "b":
        return CellRefused("bool_cell")
    if kind == "d":
        return _day(value)
    if kind == "s" or isinstance(value, str):
        return _unspelled(str(value))
    return CellRefused("number")


def _day(value: Any) -> RawCell:
    if isinstance(value, datetime) and value.time() == time():
        return value.date()
    return value if type(value) is date else CellRefused("date_cell")


def _unspelled(text: str) -> str:
    return _SPELLED.sub(lambda match: chr(int(match[1], 16)), text)
