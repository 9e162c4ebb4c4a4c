"""How a legal figure is said (数值的说法), and how ``{{ … }}`` in a text is filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from core.money import spoken
from policy_rules.parameters import NoFigure, Parameter, Unit, parameters, typed

_PLACE = re.compile(r"\{\{\s*([a-z0-9_.]+)\s*\}\}")
_SUFFIX = {
    Unit.DAYS: "日",
    Unit.WORKING_DAYS: "个工作日",
    Unit.HOURS: "小时",
    Unit.MONTHS: "个月",
    Unit.YEARS: "年",
    Unit.PEOPLE: "人",
    Unit.TIMES: "次",
    Unit.POINTS: "分",
    Unit.MULTIPLE: "倍",
    Unit.SQUARE_METRES: "平方米",
}


def figures_in(text: str) -> list[str]:
    """The parameter ids that a text stands on, in order."""
    return _PLACE.findall(text)


def fill(text: str, day: date, known: Mapping[str, Parameter] | None = None) -> str:
    """Fill every ``{{ parameter.id }}`` with the figure that holds on ``day``.

    Raises:
        NoFigure: A parameter is unknown or has no value for that day.
    """
    known = parameters() if known is None else known

    def say(match: re.Match[str]) -> str:
        parameter = known.get(match[1])
        if parameter is None:
            raise NoFigure(parameter=match[1], title=match[1], day=day.isoformat())
        return spoken_figure(typed(parameter.value_on(day).value, parameter.unit), parameter.unit)

    return _PLACE.sub(say, text)


def spoken_figure(value: Any, unit: Unit) -> str:
    """Say a typed figure with its unit, e.g. ``10万元``, ``1%``, ``0.3‰``, ``3个工作日``."""
    if unit is Unit.YUAN:
        return spoken(value)
    if unit is Unit.RATE:
        return f"{_number(value * 100)}%"
    if unit is Unit.PERMILLE:
        return f"{_number(value * 1000)}‰"
    if unit is Unit.MONTH_DAY:
        month, day = value.split("-")
        return f"{int(month)}月{int(day)}日"
    if unit is Unit.DATE:
        return f"{value.year}年{value.month}月{value.day}日"
    if unit is Unit.TEXT:
        return str(value)
    if unit is Unit.BRACKETS:
        return "；".join(_bracket(row) for row in value)
    if unit is Unit.CALENDAR:
        return "、".join(f"{day.month}月{day.day}日" for day in value.values())
    return f"{_number(value)}{_SUFFIX[unit]}"


def _bracket(row: dict[str, Decimal | None]) -> str:
    limit = row["up_to"]
    span = "以上部分" if limit is None else f"不超过{spoken(limit)}的部分"
    rate = row["rate"] or Decimal(0)
    quick = row.get("quick_deduction") or Decimal(0)
    return f"{span}{_number(rate * 100)}%（速算扣除数{spoken(quick)}）"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}"
