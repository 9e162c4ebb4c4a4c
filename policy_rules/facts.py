"""The facts that rules stand on (事实): kind, name, and the question that asks for one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from core.errors import InvalidInput
from core.money import rounded

_TRUE = frozenset({"true", "yes", "是"})
_FALSE = frozenset({"false", "no", "否", "不是"})
_COUNTED = frozenset({"yuan", "people", "days", "rate"})


@dataclass(frozen=True)
class Need:
    """One fact, and how it is asked for (所需事实); no ``options`` where a number is wanted."""

    fact: str
    question: str
    options: tuple[str, ...]


@cache
def known_facts() -> dict[str, dict[str, Any]]:
    """Every fact of ``facts.yml`` by name."""
    return yaml.safe_load((Path(__file__).parent / "facts.yml").read_text("utf-8"))


def need_of(fact: str) -> Need:
    """The question that asks for ``fact``."""
    described = known_facts()[fact]
    return Need(fact, described["question"], tuple(described.get("options", ())))


def title_of(fact: str) -> str:
    """How ``fact`` is named to people."""
    return str(known_facts()[fact]["title"])


def read_facts(names: Iterable[str], given: Mapping[str, Any]) -> dict[str, Any]:
    """The given facts among ``names`` in their own types; None counts as not given.

    Raises:
        InvalidInput: A value does not fit its fact; the details name the fact.
    """
    return {
        name: _typed(name, given[name])
        for name in names
        if name in given and given[name] is not None
    }


def _typed(name: str, value: Any) -> Any:
    described = known_facts()[name]
    kind = described["kind"]
    if kind == "choice":
        if value not in described["options"] and value not in described.get("also", ()):
            raise _malformed(name, "只能是 " + "、".join(described["options"]))
        return value
    if kind == "flag":
        return _flag(name, value)
    if kind in _COUNTED:
        return _number(name, value)
    return _month(name, value) if kind == "month" else _date(name, value)


def _flag(name: str, value: Any) -> bool:
    said = str(value).strip().lower()
    if said in _TRUE:
        return True
    if said in _FALSE:
        return False
    raise _malformed(name, "只能是 true 或 false")


def _number(name: str, value: Any) -> Decimal:
    try:
        number = Decimal(str(value).replace(",", ""))
    except InvalidOperation:
        raise _malformed(name, f"{value!r} 不是数字") from None
    if isinstance(value, bool) or not number.is_finite():
        raise _malformed(name, f"{value!r} 不是数字")
    if number < 0:
        raise _malformed(name, "不能是负数")
    if known_facts()[name]["kind"] == "days" and number % 1:
        raise _malformed(name, "要是整数")
    return rounded(number) if known_facts()[name]["kind"] == "yuan" else number


def _date(name: str, value: Any) -> date:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _malformed(name, f"{value!r} 不是日期，应写成 2026-01-31") from None


def _month(name: str, value: Any) -> date:
    try:
        return date.fromisoformat(f"{value}-01")
    except ValueError:
        raise _malformed(name, f"{value!r} 不是月份，应写成 2026-01") from None


def _malformed(name: str, reason: str) -> InvalidInput:
    return InvalidInput(fact=name, reason=f"{title_of(name)}（{name}）{reason}")
