"""The Chinese working calendar (工作日历) and clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.calendar import (
    announced_years,
    due_after,
    is_announced,
    is_workday,
    next_workday,
    working_days_between,
)
from core.clock import CHINA, china_date, clock_fixed_to, start_of_day

KNOWN = st.dates(date(2024, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_day_of_a_year_agrees_with_another_calendar(year):
    day = date(year, 1, 1)
    while day.year == year:
        assert is_workday(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_a_year_on_file_names_its_source_and_keeps_to_itself(year):
    known = announced_years()[year]

    assert str(year) in known.title
    assert {day.year for day in known.days_off | known.workdays} == {year}
    assert not known.days_off & known.workdays
    assert all(day.weekday() >= 5 for day in known.workdays), "make-up days are weekend days"


def test_a_year_not_on_file_has_weekends_and_the_fixed_statutory_days_only():
    assert not is_announced(date(2031, 5, 5))
    assert not is_workday(date(2031, 10, 1))  # a Wednesday
    assert is_workday(date(2031, 10, 7))
    assert not is_workday(date(2031, 10, 4))  # a Saturday


@given(day=KNOWN, days=st.integers(1, 60))
def test_a_promise_counts_exactly_its_working_days(day, days):
    due = due_after(datetime(day.year, day.month, day.day, 12, tzinfo=CHINA), days)

    assert is_workday(due.due_on)
    assert working_days_between(day, due.due_on) == days
    assert due.provisional == (due.due_on.year > 2026)


@given(first=KNOWN, middle=KNOWN, last=KNOWN)
def test_working_days_add_up_in_both_directions(first, middle, last):
    there = working_days_between(first, middle) + working_days_between(middle, last)

    assert there == working_days_between(first, last)
    assert working_days_between(last, first) == -working_days_between(first, last)
    assert working_days_between(first, first) == 0


@given(day=KNOWN)
def test_the_next_workday_is_the_day_itself_or_the_first_after(day):
    found = next_workday(day)

    assert is_workday(found)
    assert not any(is_workday(day + timedelta(days=n)) for n in range((found - day).days))


@pytest.mark.parametrize("days", [0, -3])
def test_a_promise_of_no_days_is_refused(days):
    with pytest.raises(ValueError, match="at least one"):
        due_after(datetime(2026, 1, 5, tzinfo=UTC), days)


def test_the_chinese_day_begins_at_sixteen_hours_utc():
    assert china_date(datetime(2026, 1, 5, 15, 59, 59, tzinfo=UTC)) == date(2026, 1, 5)
    assert china_date(datetime(2026, 1, 5, 16, tzinfo=UTC)) == date(2026, 1, 6)
    assert start_of_day(date(2026, 1, 6)) == datetime(2026, 1, 5, 16, tzinfo=UTC)


def test_a_fixed_clock_stays_on_its_day_and_runs_within_it():
    clock = clock_fixed_to(date(2026, 4, 1))

    first, second = clock(), clock()

    assert china_date(first) == china_date(second) == date(2026, 4, 1)
    assert first <= second
    assert first.tzinfo is not None
