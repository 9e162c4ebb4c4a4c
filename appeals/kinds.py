"""Kinds of appeal (诉求类型) with their rules as data, from ``kinds.yml``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from appeals.errors import BrokenKinds
from appeals.tables import Appeal, Origin
from core.calendar import ServiceHours

FILE = Path(__file__).parent / "kinds.yml"


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Row):
    """What a promise rests on (依据): a document, or this service's own word (``house``)."""

    document: str | None
    number: str
    clause: str | None
    note: str | None
    certainty: Literal["verified", "secondary", "unverified", "house"]


class Within(_Row):
    """A limit in working days, and what it rests on."""

    working_days: int = Field(ge=1, le=60)
    source: Source


class Times(Within):
    """A limit in working days for something that may be done so often."""

    times: int = Field(ge=1)


class Rung(_Row):
    """One rung of a ladder: who is told when a promise is so many working days late.

    ``role`` is one of the desk's roles: exactly its accounts see the alert.
    """

    rung: str
    named: str
    role: Literal["supervisor", "oversight", "deputy_head"]
    days_late: int = Field(ge=0)


class Resolution(_Row):
    """One way in which a case of the kind can be settled (落实结果)."""

    code: str
    label: str


class Asked(_Row):
    """One field that is asked for when an appeal of the kind is filed (填写项)."""

    name: str = Field(pattern=r"^[a-z_]{1,40}$")
    label: str
    required: bool


class Rules(_Row):
    """How an appeal of a kind is handled; frozen into each appeal on the day it is filed.

    ``working_minutes`` is what counts where it is given; ``working_days`` then only says the same
    in days for lists. ``promise`` names what is promised, in ``sentences.yml``.
    """

    promise: str
    working_days: int = Field(ge=1, le=60)
    working_minutes: int | None = Field(ge=1)
    pauses: bool
    accept_within: Within
    extension: Times | None
    confirm_within: Within
    reopening: Times
    reminders: tuple[Decimal, ...]
    ladder: tuple[Rung, ...] = Field(min_length=1)
    answered_by: Literal["agent", "supervisor"]
    resolutions: tuple[Resolution, ...]
    goes_outside: bool
    call_back: Literal["never", "lapsed", "always"]
    hours: ServiceHours = Field(min_length=1)


class Kind(Rules):
    """One kind of appeal."""

    code: str = Field(pattern=r"^[a-z_]{1,40}$")
    family: str
    label: str
    meaning: str
    source: Source
    origins: frozenset[Origin]
    asks: tuple[Asked, ...]
    routes: tuple[str, ...] = Field(min_length=1)

    def rules(self) -> Rules:
        """What is frozen into an appeal."""
        return Rules.model_validate({name: getattr(self, name) for name in Rules.model_fields})


class _Override(BaseModel):
    model_config = ConfigDict(extra="forbid")

    working_days: dict[str, int]


Kinds = Mapping[str, Kind]


@cache
def load_kinds(override: Path | None = None, hours: ServiceHours | None = None) -> Kinds:
    """Read the kinds, with the days that a bureau promises in a file of its own.

    Args:
        override: YAML with ``working_days: {<code>: <days>}``, or None.
        hours: When people work on a working day, as in :class:`core.bureau.Bureau`.

    Raises:
        BrokenKinds: A file has the wrong form, names an unknown kind, or promises more days than
            the document allows.
    """
    kinds = {kind.code: kind for kind in _kinds(_read(FILE), hours)}
    if override is None:
        return kinds
    try:
        days = _Override.model_validate(_read(override)).working_days
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "文件"
        raise BrokenKinds(file=override.name, reason=f"{where}: {first['msg']}") from error
    for code, wanted in days.items():
        kinds[code] = _with_days(kinds, code, wanted, override.name)
    return kinds


def rules_of(appeal: Appeal) -> Rules:
    """The rules an appeal was filed under; those of today for one older than frozen rules."""
    if appeal.rules:
        return _frozen_rules(json.dumps(appeal.rules))
    kinds = load_kinds()
    return kinds.get(appeal.kind, kinds["other"]).rules()


@lru_cache(maxsize=200)
def _frozen_rules(plain: str) -> Rules:
    return Rules.model_validate_json(plain)


def kind_label(code: str) -> str:
    """The Chinese name of a kind; the code itself for one that is no longer kept."""
    kind = load_kinds().get(code)
    return kind.label if kind else code


def _kinds(data: dict[str, Any], hours: ServiceHours | None) -> list[Kind]:
    """Put in the sources and ladders that the rows name."""
    sources, ladders = data["sources"], data["ladders"]

    def filled(row: Any) -> Any:
        if not isinstance(row, dict):
            return row
        found = {name: filled(value) for name, value in row.items()}
        return {**found, "source": sources[row["source"]]} if "source" in row else found

    rows = [
        {**filled(row), "ladder": ladders[row["ladder"]], "hours": hours or data["service_hours"]}
        for row in data["kinds"]
    ]
    return TypeAdapter(list[Kind]).validate_python(rows)


def _with_days(kinds: dict[str, Kind], code: str, wanted: int, file: str) -> Kind:
    kind = kinds.get(code)
    if kind is None:
        raise BrokenKinds(file=file, reason=f"没有“{code}”这个类型")
    most = kind.working_days if kind.source.document else 60
    if not 1 <= wanted <= most:
        raise BrokenKinds(file=file, reason=f"“{kind.label}”只能是 1 到 {most} 个工作日")
    return kind.model_copy(update={"working_days": wanted})


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BrokenKinds(file=path.name, reason=str(error)) from error
