"""Figures as a workbook (导出 XLSX): 总览, 分类, 周, 定义; figures are numbers, words are text."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from appeals.figures import Told
from appeals.figures_period import Period
from appeals.figures_tally import STARS, Figures
from appeals.figures_words import FigureMeant, figures_meant, rules_meant, words
from core.clock import china_time

_FORMATS = {"count": "0", "share": "0.0%", "minutes": "#,##0", "days": "0", "rating": "0.00"}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
_HEAD = PatternFill("solid", fgColor="DDEBF7")
_NAME_WIDTH, _FIGURE_WIDTH, _MEANING_WIDTH = 34, 12, 100
Cells = Sequence[Any]


@dataclass(frozen=True)
class Made:
    """When and by whom a workbook was made."""

    at: datetime
    by: str


def write_book(told: Told, before: Told, made: Made) -> bytes:
    """Write the figures of a period, beside those of the period before.

    Args:
        told: The period, with its groups; ``week`` among them.
        before: The period before.
        made: When and by whom.

    Returns:
        The file.
    """
    book = Workbook(write_only=True)
    book.properties.creator = words()["book"]["creator"]
    _write_summary(book, told, before, made)
    _write_groups(book, told)
    _write_weeks(book, told)
    _write_meanings(book)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def book_name(period: Period) -> str:
    """The name of the file."""
    return str(words()["book"]["file"]).format(first=period.first, last=period.last)


def _write_summary(book: Workbook, told: Told, before: Told, made: Made) -> None:
    said = words()["book"]
    sheet = _sheet(book, "summary", (_NAME_WIDTH, 16, 16, 16, 16), freeze="B7")
    sheet.append([_bold(sheet, said["title"])])
    for label, period in ((said["period"], told.period), (said["before"], before.period)):
        span = said["span"].format(first=period.first, last=period.last)
        sheet.append([_text(sheet, label), _text(sheet, span)])
    moment = f"{china_time(made.at):%Y-%m-%d %H:%M:%S}"
    sheet.append([_text(sheet, said["made"]), _text(sheet, moment)])
    sheet.append([_text(sheet, said["maker"]), _text(sheet, made.by)])
    sheet.append(
        _heads(sheet, [said["figure"], said["this_period"], said["before"], said["difference"]])
    )
    for each in figures_meant():
        now, then = told.total.values[each.code], before.total.values[each.code]
        change = None if now is None or then is None else round(now - then, 4)
        numbers = [_number(sheet, value, each.format) for value in (now, then, change)]
        sheet.append([_text(sheet, each.label), *numbers])
    _write_lists(sheet, told)


def _write_lists(sheet: Any, told: Told) -> None:
    """Below the summary: promises by round, ratings, how long answers took."""
    said = words()["book"]
    sheet.append([])
    sheet.append([_bold(sheet, said["rounds"])])
    sheet.append(_heads(sheet, said["rounds_head"]))
    for each in told.total.rounds:
        counts = [_number(sheet, each[s], "count") for s in ("on_time", "breached", "pending")]
        label = said["round"].format(round=each["round"])
        sheet.append([_text(sheet, label), *counts, _number(sheet, each["on_time_share"], "share")])
    sheet.append([])
    sheet.append([_bold(sheet, said["ratings"])])
    sheet.append(_heads(sheet, said["ratings_head"]))
    if told.total.ratings is None:
        sheet.append([_text(sheet, words()["hidden"].format(least=words()["least_cell"]))])
    for star, count in zip(STARS, told.total.ratings or (), strict=False):
        label = said["stars"].format(star=star)
        sheet.append([_text(sheet, label), _number(sheet, count, "count")])
    sheet.append([])
    sheet.append([_bold(sheet, said["buckets"])])
    sheet.append(_heads(sheet, said["buckets_head"]))
    for bucket in told.answers_took:
        sheet.append([_text(sheet, bucket["label"]), _number(sheet, bucket["count"], "count")])


def _write_groups(book: Workbook, told: Told) -> None:
    said, figures = words()["book"], figures_meant()
    widths = (12, _NAME_WIDTH, *(_FIGURE_WIDTH for _ in figures))
    sheet = _sheet(book, "groups", widths, freeze="C2")
    sheet.append(_heads(sheet, [said["group"], said["name"], *(each.label for each in figures)]))
    for by, rows in told.groups.items():
        if by == "week":
            continue
        for row in rows:
            sheet.append([_text(sheet, words()["by"][by]), *_row(sheet, row, figures)])


def _write_weeks(book: Workbook, told: Told) -> None:
    said, figures = words()["book"], figures_meant()
    widths = (_NAME_WIDTH, *(_FIGURE_WIDTH for _ in figures))
    sheet = _sheet(book, "weeks", widths, freeze="B2")
    sheet.append(_heads(sheet, [said["week"], *(each.label for each in figures)]))
    for row in told.groups["week"]:
        sheet.append(_row(sheet, row, figures))


def _write_meanings(book: Workbook) -> None:
    said = words()["book"]
    sheet = _sheet(book, "meanings", (24, 14, _MEANING_WIDTH), freeze="A2")
    sheet.append(_heads(sheet, [said["figure"], said["unit"], said["meaning"]]))
    for rule in rules_meant():
        sheet.append([_text(sheet, rule.label), None, _text(sheet, rule.meaning)])
    for each in figures_meant():
        unit = said["formats"][each.format]
        sheet.append([_text(sheet, text) for text in (each.label, unit, each.meaning)])


def _row(sheet: Any, row: Figures, figures: Sequence[FigureMeant]) -> Cells:
    numbers = [_number(sheet, row.values[each.code], each.format) for each in figures]
    return [_text(sheet, row.label), *numbers]


def _sheet(book: Workbook, name: str, widths: Sequence[int], *, freeze: str) -> Any:
    sheet = book.create_sheet(words()["book"]["sheets"][name])
    sheet.freeze_panes = freeze
    for place, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    return sheet


def _heads(sheet: Any, labels: Sequence[str]) -> Cells:
    cells = [_bold(sheet, label) for label in labels]
    for cell in cells:
        cell.fill = _HEAD
    return cells


def _bold(sheet: Any, label: str) -> Any:
    cell = _text(sheet, label)
    cell.font = Font(bold=True)
    return cell


def _text(sheet: Any, words_: str) -> Any:
    """A cell of words; what begins with ``=`` stays what it is and computes nothing."""
    cell = WriteOnlyCell(sheet)
    cell.value = _NOT_IN_XML.sub("", words_)
    cell.data_type = "s"
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _number(sheet: Any, value: float | None, format: str) -> Any:
    """A number in its format; what cannot be told stays empty."""
    if value is None:
        return None
    cell = WriteOnlyCell(sheet, value)
    cell.number_format = _FORMATS[format]
    return cell
