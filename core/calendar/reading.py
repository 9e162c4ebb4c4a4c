"""Reads a year's calendar from YAML (读入日历) and names everything that is wrong, by line."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from pathlib import Path

import yaml

from core.calendar.checking import Written, check_days, check_year
from core.calendar.statutory import statutes
from core.calendar.years import FOLDER, BadCalendar, Fault, Holiday, Year, fault

#: A year fills some thirty lines.
LONGEST = 20_000
_NEEDED = ("year", "title", "number", "link", "issued_on", "checked_on", "holidays", "workdays")
_HOLIDAY = ("name", "from", "to")


def read_year(text: str, *, file: str, year: int | None = None, today: date | None = None) -> Year:
    """Read and check one year.

    Args:
        text: The YAML.
        file: Its name, for the error.
        year: The year that it has to be for; None takes what it says.
        today: Where it is given, nothing may be dated later, and the year be next year at most.

    Raises:
        BadCalendar: It cannot be used; every fault with its line.
    """
    reader = _Reader()
    written = reader.read(text)
    if written is None:
        raise BadCalendar(file=file, faults=sorted(reader.faults, key=lambda each: each.line))
    if year is not None and written.year != year:
        reader.add(written.lines["year"], "wrong_year", found=written.year, wanted=year)
    faults = reader.faults or check_year(written, today)
    if faults:
        raise BadCalendar(file=file, faults=sorted(faults, key=lambda each: each.line))
    return written.as_year()


@cache
def years_on_file(folder: Path = FOLDER) -> dict[int, Year]:
    """Every year that came with the service.

    Raises:
        BadCalendar: A file cannot be used.
    """
    return {
        int(path.stem): read_year(path.read_text("utf-8"), file=path.name, year=int(path.stem))
        for path in sorted(folder.glob("*.yml"))
    }


class _Reader:
    """Turns YAML nodes into values and gathers the faults met on the way."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def add(self, line: int, code: str, **details: object) -> None:
        self.faults.append(fault(line, code, **details))

    def read(self, text: str) -> Written | None:
        """The year as written; None where that much cannot be read."""
        if len(text) > LONGEST:
            self.add(1, "too_long")
            return None
        try:
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            self.add(mark.line + 1 if mark else 1, "not_yaml")
            return None
        if not isinstance(root, yaml.MappingNode):
            self.add(1, "not_a_calendar")
            return None
        return self._written(self._rows(root, _NEEDED, optional=("exception",)))

    def _written(self, rows: dict[str, yaml.Node]) -> Written | None:
        year = self._year(rows.get("year"))
        texts = {key: self._text(key, rows.get(key)) for key in ("title", "number", "exception")}
        link = self._link(rows.get("link"))
        issued_on, checked_on = self._day(rows.get("issued_on")), self._day(rows.get("checked_on"))
        holidays = self._holidays(rows.get("holidays"))
        workdays = self._workdays(rows.get("workdays"))
        if year is not None:
            self.faults += check_days(year, holidays, workdays)
        if self.faults or year is None or issued_on is None or checked_on is None:
            return None
        return Written(
            year=year,
            title=texts["title"] or "",
            number=texts["number"] or "",
            link=link or "",
            issued_on=issued_on,
            checked_on=checked_on,
            exception=texts["exception"],
            holidays=holidays,
            workdays=workdays,
            lines={key: _line(node) for key, node in rows.items()},
        )

    def _holidays(self, node: yaml.Node | None) -> list[tuple[int, Holiday]]:
        found = [(_line(each), self._holiday(each)) for each in self._list("holidays", node)]
        return [(line, holiday) for line, holiday in found if holiday is not None]

    def _workdays(self, node: yaml.Node | None) -> list[tuple[int, date]]:
        found = [(_line(each), self._day(each)) for each in self._list("workdays", node)]
        return [(line, day) for line, day in found if day is not None]

    def _rows(
        self, node: yaml.MappingNode, needed: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, yaml.Node]:
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                self.add(_line(key), "doubled_key", key=name)
            elif name not in (*needed, *optional):
                self.add(_line(key), "unknown_key", key=name)
            else:
                found[name] = value
        for name in needed:
            if name not in found:
                self.add(_line(node), "missing_key", key=name)
        return found

    def _year(self, node: yaml.Node | None) -> int | None:
        if node is None:
            return None
        if not isinstance(node, yaml.ScalarNode) or not re.fullmatch(r"[0-9]{4}", node.value):
            self.add(_line(node), "not_a_year", key="year")
            return None
        if int(node.value) < statutes()[-1].from_year:
            self.add(_line(node), "year_too_early", first=statutes()[-1].from_year)
            return None
        return int(node.value)

    def _text(self, key: str, node: yaml.Node | None) -> str | None:
        if node is None:
            return None
        if not isinstance(node, yaml.ScalarNode) or not 0 < len(node.value.strip()) <= 200:
            self.add(_line(node), "not_text", key=key)
            return None
        return str(node.value).strip()

    def _link(self, node: yaml.Node | None) -> str | None:
        link = self._text("link", node)
        if node is not None and link and not re.fullmatch(r"https?://\S+", link):
            self.add(_line(node), "not_a_link", key="link")
            return None
        return link

    def _list(self, key: str, node: yaml.Node | None) -> list[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.add(_line(node), "not_a_list", key=key)
            return []
        return list(node.value)

    def _holiday(self, node: yaml.Node) -> Holiday | None:
        if not isinstance(node, yaml.MappingNode):
            self.add(_line(node), "not_a_holiday")
            return None
        rows = self._rows(node, _HOLIDAY)
        name = self._text("name", rows.get("name"))
        first, last = self._day(rows.get("from")), self._day(rows.get("to"))
        if name is None or first is None or last is None:
            return None
        if last < first:
            self.add(_line(node), "span_backwards", from_=first, to=last)
            return None
        return Holiday(name, first, last)

    def _day(self, node: yaml.Node | None) -> date | None:
        if node is None:
            return None
        text = str(node.value) if isinstance(node, yaml.ScalarNode) else ""
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                pass
        self.add(_line(node), "not_a_day" if text else "no_day", text=text[:40])
        return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
