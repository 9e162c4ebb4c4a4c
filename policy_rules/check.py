"""The check of the figures on file (参数检查), also by ``python -m policy_rules.check``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from core.calendar import is_workday
from core.periods import month_end
from policy_rules.figures import spoken_figure
from policy_rules.parameters import (
    FOLDER,
    BrokenParameter,
    Parameter,
    Unit,
    Value,
    read_parameters,
    typed,
)

#: Figures that are on file twice because two taxes speak of them; they must stay equal.
_SAME = (
    ("cit.prepayment.days", "filing.cit_prepayment_days"),
    ("iit.business_income.prepayment_days", "filing.iit_prepayment_days"),
    ("vat.filing_days", "filing.period_days"),
)
#: A figure that is the product of two others.
_PRODUCTS = (
    (
        "cit.small_low_profit.effective_rate",
        "cit.small_low_profit.inclusion_ratio",
        "cit.small_low_profit.rate",
    ),
)


def problems(folder: Path = FOLDER) -> list[str]:
    """Everything that is wrong with the parameter files, one sentence each; empty if nothing."""
    try:
        known = read_parameters(folder)
    except BrokenParameter as error:
        return [f"{error.details['file']}：{error.details['reason']}"]
    compared = {each for group in (*_SAME, *_PRODUCTS) for each in group}
    if compared - set(known):
        return [f"缺少参数{each}" for each in sorted(compared - set(known))]
    return [
        *(each for parameter in known.values() for each in _within(parameter)),
        *_unequal(known),
        *_wrong_products(known),
    ]


def _within(parameter: Parameter) -> Iterator[str]:
    """What is wrong within one parameter."""
    for earlier, later in zip(parameter.values, parameter.values[1:], strict=False):
        if earlier.to is not None and earlier.to + timedelta(days=1) != later.from_:
            yield f"{parameter.id}：{earlier.to}到{later.from_}之间没有数值"
    for value in parameter.values:
        if parameter.unit is Unit.CALENDAR:
            yield from _broken_calendar(parameter, value)
        if parameter.unit is Unit.BRACKETS:
            yield from _broken_brackets(parameter, value)


def _broken_calendar(parameter: Parameter, value: Value) -> Iterator[str]:
    """A calendar names one workday in every month of its span, and no other month."""
    days = typed(value.value, Unit.CALENDAR)
    for month in _months(value.from_, value.to or value.from_):
        day = days.pop(f"{month:%Y-%m}", None)
        if day is None:
            yield f"{parameter.id}：缺{month:%Y-%m}"
        elif not month <= day <= month_end(month):
            yield f"{parameter.id}：{month:%Y-%m}写成了{day}"
        elif not is_workday(day):
            yield f"{parameter.id}：{day}不是工作日"
    for left in days:
        yield f"{parameter.id}：{left}不在{value.from_}至{value.to}之内"


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = month_end(month) + timedelta(days=1)


def _broken_brackets(parameter: Parameter, value: Value) -> Iterator[str]:
    """Brackets rise to an open end, and each quick deduction follows from the one before."""
    rows = typed(value.value, Unit.BRACKETS)
    if rows[-1]["up_to"] is not None:
        yield f"{parameter.id}：最后一级要没有上限"
    for lower, upper in zip(rows, rows[1:], strict=False):
        limit = lower["up_to"]
        if limit is None or (upper["up_to"] is not None and upper["up_to"] <= limit):
            yield f"{parameter.id}：各级上限要递增"
            return
        quick = lower["quick_deduction"] + limit * (upper["rate"] - lower["rate"])
        if upper["quick_deduction"] != quick:
            yield f"{parameter.id}：{spoken_figure(limit, Unit.YUAN)}以上的速算扣除数应为{quick}"


def _unequal(known: Mapping[str, Parameter]) -> Iterator[str]:
    for one, other in _SAME:
        for value in known[one].values:
            for twin in known[other].values:
                if value.overlaps(twin.from_, twin.to or date.max) and value.value != twin.value:
                    yield f"{one}（{value.value}）与{other}（{twin.value}）不一致"


def _wrong_products(known: Mapping[str, Parameter]) -> Iterator[str]:
    for product, *factors in _PRODUCTS:
        for value in known[product].values:
            expected = Decimal(1)
            for factor in factors:
                expected *= Decimal(known[factor].value_on(value.from_).value)
            if Decimal(value.value) != expected:
                yield f"{product}：{value.from_}起应为{expected.normalize():f}"


def main() -> int:
    """Print what is wrong; 1 where something is."""
    found = problems()
    sys.stdout.writelines(f"{each}\n" for each in found)
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
