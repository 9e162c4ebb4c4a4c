"""What figures are called and what they mean (统计口径), from ``figures.yml``."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).parent / "figures.yml"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FigureMeant(_Row):
    """One figure: its name, how it is written, and what exactly is counted."""

    code: str
    group: str
    label: str
    format: Literal["count", "share", "minutes", "days", "rating"]
    meaning: str


class RuleMeant(_Row):
    """One rule of counting that holds for several figures."""

    code: str
    label: str
    meaning: str


@cache
def words() -> dict[str, Any]:
    """The whole of ``figures.yml``."""
    return yaml.safe_load(_FILE.read_text("utf-8"))


@cache
def figures_meant() -> tuple[FigureMeant, ...]:
    """Every figure, in the order in which people read them."""
    return tuple(FigureMeant.model_validate(row) for row in words()["figures"])


@cache
def rules_meant() -> tuple[RuleMeant, ...]:
    """The rules of counting."""
    return tuple(RuleMeant.model_validate(row) for row in words()["rules"])


def refusal(name: str, **values: object) -> str:
    """Why figures are not shown."""
    return str(words()["refusals"][name]).format(**values)


def week_label(first: date, last: date) -> str:
    """An ISO week (周) as people read it."""
    year, week, _ = first.isocalendar()
    return str(words()["week"]).format(year=year, week=week, first=_short(first), last=_short(last))


def month_label(year: int, month: int) -> str:
    """A month as people read it."""
    return str(words()["month"]).format(year=year, month=month)


def _short(day: date) -> str:
    return str(words()["short_day"]).format(month=day.month, day=day.day)
