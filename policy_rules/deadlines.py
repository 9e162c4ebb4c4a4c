"""The last day to file in a month (申报截止日): as announced, or worked out where it is not yet."""

from __future__ import annotations

from datetime import date, timedelta

from core.calendar import is_workday, next_workday
from policy_rules.parameters import NoFigure, figure

CALENDAR = "filing.deadline.monthly"
_DAYS = "vat.filing_days"
_LONG_HOLIDAY = "filing.holiday_shift_days"


def filing_deadline(year: int, month: int) -> tuple[date, bool]:
    """The last day to file monthly and quarterly returns in a month.

    Returns:
        The day, and whether it is announced. Where it is not, it is worked out: the statutory
        day, moved past days off, and by as many workdays as long holidays inside took away.

    Raises:
        NoFigure: The statutory days of that time are not on file.

    Source: 税收征收管理法实施细则第一百零九条; each year's notice on the filing seasons.
    """
    first = date(year, month, 1)
    announced = announced_deadline(first)
    if announced is not None:
        return announced, True
    days = int(figure(_DAYS, first))
    last = first + timedelta(days=days - 1)
    lost = _days_lost(first, last, int(figure(_LONG_HOLIDAY, first)))
    return (_workdays_after(last, lost) if lost else next_workday(last)), False


def announced_deadline(first: date) -> date | None:
    """The announced last day of the month that begins on ``first``, or None."""
    try:
        calendar: dict[str, date] = figure(CALENDAR, first)
    except NoFigure:
        return None
    return calendar.get(f"{first:%Y-%m}")


def _days_lost(first: date, last: date, long_holiday: int) -> int:
    """Days off within ``first``..``last`` that belong to runs of at least ``long_holiday``."""
    lost = run = 0
    for step in range((last - first).days + 1):
        if is_workday(first + timedelta(days=step)):
            lost, run = lost + (run if run >= long_holiday else 0), 0
        else:
            run += 1
    return lost + (run if run >= long_holiday else 0)


def _workdays_after(day: date, count: int) -> date:
    for _ in range(count):
        day = next_workday(day + timedelta(days=1))
    return day
