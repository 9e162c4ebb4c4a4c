"""Counting on the working calendar (工作日推算): exact, and as quick for years as for days."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import accumulate

from core.calendar.statutory import fixed_days
from core.calendar.years import Year
from core.clock import china_date

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DueDay:
    """The day by which something is promised (承诺日期).

    ``provisional`` is true where the count touched a year whose calendar is not announced.
    """

    due_on: date
    provisional: bool


class WorkingCalendar:
    """The years as announced; it never changes, a newer one takes its place.

    A year that is not announced is counted with weekends and the statutory days of fixed date,
    and whatever touches it is provisional (暂定).
    """

    def __init__(self, years: Mapping[int, Year], *, revision: int = 0) -> None:
        self.years = dict(years)
        self.revision = revision
        self._sums: dict[int, list[int]] = {}

    def with_year(self, year: Year) -> WorkingCalendar:
        """This calendar with ``year`` as its year, whether it was announced before or not."""
        return WorkingCalendar({**self.years, year.year: year}, revision=self.revision)

    def is_announced(self, day: date) -> bool:
        """Tell whether the calendar of that day's year is known."""
        return day.year in self.years

    def are_announced(self, first: date, last: date) -> bool:
        """Tell whether every year from ``first`` to ``last`` is known."""
        return all(year in self.years for year in range(first.year, last.year + 1))

    def is_workday(self, day: date) -> bool:
        """Tell whether people work on ``day`` in China."""
        year = self.years.get(day.year)
        if year is not None:
            return year.is_workday(day)
        return day.weekday() < 5 and day not in fixed_days(day.year)

    def working_days_between(self, first: date, last: date) -> int:
        """Working days after ``first`` up to ``last``, included; negative where it is earlier."""
        if last < first:
            return -self.working_days_between(last, first)
        whole = sum(self._year_sums(year)[-1] for year in range(first.year, last.year))
        return whole + self._up_to(last) - self._up_to(first)

    def workday_after(self, day: date, count: int) -> date:
        """The ``count``-th working day after ``day``.

        Args:
            day: Not counted.
            count: At least 1.

        Raises:
            ValueError: The count is too small, or the day lies beyond the last year there is.
        """
        if count < 1:
            raise ValueError("a promise needs at least one working day")
        year, left = day.year, count + self._up_to(day)
        while left > self._year_sums(year)[-1]:
            left -= self._year_sums(year)[-1]
            year += 1
        return date(year, 1, 1) + timedelta(days=bisect_left(self._year_sums(year), left))

    def due_after(self, opened_at: datetime, working_days: int) -> DueDay:
        """Count a promise of ``working_days`` from the day after opening.

        Args:
            opened_at: Aware moment of opening; its Chinese date is not counted.
            working_days: At least 1; the promise ends with the last of them.
        """
        opened_on = china_date(opened_at)
        due_on = self.workday_after(opened_on, working_days)
        return DueDay(due_on, not self.are_announced(opened_on + _DAY, due_on))

    def _up_to(self, day: date) -> int:
        """Working days of the year up to ``day``, included."""
        return self._year_sums(day.year)[day.timetuple().tm_yday - 1]

    def _year_sums(self, year: int) -> list[int]:
        """For each day of a year, the working days up to it."""
        sums = self._sums.get(year)
        if sums is None:
            first = date(year, 1, 1)
            length = (date(year, 12, 31) - first).days + 1
            works = (self.is_workday(first + timedelta(days=n)) for n in range(length))
            sums = self._sums[year] = list(accumulate(map(int, works)))
        return sums
