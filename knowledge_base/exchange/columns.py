"""Which tables an exchanged library has and what stands in their columns (导入导出的表和列)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Column:
    """One column: where its value stands in the item, and how a cell is read."""

    field: str
    head: str
    kind: str
    help: str
    width: int
    needed: bool = False
    default: str | None = None
    choices: str | None = None

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.field.split(".")) if self.field else ()

    @property
    def labels(self) -> Mapping[str, str]:
        """What each code of a choice is called; empty for free text."""
        return choices()[self.choices] if self.choices else {}


@dataclass(frozen=True)
class Table:
    """One table: a sheet of the workbook, or one CSV file."""

    name: str
    sheet: str
    help: str
    columns: tuple[Column, ...]

    def column(self, field: str) -> Column:
        """The column of a field.

        Raises:
            StopIteration: The table has none.
        """
        return next(each for each in self.columns if each.field == field)


@cache
def tables() -> dict[str, Table]:
    """Every table by name, in the order of the sheets."""
    return {
        name: Table(
            name, table["sheet"], table["help"], tuple(Column(**each) for each in table["columns"])
        )
        for name, table in _told()["tables"].items()
    }


def help_sheet() -> str:
    """What the sheet that explains the others is called."""
    return str(_told()["help_sheet"])


def choices() -> dict[str, dict[str, str]]:
    """The labels of every choice, by code."""
    return _told()["choices"]


@cache
def words() -> dict[str, Any]:
    """Sentences of import and export, from ``words.yml``."""
    return yaml.safe_load((HERE / "words.yml").read_text("utf-8"))


@cache
def _told() -> dict[str, Any]:
    return yaml.safe_load((HERE / "columns.yml").read_text("utf-8"))
