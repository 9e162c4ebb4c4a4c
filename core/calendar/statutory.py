"""The statutory public holidays (法定节假日): what a year has of them before its notice is out."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

FILE = Path(__file__).parent / "statutory.yml"


class Festival(BaseModel):
    """One festival: its days of fixed date, or the season that it may fall into."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    fixed: tuple[str, ...] = ()
    window: tuple[str, str] | None = None

    def fixed_days(self, year: int) -> list[date]:
        """The days off of fixed date in ``year``."""
        return [date.fromisoformat(f"{year:04}-{each}") for each in self.fixed]


class Statute(BaseModel):
    """The days off of all citizens from one year on, and the regulation that says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_year: int
    title: str
    number: str
    days: int = Field(ge=1)
    festivals: tuple[Festival, ...]


@cache
def statutes() -> tuple[Statute, ...]:
    """Every regulation on file, the newest first."""
    rows = TypeAdapter(list[Statute]).validate_python(yaml.safe_load(FILE.read_text("utf-8")))
    return tuple(sorted(rows, key=lambda each: -each.from_year))


def statute_of(year: int) -> Statute:
    """The regulation for ``year``; the oldest on file for what lies before it."""
    return next((each for each in statutes() if each.from_year <= year), statutes()[-1])


@cache
def fixed_days(year: int) -> frozenset[date]:
    """Every day off of fixed date in ``year``."""
    return frozenset(day for each in statute_of(year).festivals for day in each.fixed_days(year))
