"""What a check found (检查结果)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """Something an editor has to know; an error keeps the library from being released."""

    place: str
    what: str
    is_error: bool = True

    def __str__(self) -> str:
        return f"{self.place}：{self.what}"
