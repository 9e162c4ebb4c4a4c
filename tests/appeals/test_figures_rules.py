"""Periods, working time and small cells of the figures, by themselves."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appeals.figures_clock import WorkClock
from appeals.figures_period import Period, read_period
from appeals.figures_tally import Figures, Tally, at_share, figures_of, hide_small
from appeals.figures_words import figures_meant, words
from core.bureau import read_bureau
from core.calendar import due_after, working_time_between
from core.errors import InvalidInput

HOURS = read_bureau().hours
TODAY = date(2026, 11, 21)
BASE = datetime(2024, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 94_000_000).map(lambda seconds: BASE + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("first", "last", "before_first", "before_last"),
    [
        ("2026-11-01", "2026-11-30", "2026-10-01", "2026-10-31"),
        ("2026-01-01", "2026-01-31", "2025-12-01", "2025-12-31"),
        ("2026-02-01", "2026-02-28", "2026-01-01", "2026-01-31"),
        ("2026-10-01", "2026-12-31", "2026-07-01", "2026-09-30"),
        ("2026-01-01", "2026-03-31", "2025-10-01", "2025-12-31"),
        ("2026-11-16", "2026-11-22", "2026-11-09", "2026-11-15"),
        ("2026-02-01", "2026-04-30", "2025-11-04", "2026-01-31"),
        ("2026-11-21", "2026-11-21", "2026-11-20", "2026-11-20"),
    ],
)
def test_a_period_is_compared_with_the_one_before_it(first, last, before_first, before_last):
    found = read_period(first, last, today=TODAY).before()

    assert (found.first.isoformat(), found.last.isoformat()) == (before_first, before_last)


def test_a_period_covers_whole_chinese_days() -> None:
    period = Period(date(2026, 11, 1), date(2026, 11, 30))

    assert period.starts_at == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert period.ends_at == datetime(2026, 11, 30, 16, tzinfo=UTC)


def test_the_longest_period_is_taken_and_one_day_more_is_not() -> None:
    last = TODAY
    longest = read_period((last - timedelta(days=1099)).isoformat(), last.isoformat(), today=TODAY)
    assert (longest.last - longest.first).days == 1099

    with pytest.raises(InvalidInput) as refused:
        read_period((last - timedelta(days=1100)).isoformat(), last.isoformat(), today=TODAY)
    assert refused.value.details["field"] == "to"


@given(MOMENTS, MOMENTS)
def test_working_minutes_are_those_of_the_calendar(one: datetime, other: datetime) -> None:
    first, last = sorted((one, other))

    assert WorkClock(HOURS).minutes(first, last) == working_time_between(first, last, HOURS).minutes


@given(st.dates(date(2024, 1, 1), date(2026, 12, 1)), st.integers(1, 12))
def test_the_last_day_of_a_limit_is_that_of_the_calendar(opened_on: date, days: int) -> None:
    opened = datetime(opened_on.year, opened_on.month, opened_on.day, 3, tzinfo=UTC)

    assert WorkClock(HOURS).last_day(opened_on, days) == due_after(opened, days).due_on


@given(st.lists(st.integers(0, 50), min_size=1), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_share_of_the_values_lies_at_or_below_its_value_and_no_smaller_one(values, share):
    ordered = sorted(values)
    found = at_share(ordered, share)

    below = sum(value < found for value in values)
    upto = sum(value <= found for value in values)
    assert upto >= round(share * len(values), 6) > below


def row(key: str, *ratings: int) -> Figures:
    tally = Tally(ratings=Counter(ratings))
    return figures_of(key, key, tally)


def hidden(rows: list[Figures]) -> set[str]:
    hide_small(rows)
    return {each.key for each in rows if each.is_hidden}


def test_two_ratings_are_hidden_and_three_are_shown() -> None:
    assert row("two", 1, 5).is_hidden
    assert row("two", 1, 5).ratings is None
    assert row("two", 1, 5).values["satisfied_share"] is None
    assert row("three", 1, 5, 4).values["satisfied_share"] == 0.6667
    assert not row("none").is_hidden, "without a rating there is nothing to hide"


def test_a_single_hidden_row_takes_another_with_it_so_that_the_total_tells_nothing() -> None:
    rows = [row("a", 1, 5), row("b", 5, 5, 5), row("c", *[4] * 9), row("none")]

    assert hidden(rows) == {"a", "b"}


def test_two_hidden_rows_of_one_rating_each_take_another_with_them() -> None:
    assert hidden([row("a", 1), row("b", 5), row("c", *[4] * 9), row("d", 3, 3, 3)]) == {
        "a", "b", "d",
    }  # fmt: skip


def test_hidden_rows_that_hide_each_other_leave_the_rest_alone() -> None:
    assert hidden([row("a", 1, 2), row("b", 5, 5), row("c", *[4] * 9)]) == {"a", "b"}


def test_every_figure_is_explained_once_and_in_a_known_group() -> None:
    codes = [each.code for each in figures_meant()]

    assert len(codes) == len(set(codes))
    assert set(codes) == set(figures_of("", "", Tally()).values)
    assert {each.group for each in figures_meant()} == set(words()["groups"])
