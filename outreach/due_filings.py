"""Which filings of a firm are due about now (临近期限的申报), and by when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_

from core.calendar import is_announced, working_days_between
from core.periods import Period
from enterprises.deadlines import Deadlines, due_after_period, due_on_record, is_yearly, period_of
from enterprises.kinds import Tax
from enterprises.tables import Filing

#: A deadline is told from this many working days before it to as many after it.
WORKING_DAYS_NEAR = 3
#: The announced day may lie this far behind the day on record, a long holiday included.
_EARLIER_ON_RECORD = timedelta(days=45)
_LATER_ON_RECORD = timedelta(days=20)


@dataclass(frozen=True)
class DueFiling:
    """A filing that is not made and due about now.

    Both counts of days left are 0 on the last day and may be negative once it is over.
    """

    tax: Tax
    period: Period
    due_on: date
    provisional: bool
    days_left: int
    working_days_left: int

    @property
    def overdue(self) -> bool:
        """Whether its last day is over."""
        return self.days_left < 0


def may_be_near(today: date) -> ColumnElement[bool]:
    """The condition for open filings worth a look: a little wider than what is told."""
    return and_(
        Filing.filed_on.is_(None),
        Filing.due_on.between(today - _EARLIER_ON_RECORD, today + _LATER_ON_RECORD),
    )


def near_filings(filings: Iterable[Filing], deadlines: Deadlines, today: date) -> list[DueFiling]:
    """Those of open filings that are due about now, what can still be met first."""
    found = [_due(each, deadlines, today) for each in filings]
    near = [each for each in found if abs(each.working_days_left) <= WORKING_DAYS_NEAR]
    order = {tax: place for place, tax in enumerate(Tax)}
    return sorted(near, key=lambda each: (each.overdue, each.due_on, order[each.tax]))


def _due(filing: Filing, deadlines: Deadlines, today: date) -> DueFiling:
    due_on = due_on_record(filing, deadlines)
    period = period_of(filing)
    return DueFiling(
        tax=filing.tax,
        period=period,
        due_on=due_on,
        provisional=_is_provisional(period, due_on, deadlines),
        days_left=(due_on - today).days,
        working_days_left=working_days_between(today, due_on),
    )


def _is_provisional(period: Period, due_on: date, deadlines: Deadlines) -> bool:
    """Whether the month's last filing day, for a yearly one the year's calendar, is to come."""
    if is_yearly(period):
        return not is_announced(due_on)
    return due_after_period(deadlines, period).provisional
