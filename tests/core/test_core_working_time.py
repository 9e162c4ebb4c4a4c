"""Working time (工作时间)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.bureau import Bureau, read_bureau
from core.calendar import (
    Hours,
    ServiceHours,
    add_working_time,
    due_after,
    moment_at_share,
    working_time_between,
)
from core.clock import CHINA, china_time, end_of_day

HOURS = read_bureau().hours
MINUTE = timedelta(minutes=1)
NIGHT = datetime(2026, 10, 3, 2, 30, tzinfo=CHINA)
MOMENTS = st.datetimes(  # naive bounds are how hypothesis takes them
    datetime(2024, 1, 1),  # noqa: DTZ001
    datetime(2026, 12, 31, 23, 59, 59),  # noqa: DTZ001
    timezones=st.just(UTC),
)
LATER = st.timedeltas(timedelta(0), timedelta(days=40))


@st.composite
def service_hours(draw: st.DrawFn) -> ServiceHours:
    marks = sorted(draw(st.sets(st.integers(0, 1439), min_size=2, max_size=6)))
    times = [time(*divmod(mark, 60)) for mark in marks]
    return tuple(Hours(opens=a, closes=b) for a, b in zip(times[::2], times[1::2], strict=False))


def counted_minute_by_minute(first: datetime, last: datetime, hours: ServiceHours) -> int:
    """Minutes of which the beginning lies in working time: slow, and written another way."""
    at, minutes = china_time(first), 0
    while at < last:
        open_now = any(each.opens <= at.time() < each.closes for each in hours)
        minutes += open_now and chinese_calendar.is_workday(at.date())
        at += MINUTE
    return minutes


@given(
    first=MOMENTS.map(lambda moment: moment.replace(second=0, microsecond=0)),
    minutes=st.integers(0, 6000),
    hours=service_hours(),
)
def test_working_minutes_agree_with_counting_each_of_them(first, minutes, hours):
    last = first + minutes * MINUTE
    if last.astimezone(CHINA).year > 2026:
        return

    found = working_time_between(first, last, hours)

    assert found.minutes == counted_minute_by_minute(first, last, hours)
    assert not found.provisional


@given(first=MOMENTS, one=LATER, other=LATER)
def test_working_time_adds_up_and_turns_round(first, one, other):
    middle, last = first + one, first + one + other

    there = working_time_between(first, middle, HOURS).time
    on = working_time_between(middle, last, HOURS).time

    assert there + on == working_time_between(first, last, HOURS).time
    assert working_time_between(middle, first, HOURS).time == -there
    assert there >= timedelta(0)


@given(first=MOMENTS, worked=LATER, hours=service_hours())
def test_what_is_added_has_been_worked_then_and_not_a_moment_earlier(first, worked, hours):
    found = add_working_time(first, worked, hours)

    assert working_time_between(first, found.at, hours).time == worked
    if worked:
        before = found.at - timedelta(microseconds=1)
        assert working_time_between(first, before, hours).time < worked
        assert found.provisional == (found.at.year > 2026 or china_time(first).year > 2026)


@given(first=MOMENTS, days=st.integers(1, 30))
def test_reminders_come_in_order_within_the_promise_and_at_a_working_time(first, days):
    last = end_of_day(due_after(first, days).due_on)

    half = moment_at_share(first, last, Decimal("0.5"), HOURS)
    most = moment_at_share(first, last, Decimal("0.8"), HOURS)

    assert first < half.at < most.at < last
    whole = working_time_between(first, last, HOURS)
    for share, found in ((Decimal("0.5"), half), (Decimal("0.8"), most)):
        worked = working_time_between(first, found.at, HOURS).time
        assert timedelta(0) <= worked - whole.time * float(share) < timedelta(milliseconds=1)
        assert found.provisional == whole.provisional


def test_half_and_four_fifths_of_a_promise_over_national_day():
    opened = datetime(2026, 9, 30, 10, tzinfo=CHINA)
    due = due_after(opened, 3)
    assert due.due_on == date(2026, 10, 10)

    # 5:30 on 30 September, 6:30 on each of 8, 9 and 10 October: 25 hours
    whole = working_time_between(opened, end_of_day(due.due_on), HOURS)
    half = moment_at_share(opened, end_of_day(due.due_on), Decimal("0.5"), HOURS)
    most = moment_at_share(opened, end_of_day(due.due_on), Decimal("0.8"), HOURS)

    assert whole.minutes == 25 * 60
    assert half.at == datetime(2026, 10, 9, 9, 30, tzinfo=CHINA)
    assert most.at == datetime(2026, 10, 10, 10, 30, tzinfo=CHINA)


@pytest.mark.parametrize(
    ("last", "provisional"),
    [
        (end_of_day(date(2026, 12, 31)), False),
        (end_of_day(date(2026, 12, 31)) + MINUTE, True),
        (datetime(2027, 1, 4, 9, tzinfo=CHINA), True),
    ],
)
def test_time_is_provisional_once_it_reaches_into_a_year_not_announced(last, provisional):
    first = datetime(2026, 12, 30, 10, tzinfo=CHINA)

    assert working_time_between(first, last, HOURS).provisional is provisional
    assert moment_at_share(first, last, Decimal("0.1"), HOURS).provisional is provisional


def test_no_time_at_all_is_the_moment_itself_also_at_night():
    assert add_working_time(NIGHT, timedelta(0), HOURS).at == NIGHT
    assert moment_at_share(NIGHT, NIGHT + MINUTE, Decimal("0.5"), HOURS).at == NIGHT


@pytest.mark.parametrize("share", [Decimal("-0.1"), Decimal("1.01")])
def test_what_is_no_share_is_refused(share):
    with pytest.raises(ValueError, match="share"):
        moment_at_share(NIGHT, NIGHT, share, HOURS)


def test_working_time_is_not_taken_back():
    with pytest.raises(ValueError, match="taken back"):
        add_working_time(datetime(2026, 1, 5, tzinfo=UTC), -MINUTE, HOURS)


@pytest.mark.parametrize(
    "hours",
    [
        [{"opens": "12:00", "closes": "12:00"}],
        [{"opens": "13:00", "closes": "12:00"}],
        [{"opens": "09:00", "closes": "12:00"}, {"opens": "11:59", "closes": "17:00"}],
        [{"opens": "13:30", "closes": "17:00"}, {"opens": "09:00", "closes": "12:00"}],
        [],
    ],
)
def test_a_bureau_whose_hours_are_no_hours_is_refused(hours):
    sample = read_bureau().model_dump(mode="json")

    with pytest.raises(ValidationError):
        Bureau.model_validate(sample | {"hours": hours})
