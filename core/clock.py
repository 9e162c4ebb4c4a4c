"""Time as people here live it (时钟): stored in UTC, spoken in Asia/Shanghai."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def china_date(moment: datetime) -> date:
    """The calendar day in China at ``moment``."""
    return moment.astimezone(CHINA).date()


def china_time(moment: datetime) -> datetime:
    """The same moment on a Chinese clock."""
    return moment.astimezone(CHINA)


def start_of_day(day: date) -> datetime:
    """The first moment of a Chinese calendar day."""
    return datetime(day.year, day.month, day.day, tzinfo=CHINA).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The moment at which a Chinese calendar day is over, which is the first of the next."""
    return start_of_day(day + timedelta(days=1))


def clock_fixed_to(day: date) -> Clock:
    """A clock whose Chinese date is always ``day`` while its time of day runs on."""

    def now() -> datetime:
        present = datetime.now(CHINA)
        return present.replace(year=day.year, month=day.month, day=day.day).astimezone(UTC)

    return now
