"""Spans of days for which a legal statement holds (适用期间)."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Dated(BaseModel):
    """Something that holds from one day to another, both included.

    ``to`` is None where the source names no end.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)

    from_: date = Field(alias="from")
    to: date | None = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Dated:
        if self.to is not None and self.to < self.from_:
            raise ValueError(f"to ({self.to}) 早于 from ({self.from_})")
        return self

    def holds_on(self, day: date) -> bool:
        """Tell whether the span contains ``day``."""
        return self.from_ <= day and (self.to is None or day <= self.to)

    def overlaps(self, first: date, last: date) -> bool:
        """Tell whether the span shares at least one day with ``first``..``last``."""
        return self.from_ <= last and (self.to is None or first <= self.to)
