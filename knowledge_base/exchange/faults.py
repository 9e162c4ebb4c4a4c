"""What is wrong with a file that was brought (导入的问题): where, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import InvalidInput
from knowledge_base.exchange.columns import words


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong; ``place`` is a sheet or a file."""

    place: str
    row: int | None
    column: str
    what: str
    code: str

    def __str__(self) -> str:
        row = f" 第{self.row}行" if self.row else ""
        column = f" {self.column}" if self.column else ""
        return f"{self.place}{row}{column}：{self.what}"

    def to_json(self) -> dict[str, Any]:
        """As the desk and the command line show it."""
        return {
            "place": self.place,
            "row": self.row,
            "column": self.column or None,
            "code": self.code,
            "message": self.what,
        }


def fault(place: str, row: int | None, column: str, code: str, **values: object) -> Fault:
    """A fault with its sentence from ``words.yml``."""
    return Fault(place, row, column, words()["faults"][code].format(**values), code)


class ExchangeRefused(InvalidInput):
    """The file has faults, so nothing of it was taken over (导入被拒)."""

    code = "exchange_refused"
    status = 422

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        super().__init__(count=len(faults), faults=[each.to_json() for each in faults])
        self.faults = tuple(faults)


class ExchangeNotWritten(InvalidInput):
    """The library does not fit into the wanted format (无法导出)."""

    code = "exchange_not_written"
    status = 422

    def __init__(self, faults: Sequence[Fault] = ()) -> None:
        reason = "；".join(str(each) for each in faults[:3])
        super().__init__(
            count=len(faults), reason=reason, faults=[each.to_json() for each in faults]
        )
        self.faults = tuple(faults)
