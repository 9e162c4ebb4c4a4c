"""Working time for very many spans (工时累计): one look-up of the calendar for each day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache

from core.calendar import ServiceHours, due_after, is_workday, working_days_between
from core.clock import CHINA

_BASE = date(2000, 1, 1)
_BASE_AT = datetime(2000, 1, 1, tzinfo=CHINA)


class WorkClock:
    """Counts like :func:`core.calendar.working_time_between`, and remembers each day."""

    def __init__(self, hours: ServiceHours) -> None:
        self._stretches = [
            (_microseconds(each.opens), _microseconds(each.closes)) for each in hours
        ]
        self.minutes_a_day = sum(end - start for start, end in self._stretches) // 60_000_000
        self._begun = cache(self._worked_before)
        self._last_day = cache(self._due)

    def minutes(self, first: datetime, last: datetime) -> int:
        """Whole working minutes of a span; none where it ends before it begins."""
        return max(0, (self._worked(last) - self._worked(first)) // 60_000_000)

    def last_day(self, opened_on: date, working_days: int) -> date:
        """The last day of so many working days after a day."""
        return self._last_day(opened_on, working_days)

    def _worked(self, moment: datetime) -> int:
        since = moment - _BASE_AT
        before, is_worked = self._begun(since.days)
        if not is_worked:
            return before
        now = since.seconds * 1_000_000 + since.microseconds
        for start, end in self._stretches:
            if now <= start:
                break
            before += min(now, end) - start
        return before

    def _worked_before(self, days: int) -> tuple[int, bool]:
        """Working time from the base to the morning of a day, and whether people work on it."""
        day = _BASE + timedelta(days=days)
        whole = working_days_between(_BASE, day - timedelta(days=1))
        return whole * sum(end - start for start, end in self._stretches), is_workday(day)

    def _due(self, opened_on: date, working_days: int) -> date:
        noon = datetime(opened_on.year, opened_on.month, opened_on.day, 12, tzinfo=CHINA)
        return due_after(noon, working_days).due_on


def _microseconds(moment: time) -> int:
    """Since midnight."""
    seconds = (moment.hour * 60 + moment.minute) * 60 + moment.second
    return seconds * 1_000_000 + moment.microsecond
