"""Reading one value of a bureau's record (导入取值): text as people and programs write it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import String

from core.money import rounded
from enterprises.kinds import (
    EnterpriseStatus,
    FilingCycle,
    FilingStatus,
    Role,
    Subject,
    Tax,
    TaxpayerType,
)
from enterprises.labels import labels
from enterprises.tables import YUAN, Enterprise, Person
from enterprises.uscc import parse_uscc
from enterprises.vault import parse_phone

Read = Callable[[str], Any]

_DATE = re.compile(r"(\d{4})(?:-|/|年)(\d{1,2})(?:-|/|月)(\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
_MOST_HEADS = 10_000_000


class ValueRefused(Exception):
    """A value cannot be used; ``what`` is the sentence that says why."""

    def __init__(self, fault: str, **details: object) -> None:
        self.what = words()["faults"][fault].format(**details)
        super().__init__(self.what)


@cache
def words() -> dict[str, Any]:
    """Headings and sentences of the import, from ``importing.yml``."""
    return yaml.safe_load((Path(__file__).parent / "importing.yml").read_text("utf-8"))


def read_text(text: str, *, most: int) -> str:
    """Read words of at most ``most`` characters."""
    if len(text) > most:
        raise ValueRefused("too_long", most=most)
    return text


def read_date(text: str) -> date:
    """Read a day: ``2026-01-31``, ``2026/1/31``, ``2026年1月31日``, ``20260131``."""
    match = _DATE.fullmatch(text)
    try:
        year, month, day = (int(part) for part in match.groups() if part) if match else (0, 0, 0)
        return date(year, month, day)
    except ValueError as error:
        raise ValueRefused("date") from error


def read_yuan(text: str) -> Decimal:
    """Read an amount in yuan, with or without separators."""
    try:
        amount = Decimal(text.replace(",", ""))
        exact = rounded(amount)
    except InvalidOperation as error:
        raise ValueRefused("amount") from error
    assert YUAN.precision is not None
    if amount != exact or amount < 0 or amount.adjusted() >= YUAN.precision - 2:
        raise ValueRefused("amount")
    return exact


def _choice(codes: type[StrEnum], kind: str, text: str) -> StrEnum:
    """Read a code or its label."""
    known = {label: code for code, label in labels()[kind].items()}
    try:
        return codes(known.get(text, text))
    except ValueError as error:
        told = "、".join(labels()[kind][code] for code in codes)
        raise ValueRefused("choice", choices=told) from error


def _yes_no(text: str) -> bool:
    if text not in (*words()["said_yes"], *words()["said_no"]):
        raise ValueRefused("yes_no")
    return text in words()["said_yes"]


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 9 and int(text) <= _MOST_HEADS):
        raise ValueRefused("whole", most=_MOST_HEADS)
    return int(text)


def _region_code(text: str) -> str:
    if not re.fullmatch(r"[0-9]{6,12}", text):
        raise ValueRefused("region_code")
    return text


def _column_text(table: type[Enterprise] | type[Person], name: str) -> Read:
    kind = table.__table__.c[name].type
    assert isinstance(kind, String) and kind.length is not None
    return partial(read_text, most=kind.length)


PROFILE: dict[str, Read] = {
    "uscc": parse_uscc,
    "name": _column_text(Enterprise, "name"),
    "subject": partial(_choice, Subject, "subject"),
    "taxpayer_type": partial(_choice, TaxpayerType, "taxpayer_type"),
    "filing_cycle": partial(_choice, FilingCycle, "filing_cycle"),
    "industry": _column_text(Enterprise, "industry"),
    "region_code": _region_code,
    "region_name": _column_text(Enterprise, "region_name"),
    "competent_authority": _column_text(Enterprise, "competent_authority"),
    "registered_on": read_date,
    "status": partial(_choice, EnterpriseStatus, "status"),
    "headcount": _whole,
    "assets_yuan": read_yuan,
    "is_small_low_profit": _yes_no,
}
HOLDER: dict[str, Read] = {
    "role": partial(_choice, Role, "role"),
    "name": _column_text(Person, "name"),
    "phone": parse_phone,
}
FILING: dict[str, Read] = {
    "tax": partial(_choice, Tax, "tax"),
    "period_first": read_date,
    "period_last": read_date,
    "due_on": read_date,
    "state": partial(_choice, FilingStatus, "filing_state"),
    "filed_on": read_date,
    "tax_payable_yuan": read_yuan,
    "sales_yuan": read_yuan,
}
#: What a filing may leave empty.
FILING_OPTIONAL = frozenset({"filed_on", "tax_payable_yuan", "sales_yuan"})
