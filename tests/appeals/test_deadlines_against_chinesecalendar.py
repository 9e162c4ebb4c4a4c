"""Every promise of three years against a calendar that was written by others."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, time, timedelta

import chinese_calendar
import pytest

from appeals.deadlines import deadline_json
from appeals.kinds import load_kinds
from core.calendar import due_after

FIRST, LAST = date(2024, 1, 1), date(2026, 12, 31)
#: Chinese times of day at which something begins or ends.
MOMENTS = (
    time(0), time(8, 59), time(9), time(12), time(17, 59), time(18), time(23, 59, 59),
)  # fmt: skip
DAY_COUNTS = range(1, 31)
BEHIND_UTC = timedelta(hours=8)


def test_every_opening_moment_of_three_years_agrees_with_the_other_calendar():
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    workdays = [day for day in days if chinese_calendar.is_workday(day)]
    compared = provisional = 0
    differences = []

    for day in days:
        place = bisect_right(workdays, day)
        for moment in MOMENTS:
            opened = datetime.combine(day, moment, UTC) - BEHIND_UTC
            for count in DAY_COUNTS:
                found = due_after(opened, count)
                if place + count <= len(workdays):
                    compared += 1
                    expected = (workdays[place + count - 1], False)
                    if (found.due_on, found.provisional) != expected:
                        differences.append((opened, count, found, expected))
                else:
                    provisional += 1
                    assert found.provisional, (opened, count)
                    assert found.due_on > LAST

    assert differences == []
    assert (len(days), compared, provisional) == (1096, 225_771, 4389)


def test_the_counts_compared_are_all_that_a_kind_of_appeal_promises():
    assert {kind.working_days for kind in load_kinds().values()} <= set(DAY_COUNTS)


@pytest.mark.parametrize(
    ("opened", "due", "wrong_without_make_up_days", "wrong_with_weekdays_only"),
    [
        ("2026-02-13", "2026-02-25", "2026-02-26", "2026-02-18"),
        ("2026-02-26", "2026-03-02", "2026-03-03", "2026-03-03"),
        ("2026-05-07", "2026-05-11", "2026-05-12", "2026-05-12"),
        ("2026-09-17", "2026-09-21", "2026-09-22", "2026-09-22"),
        ("2026-09-30", "2026-10-10", "2026-10-12", "2026-10-05"),
    ],
)
@pytest.mark.parametrize("moment", ["", "T00:00", "T23:59:59", "T12:00+08:00"])
def test_three_days_around_make_up_days_are_counted_as_people_work(
    opened, due, wrong_without_make_up_days, wrong_with_weekdays_only, moment
):
    found = deadline_json(opened + moment, 3)

    assert found == {"due_on": due, "provisional": False}
    assert due not in {wrong_without_make_up_days, wrong_with_weekdays_only}
