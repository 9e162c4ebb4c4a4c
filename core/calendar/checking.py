"""Whether a year's calendar can be true (核对日历): its days, its festivals, and their balance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.calendar.statutory import Festival, Statute, statute_of
from core.calendar.years import Fault, Holiday, Year, fault

_WEEKDAYS = "一二三四五六日"
#: A span that leaves its year is reported by its ends; one of more days than this is a slip.
_LONGEST_HOLIDAY = 31


@dataclass(frozen=True)
class Written:
    """A year as written down, with the line of everything."""

    year: int
    title: str
    number: str
    link: str
    issued_on: date
    checked_on: date
    exception: str | None
    holidays: list[tuple[int, Holiday]]
    workdays: list[tuple[int, date]]
    lines: dict[str, int]

    def as_year(self) -> Year:
        """The year without its lines; only meant for one that has been checked."""
        return Year(
            year=self.year,
            title=self.title,
            number=self.number,
            link=self.link,
            issued_on=self.issued_on,
            checked_on=self.checked_on,
            holidays=tuple(sorted((each for _, each in self.holidays), key=lambda h: h.first)),
            workdays=frozenset(day for _, day in self.workdays),
            exception=self.exception,
        )


def check_year(written: Written, today: date | None = None) -> list[Fault]:
    """What cannot be true about a year whose days are well written, by line."""
    faults = _about_its_notice(written, today)
    if faults:
        return faults
    statute = statute_of(written.year)
    faults = [each for festival in statute.festivals for each in _about_festival(written, festival)]
    return faults or _about_its_balance(written, statute)


def _about_its_notice(written: Written, today: date | None) -> list[Fault]:
    faults = []
    issued = written.issued_on
    if written.checked_on < issued:
        faults.append(fault(written.lines["checked_on"], "checked_before_issued"))
    if not written.year - 1 <= issued.year <= written.year:
        faults.append(
            fault(written.lines["issued_on"], "issued_out_of_time", year=written.year, day=issued)
        )
    if today is not None:
        if written.year > today.year + 1:
            faults.append(fault(written.lines["year"], "year_too_late", last=today.year + 1))
        for key, day in (("issued_on", issued), ("checked_on", written.checked_on)):
            if day > today:
                faults.append(fault(written.lines[key], "day_to_come", day=day))
    return faults


def check_days(
    year: int, holidays: list[tuple[int, Holiday]], workdays: list[tuple[int, date]]
) -> list[Fault]:
    """Days of another year, days written twice, and make-up days that are no weekend."""
    faults: list[Fault] = []
    off: dict[date, int] = {}
    for line, holiday in holidays:
        outside = [d for d in (holiday.first, holiday.last) if d.year != year]
        if outside or (holiday.last - holiday.first).days > _LONGEST_HOLIDAY:
            day = outside[0] if outside else holiday.last
            faults.append(fault(line, "outside_year", day=day, year=year))
            continue
        twice = [day for day in holiday.days() if day in off]
        if twice:
            faults.append(fault(line, "day_off_twice", day=twice[0], other=off[twice[0]]))
        off |= {day: line for day in holiday.days() if day not in off}
    made_up: dict[date, int] = {}
    for line, day in workdays:
        if day.year != year:
            faults.append(fault(line, "outside_year", day=day, year=year))
        elif day in made_up:
            faults.append(fault(line, "workday_twice", day=day, other=made_up[day]))
        elif day in off:
            faults.append(fault(line, "workday_in_holiday", day=day, other=off[day]))
        elif day.weekday() < 5:
            weekday = f"周{_WEEKDAYS[day.weekday()]}"
            faults.append(fault(line, "workday_on_weekday", day=day, weekday=weekday))
        made_up.setdefault(day, line)
    return faults


def _about_festival(written: Written, festival: Festival) -> list[Fault]:
    named = [
        (line, each) for line, each in written.holidays if festival.name in each.name.split("、")
    ]
    if not named:
        return [fault(written.lines["holidays"], "festival_missing", name=festival.name)]
    line = named[0][0]
    days = {day for _, each in named for day in each.days()}
    faults = [
        fault(line, "festival_day_missing", name=festival.name, day=day)
        for day in festival.fixed_days(written.year)
        if day not in days
    ]
    if festival.window is not None:
        first, last = festival.window
        if not any(first <= f"{day:%m-%d}" <= last for day in days):
            faults.append(
                fault(line, "festival_out_of_season", name=festival.name, first=first, last=last)
            )
    return faults


def _about_its_balance(written: Written, statute: Statute) -> list[Fault]:
    # A statutory day on a weekend is given back, and every other weekday off is worked for.
    year = written.as_year()
    off = sum(day.weekday() < 5 for day in year.days_off)
    made_up = len(year.workdays)
    if off - made_up == statute.days or year.exception:
        return []
    return [
        fault(
            written.lines["workdays"],
            "unbalanced",
            off=off,
            made_up=made_up,
            year=written.year,
            days=statute.days,
        )
    ]
