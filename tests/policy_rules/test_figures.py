"""Dated figures (数值) and how they are said in a text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from policy_rules.figures import figures_in, fill, spoken_figure
from policy_rules.parameters import BrokenParameter, NoFigure, Unit, figure, read_parameters

TEXT = "起征点{{ vat.small_scale.monthly_threshold }}，征收率{{vat.small_scale.reduced_rate}}"
FILE = """\
id: tax.rate
title: 税率
unit: rate
values:
  - {from: 2025-01-01, to: 2025-12-31, value: "0.01", basis: [{document: law}], certainty: verified}
  - {from: 2026-01-01, value: "0.02", basis: [{document: law}], certainty: verified}
checked_on: 2026-11-21
"""


def _write(folder: Path, text: str, name: str = "tax/rate.yml") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_a_text_is_filled_with_the_figures_of_the_day() -> None:
    assert fill(TEXT, date(2026, 8, 1)) == "起征点10万元，征收率1%"


def test_the_figures_a_text_stands_on_are_named_in_order() -> None:
    assert figures_in(TEXT) == ["vat.small_scale.monthly_threshold", "vat.small_scale.reduced_rate"]


def test_a_text_is_not_filled_for_a_day_without_a_figure() -> None:
    with pytest.raises(NoFigure):
        fill(TEXT, date(2028, 1, 1))


def test_a_text_that_names_an_unknown_figure_is_not_filled() -> None:
    with pytest.raises(NoFigure):
        fill("{{ vat.nothing }}", date(2026, 8, 1))


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (Decimal("0.0003"), Unit.PERMILLE, "0.3‰"),
        (Decimal("0.0005"), Unit.RATE, "0.05%"),
        (Decimal("3"), Unit.WORKING_DAYS, "3个工作日"),
        (Decimal("100000"), Unit.YUAN, "10万元"),
        ("03-31", Unit.MONTH_DAY, "3月31日"),
        (date(2026, 6, 1), Unit.DATE, "2026年6月1日"),
        (Decimal("100"), Unit.PEOPLE, "100人"),
    ],
)
def test_a_figure_is_said_with_its_unit(value: object, unit: Unit, said: str) -> None:
    assert spoken_figure(value, unit) == said


def test_brackets_are_said_with_limits_rates_and_quick_deductions() -> None:
    said = spoken_figure(figure("iit.business_income.brackets", date(2026, 1, 1)), Unit.BRACKETS)

    assert said.startswith("不超过3万元的部分5%（速算扣除数0元）；")
    assert said.endswith("以上部分35%（速算扣除数6.55万元）")


def test_the_last_day_of_a_span_still_has_its_figure(tmp_path: Path) -> None:
    _write(tmp_path, FILE)

    rate = read_parameters(tmp_path)["tax.rate"]

    assert rate.value_on(date(2025, 12, 31)).value == "0.01"
    assert rate.value_on(date(2026, 1, 1)).value == "0.02"
    with pytest.raises(NoFigure):
        rate.value_on(date(2024, 12, 31))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("to: 2025-12-31", "to: 2026-01-01", id="overlapping spans"),
        pytest.param('"0.01"', "0.01", id="a binary fraction"),
        pytest.param('"0.01"', '"一成"', id="not a number"),
        pytest.param("id: tax.rate", "id: tax.other", id="an id that is not the path"),
        pytest.param("title: 税率", "name: 税率", id="an unknown key"),
        pytest.param("basis: [{document: law}], ", "", id="no basis"),
        pytest.param("certainty: verified}", "certainty: sure}", id="an unknown certainty"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused_by_name(tmp_path: Path, old: str, new: str) -> None:
    assert old in FILE
    _write(tmp_path, FILE.replace(old, new, 1))

    with pytest.raises(BrokenParameter) as refused:
        read_parameters(tmp_path)

    assert refused.value.details["file"] == "tax/rate.yml"
