"""Kinds of appeal (诉求类型) and the working days promised for each, from ``kinds.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from appeals.errors import BrokenKinds

FILE = Path(__file__).parent / "kinds.yml"


class Source(BaseModel):
    """What a promise rests on (依据): a document, or this service's own word."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: str | None
    number: str
    clause: str | None
    note: str | None


class Kind(BaseModel):
    """One kind of appeal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^[a-z_]{1,40}$")
    label: str
    meaning: str
    working_days: int = Field(ge=1, le=60)
    source: Source
    routes: tuple[str, ...] = Field(min_length=1)


class _Override(BaseModel):
    model_config = ConfigDict(extra="forbid")

    working_days: dict[str, int]


Kinds = Mapping[str, Kind]


@cache
def load_kinds(override: Path | None = None) -> Kinds:
    """Read the kinds, with the days that a bureau promises in a file of its own.

    Args:
        override: YAML with ``working_days: {<code>: <days>}``, or None.

    Raises:
        BrokenKinds: A file has the wrong form, names an unknown kind, or promises more days than
            the document allows.
    """
    rows = TypeAdapter(list[Kind]).validate_python(_read(FILE))
    kinds = {kind.code: kind for kind in rows}
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


def _with_days(kinds: Kinds, code: str, wanted: int, file: str) -> Kind:
    kind = kinds.get(code)
    if kind is None:
        raise BrokenKinds(file=file, reason=f"没有“{code}”这个类型")
    most = kind.working_days if kind.source.document else 60
    if not 1 <= wanted <= most:
        raise BrokenKinds(file=file, reason=f"“{kind.label}”只能是 1 到 {most} 个工作日")
    return kind.model_copy(update={"working_days": wanted})


def kind_label(code: str) -> str:
    """The Chinese name of a kind; the code itself for one that is no longer kept."""
    kind = load_kinds().get(code)
    return kind.label if kind else code


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise BrokenKinds(file=path.name, reason=str(error)) from error
