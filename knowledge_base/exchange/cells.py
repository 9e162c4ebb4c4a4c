"""One cell (单元格): how a value is written in it and read from it, without loss.

An absent value is an empty cell, so an empty text is written ``""``. Items of a list stand
between ``；``; within an item ``；``, a backslash and outer spaces stand after a backslash.
"""

from __future__ import annotations

import re
from datetime import date
from enum import Enum
from typing import Any

from knowledge_base.exchange.columns import Column

LIST_MARK = "；"
_EMPTY = '""'
_NOTHING = r"\e"  # an empty item of a list
_LOOKS_EMPTY = re.compile(r'\\*""')
_DATE = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
#: What the tables of the database hold.
LONGEST_ID = 80


class CellRefused(Exception):
    """A cell cannot be used; ``code`` names the sentence that says why."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


def write_cell(value: Any, column: Column) -> str:
    """The text of a cell; empty for None."""
    if value is None:
        return ""
    if column.kind == "list":
        return LIST_MARK.join(_escaped_item(_named(each, column)) for each in value)
    if column.kind == "choice":
        return _named(value, column)
    if column.kind == "flag":
        return column.labels["true"] if value else ""
    if isinstance(value, date):
        return value.isoformat()
    return _escaped(str(value))


def read_cell(text: str, column: Column) -> Any:
    """What a cell means; None for an empty one.

    Raises:
        CellRefused: It cannot be used in this column.
    """
    if column.kind == "text":
        return None if text == "" else _unescaped(text)
    if column.kind == "list":
        return [_coded(each, column) for each in _items(text)] or None
    text = text.strip()
    if not text:
        return None
    if column.kind == "choice":
        return _coded(text, column)
    if column.kind == "flag":
        return _coded(text, column) == "true"
    if column.kind == "date":
        return read_date(text)
    if column.kind == "id" and not _ID.fullmatch(text):
        raise CellRefused("bad_id", value=text[:40])
    if column.kind == "id" and len(text) > LONGEST_ID:
        raise CellRefused("long_id", most=LONGEST_ID)
    return text


def read_date(text: str) -> date:
    """Read a day as people and spreadsheets write it.

    Raises:
        CellRefused: It is no date, or there is no such day.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        raise CellRefused("bad_date", value=text[:20])
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise CellRefused("no_such_day", value=text) from error


def _named(value: Any, column: Column) -> str:
    code = str(value.value if isinstance(value, Enum) else value)
    return column.labels.get(code, code)


def _coded(text: str, column: Column) -> str:
    if not column.labels:
        return text
    for code, label in column.labels.items():
        if text.strip() in (label, code):
            return code
    raise CellRefused("bad_choice", value=text[:20], choices="、".join(column.labels.values()))


def _escaped(text: str) -> str:
    if text == "":
        return _EMPTY
    return f"\\{text}" if _LOOKS_EMPTY.fullmatch(text) else text


def _unescaped(text: str) -> str:
    if text == _EMPTY:
        return ""
    return text[1:] if _LOOKS_EMPTY.fullmatch(text) else text


def _escaped_item(text: str) -> str:
    last = len(text) - 1
    signs = [
        f"\\{sign}"
        if sign in ("\\", ";", LIST_MARK) or (sign.isspace() and place in (0, last))
        else sign
        for place, sign in enumerate(text)
    ]
    return "".join(signs) or _NOTHING


def _items(text: str) -> list[str]:
    """Split at ``；`` or ``;``; a sign after a backslash is part of the item."""
    items: list[list[str]] = [[]]
    for sign in re.findall(r"\\.|.", text, re.DOTALL):
        if sign in (LIST_MARK, ";"):
            items.append([])
        elif items[-1] or not sign.isspace():
            items[-1].append(sign)
    return [_item(signs) for signs in items if signs]


def _item(signs: list[str]) -> str:
    while signs[-1].isspace():
        signs.pop()
    return "".join("" if sign == _NOTHING else sign[-1] for sign in signs)
