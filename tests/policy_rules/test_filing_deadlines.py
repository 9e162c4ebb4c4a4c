"""The last day to file (申报截止日): as announced, and by the statutory rule where it is not."""

from __future__ import annotations

from datetime import date

import pytest

from core.calendar import announced_years, is_workday
from policy_rules import deadlines
from policy_rules.deadlines import filing_deadline
from policy_rules.parameters import NoFigure, parameters

ANNOUNCED = parameters()[deadlines.CALENDAR].values


def test_a_month_of_the_notice_is_given_as_announced() -> None:
    assert filing_deadline(2026, 10) == (date(2026, 10, 26), True)


def test_a_month_without_a_notice_is_marked_as_not_announced() -> None:
    assert filing_deadline(2027, 6) == (date(2027, 6, 15), False)


def test_a_weekend_moves_the_day_to_the_next_workday() -> None:
    assert filing_deadline(2027, 5)[0] == date(2027, 5, 17)


@pytest.mark.parametrize(
    ("month", "day"),
    [
        pytest.param(2, 20, id="four days of the spring festival and a weekend"),
        pytest.param(4, 18, id="three days of the tomb sweeping"),
        pytest.param(5, 22, id="five days of the labour holiday"),
        pytest.param(10, 27, id="eight days of the national holiday"),
        pytest.param(6, 16, id="a weekend alone"),
        pytest.param(7, 15, id="no day off"),
    ],
)
def test_a_long_holiday_inside_moves_the_day_by_its_days(month: int, day: int) -> None:
    assert 2025 in announced_years()

    assert filing_deadline(2025, month) == (date(2025, month, day), False)


@pytest.mark.parametrize("month", range(1, 13))
def test_the_statutory_rule_gives_every_announced_day_of_a_year(
    month: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced, _ = filing_deadline(2026, month)
    monkeypatch.setattr(deadlines, "announced_deadline", lambda first: None)

    worked_out, is_announced = filing_deadline(2026, month)

    assert worked_out == announced
    assert not is_announced


@pytest.mark.parametrize("value", ANNOUNCED, ids=lambda each: str(each.from_.year))
def test_every_announced_day_is_a_workday(value: object) -> None:
    days = value.value.values()  # type: ignore[attr-defined]

    assert all(is_workday(date.fromisoformat(str(each))) for each in days)


def test_a_time_before_the_statute_on_file_is_refused() -> None:
    with pytest.raises(NoFigure):
        filing_deadline(1999, 1)
