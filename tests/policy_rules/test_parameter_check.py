"""The check of the figures on file (参数检查)."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from policy_rules.check import problems
from policy_rules.parameters import FOLDER

Folder = Path


@pytest.fixture
def copied(tmp_path: Path) -> Folder:
    return Path(shutil.copytree(FOLDER, tmp_path / "parameters"))


def _change(folder: Folder, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_figures_on_file_are_in_order() -> None:
    assert problems() == []


def test_a_month_missing_from_the_filing_calendar_is_told(copied: Folder) -> None:
    _change(copied, "filing/deadline/monthly.yml", '      "2026-06": "2026-06-15"\n', "")

    assert problems(copied) == ["filing.deadline.monthly：缺2026-06"]


def test_a_deadline_on_a_day_off_is_told(copied: Folder) -> None:
    _change(copied, "filing/deadline/monthly.yml", "2026-06-15", "2026-06-14")

    assert problems(copied) == ["filing.deadline.monthly：2026-06-14不是工作日"]


def test_a_deadline_in_another_month_is_told(copied: Folder) -> None:
    _change(
        copied, "filing/deadline/monthly.yml", '"2026-06": "2026-06-15"', '"2026-06": "2026-07-15"'
    )

    assert problems(copied) == ["filing.deadline.monthly：2026-06写成了2026-07-15"]


def test_a_wrong_quick_deduction_is_told(copied: Folder) -> None:
    _change(copied, "iit/business_income/brackets.yml", "'10500'", "'10050'")

    assert "iit.business_income.brackets：9万元以上的速算扣除数应为10500.00" in problems(copied)


def test_an_effective_rate_that_is_not_the_product_is_told(copied: Folder) -> None:
    _change(copied, "cit/small_low_profit/effective_rate.yml", "'0.05'", "'0.025'")

    assert problems(copied) == ["cit.small_low_profit.effective_rate：2023-01-01起应为0.05"]


def test_two_files_that_disagree_about_one_figure_are_told(copied: Folder) -> None:
    _change(copied, "filing/cit_prepayment_days.yml", '"15"', '"10"')

    assert problems(copied) == ["cit.prepayment.days（15）与filing.cit_prepayment_days（10）不一致"]


def test_days_without_a_figure_between_two_values_are_told(copied: Folder) -> None:
    _change(copied, "vat/small_scale/reduced_rate.yml", "to: 2025-12-31", "to: 2025-12-30")

    assert problems(copied) == ["vat.small_scale.reduced_rate：2025-12-30到2026-01-01之间没有数值"]


def test_a_file_that_cannot_be_read_is_told_by_name(copied: Folder) -> None:
    _change(copied, "vat/small_scale/reduced_rate.yml", '"0.01"', "0.01")

    assert problems(copied)[0].startswith("vat/small_scale/reduced_rate.yml：")


def test_a_missing_file_is_told(copied: Folder) -> None:
    (copied / "vat/filing_days.yml").unlink()

    assert problems(copied) == ["缺少参数vat.filing_days"]
