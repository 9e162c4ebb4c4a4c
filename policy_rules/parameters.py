"""Legal figures (法定数值): one dated, sourced YAML file each, read into memory once.

A file lies at ``policy_rules/parameters/<tax>/…/<name>.yml`` and its ``id`` is that path with
dots. A figure is asked for by id and day; a day that no value covers is an error, never a guess.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from core.dated import Dated
from core.errors import ServiceError

FOLDER = Path(__file__).parent / "parameters"


class Certainty(StrEnum):
    """How sure a statement is (核验状态); the reader is told."""

    VERIFIED = "verified"  # 已读官方原文
    SECONDARY = "secondary"  # 见于转载或二手材料
    UNVERIFIED = "unverified"  # 待核，以主管税务机关答复为准
    OPEN = "open"  # 未定，不作为结论


class Unit(StrEnum):
    """What a figure counts (单位)."""

    YUAN = "yuan"
    RATE = "rate"  # a fraction: 0.03 is read 3%
    PERMILLE = "permille"  # a fraction: 0.0003 is read 0.3‰
    DAYS = "days"
    WORKING_DAYS = "working_days"
    HOURS = "hours"
    MONTHS = "months"
    YEARS = "years"
    PEOPLE = "people"
    TIMES = "times"
    POINTS = "points"
    MULTIPLE = "multiple"  # 倍
    SQUARE_METRES = "square_metres"
    MONTH_DAY = "month_day"  # "03-31" is read 3月31日
    DATE = "date"
    BRACKETS = "brackets"  # list of {up_to, rate, quick_deduction}
    CALENDAR = "calendar"  # mapping YYYY-MM -> date
    TEXT = "text"


class Basis(BaseModel):
    """Where a statement stands (依据): a document of the register, and the clause in it.

    ``history`` marks what is cited for having ended: the statement holds although it did.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: str
    clause: str | None = None
    history: bool = False


class Value(Dated):
    """One figure for one span of days."""

    value: Any
    basis: tuple[Basis, ...] = Field(min_length=1)
    certainty: Certainty
    note: str | None = None


class Parameter(BaseModel):
    """One legal figure through time."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")
    title: str
    unit: Unit
    values: tuple[Value, ...] = Field(min_length=1)
    checked_on: date

    @field_validator("values")
    @classmethod
    def _in_order_without_overlap(cls, values: tuple[Value, ...]) -> tuple[Value, ...]:
        for earlier, later in zip(values, values[1:], strict=False):
            if earlier.to is None or earlier.to >= later.from_:
                raise ValueError(f"{later.from_} 起的数值与前一段重叠")
        return values

    @model_validator(mode="after")
    def _values_fit_the_unit(self) -> Parameter:
        for value in self.values:
            typed(value.value, self.unit)
        return self

    def value_on(self, day: date) -> Value:
        """Return the value that holds on ``day``.

        Raises:
            NoFigure: No value covers that day.
        """
        for value in self.values:
            if value.holds_on(day):
                return value
        raise NoFigure(parameter=self.id, title=self.title, day=day.isoformat())


class NoFigure(ServiceError):
    """No figure is on file for that day (该日期没有数值)."""

    code = "no_figure"


class BrokenParameter(ServiceError):
    """A parameter file cannot be used (参数文件有误)."""

    code = "broken_parameter"


def typed(raw: Any, unit: Unit) -> Any:
    """Turn a YAML value into what its unit means.

    Returns:
        Decimal for counted units, date for ``date``, str for ``month_day`` and ``text``,
        a tuple of dicts of Decimal for ``brackets``, a dict of dates for ``calendar``.

    Raises:
        ValueError: The value does not fit the unit.
    """
    if unit is Unit.BRACKETS:
        return tuple(
            {key: None if part is None else Decimal(str(part)) for key, part in row.items()}
            for row in raw
        )
    if unit is Unit.CALENDAR:
        return {month: date.fromisoformat(str(day)) for month, day in raw.items()}
    if unit is Unit.DATE:
        return date.fromisoformat(str(raw))
    if unit in (Unit.MONTH_DAY, Unit.TEXT):
        return str(raw)
    if isinstance(raw, float):
        raise ValueError(f"数值 {raw} 要加引号，避免二进制小数")
    try:
        return Decimal(str(raw))
    except ArithmeticError as error:
        raise ValueError(f"{raw!r} 不是数值") from error


def read_parameters(folder: Path = FOLDER) -> dict[str, Parameter]:
    """Read every parameter file below ``folder``.

    Raises:
        BrokenParameter: A file is not valid; the details name file and reason.
    """
    found: dict[str, Parameter] = {}
    for path in sorted(folder.rglob("*.yml")):
        try:
            parameter = Parameter.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except (yaml.YAMLError, ValidationError) as error:
            raise BrokenParameter(file=str(path.relative_to(folder)), reason=str(error)) from error
        expected = ".".join(path.relative_to(folder).with_suffix("").parts)
        if parameter.id != expected:
            raise BrokenParameter(file=str(path.relative_to(folder)), reason=f"id 应为 {expected}")
        found[parameter.id] = parameter
    return found


@cache
def installed_parameters() -> Mapping[str, Parameter]:
    """All parameters of the installed library, read at first use."""
    return read_parameters()


#: The figures that one answer is made with, where they are not those of the files.
_IN_USE: ContextVar[Mapping[str, Parameter] | None] = ContextVar("figures", default=None)


def parameters() -> Mapping[str, Parameter]:
    """The figures to go by: those of the installed library, or those of :func:`using`."""
    in_use = _IN_USE.get()
    return installed_parameters() if in_use is None else in_use


@contextmanager
def using(known: Mapping[str, Parameter]) -> Iterator[None]:
    """Let everything within go by these figures, e.g. by those whose documents are in force."""
    token = _IN_USE.set(known)
    try:
        yield
    finally:
        _IN_USE.reset(token)


def figure(parameter_id: str, day: date) -> Any:
    """Return the typed figure that holds on ``day``.

    Raises:
        NoFigure: The parameter is unknown or has no value for that day.
    """
    parameter = parameters().get(parameter_id)
    if parameter is None:
        raise NoFigure(parameter=parameter_id, title=parameter_id, day=day.isoformat())
    return typed(parameter.value_on(day).value, parameter.unit)
