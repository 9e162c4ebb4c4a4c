"""Reading a bureau's record (读取企业档案文件) from CSV or JSON lines, faults by row and column.

Nothing is stored here; a file with any fault is for :mod:`enterprises.importing` to refuse.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from core.errors import ServiceError
from core.messages import sentence_for
from enterprises.import_values import (
    FILING,
    FILING_OPTIONAL,
    HOLDER,
    PROFILE,
    Read,
    ValueRefused,
    words,
)
from enterprises.kinds import FilingStatus, Role

_ENCODINGS = ("utf-8-sig", "gb18030")


@dataclass(frozen=True)
class Fault:
    """What is wrong, where; it never repeats the value, which may be personal."""

    line: int
    column: str
    what: str

    def __str__(self) -> str:
        place = f"第{self.line}行" if self.line else "文件"
        return f"{place} {self.column}：{self.what}" if self.column else f"{place}：{self.what}"


@dataclass(frozen=True)
class FirmRow:
    """One firm as the file has it, read and checked."""

    line: int
    profile: dict[str, Any]
    holders: list[dict[str, Any]]
    filings: list[dict[str, Any]]


@dataclass
class Firms:
    """A file as read: its firms, and everything that is wrong with it."""

    rows: list[FirmRow] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def read_firms(path: Path) -> Firms:
    """Read a file; its ending says whether it is CSV or JSON lines."""
    firms = Firms()
    try:
        text = _decoded(path.read_bytes())
        for line, record in _records(path.suffix.lower(), text, firms):
            _take(firms, line, record)
    except ValueRefused as refused:
        firms.faults.append(Fault(0, "", refused.what))
    except OSError:
        firms.faults.append(Fault(0, "", words()["faults"]["unreadable"]))
    _refuse_twins(firms)
    if not firms.rows and not firms.faults:
        firms.faults.append(Fault(0, "", words()["faults"]["nobody"]))
    firms.faults.sort(key=lambda fault: fault.line)
    return firms


def _decoded(content: bytes) -> str:
    for encoding in _ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueRefused("encoding")


def _records(ending: str, text: str, firms: Firms) -> Iterator[tuple[int, dict[str, Any]]]:
    if ending == ".csv":
        return _csv_records(text, firms)
    if ending == ".jsonl":
        return _json_records(text, firms)
    raise ValueRefused("format")


def _csv_records(text: str, firms: Firms) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each line as a record with the names of JSON; headings are the labels or these names."""
    reader = csv.DictReader(text.splitlines(keepends=True), restkey="")
    headings = [heading.strip() for heading in reader.fieldnames or ()]
    reader.fieldnames = headings
    named = {label: name for name, label in words()["columns"].items()}
    phones = {label for pair in words()["roles"].values() for label in pair}
    names = {named.get(heading, heading) for heading in headings}
    for heading in headings:
        if named.get(heading, heading) not in PROFILE and heading not in phones:
            firms.faults.append(Fault(1, heading, words()["faults"]["unknown"]))
    for name in PROFILE:
        if name not in names:
            firms.faults.append(Fault(1, words()["columns"][name], words()["faults"]["missing"]))
    if firms.faults:
        return
    for row in reader:
        if row.pop("", None):
            firms.faults.append(Fault(reader.line_num, "", words()["faults"]["surplus"]))
        elif any((value or "").strip() for value in row.values()):
            record = {named.get(heading, heading): value for heading, value in row.items()}
            yield reader.line_num, record | {"roles": _csv_roles(row)}


def _csv_roles(row: dict[str, str]) -> list[dict[str, str]]:
    roles = []
    for role, (name_column, phone_column) in words()["roles"].items():
        name, phone = (row.get(column) or "" for column in (name_column, phone_column))
        if name.strip() or phone.strip():
            roles.append({"role": role, "name": name, "phone": phone})
    return roles


def _json_records(text: str, firms: Firms) -> Iterator[tuple[int, dict[str, Any]]]:
    for line, raw in enumerate(text.splitlines(), 1):
        if not raw.strip():
            continue
        try:
            record = json.loads(raw, parse_float=Decimal)
        except json.JSONDecodeError:
            record = None
        if not isinstance(record, dict):
            firms.faults.append(Fault(line, "", words()["faults"]["json"]))
            continue
        for name in record.keys() - PROFILE.keys() - {"roles", "filings"}:
            firms.faults.append(Fault(line, name, words()["faults"]["unknown"]))
        yield line, record


def _take(firms: Firms, line: int, record: dict[str, Any]) -> None:
    faults: list[Fault] = []
    profile = _values(line, record, PROFILE, faults, label="")
    holders = _items(line, record, "roles", HOLDER, faults)
    filings = _items(line, record, "filings", FILING, faults, FILING_OPTIONAL)
    if not faults:
        _check_filings(line, filings, faults)
    firms.faults += faults
    if not faults:
        firms.rows.append(FirmRow(line, profile, holders, filings))


def _items(
    line: int,
    record: dict[str, Any],
    name: str,
    reads: dict[str, Read],
    faults: list[Fault],
    optional: Collection[str] = (),
) -> list[dict[str, Any]]:
    items = record.get(name) or []
    if not (isinstance(items, list) and all(isinstance(item, dict) for item in items)):
        faults.append(Fault(line, name, words()["faults"]["list"]))
        return []
    found = []
    for place, item in enumerate(items):
        label = f"{name}[{place}]."
        for unknown in item.keys() - reads.keys():
            faults.append(Fault(line, f"{label}{unknown}", words()["faults"]["unknown"]))
        found.append(_values(line, item, reads, faults, label=label, optional=optional))
    return found


def _values(
    line: int,
    record: dict[str, Any],
    reads: dict[str, Read],
    faults: list[Fault],
    *,
    label: str,
    optional: Collection[str] = (),
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, read in reads.items():
        text = _text(record.get(name))
        try:
            if text:
                found[name] = read(text)
            elif name in optional:
                found[name] = None
            else:
                raise ValueRefused("empty")
        except ValueRefused as refused:
            faults.append(Fault(line, _column(label, name, record), refused.what))
        except ServiceError as error:
            faults.append(Fault(line, _column(label, name, record), sentence_for(error)))
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _column(label: str, name: str, record: dict[str, Any]) -> str:
    """How the fault names its place: by the heading of a CSV, or by the path in JSON."""
    if not label:
        return words()["columns"][name]
    role = str(record.get("role"))
    if label.startswith("roles") and role in words()["roles"] and name != "role":
        return words()["roles"][role][name == "phone"]
    return f"{label}{name}"


def _check_filings(line: int, filings: list[dict[str, Any]], faults: list[Fault]) -> None:
    seen: set[tuple[Any, ...]] = set()
    for place, filing in enumerate(filings):
        label = f"filings[{place}]."
        if filing["period_last"] < filing["period_first"]:
            faults.append(Fault(line, f"{label}period_last", words()["faults"]["order"]))
        is_filed = filing["state"] in (FilingStatus.FILED, FilingStatus.CORRECTED)
        if is_filed != (filing["filed_on"] is not None):
            faults.append(Fault(line, f"{label}filed_on", words()["faults"]["filed_on"]))
        key = (filing["tax"], filing["period_first"], filing["period_last"])
        if key in seen:
            faults.append(Fault(line, f"filings[{place}]", words()["faults"]["same_filing"]))
        seen.add(key)


def _refuse_twins(firms: Firms) -> None:
    first: dict[str, int] = {}
    for row in firms.rows:
        other = first.setdefault(row.profile["uscc"], row.line)
        if other != row.line:
            what = words()["faults"]["twice"].format(other=other)
            firms.faults.append(Fault(row.line, words()["columns"]["uscc"], what))


def holders_of(row: FirmRow) -> dict[Role, list[tuple[str, str]]]:
    """Who shall hold which role, as name and phone; roles the file does not name are absent."""
    found: dict[Role, list[tuple[str, str]]] = {}
    for holder in row.holders:
        people = found.setdefault(holder["role"], [])
        if (holder["name"], holder["phone"]) not in people:
            people.append((holder["name"], holder["phone"]))
    return found
