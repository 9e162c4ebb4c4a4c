"""The table of allowed moves (流转表), from ``moves.yml``: who may make which, what it needs."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from appeals.people import Right
from appeals.tables import AppealStatus, Verb

FILE = Path(__file__).parent / "moves.yml"

DeskRole = Literal["owner", "supervisor"]


class AllowedMove(BaseModel):
    """One row of the table.

    ``told`` says whether the taxpayer gets a message when somebody else made the move, ``desk``
    who is told there, ``needs`` what has to be said with it, ``any_hands`` whether an officer may
    make it on a case that a colleague has.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    verb: Verb
    by: frozenset[Right] = Field(min_length=1)
    ways: dict[AppealStatus, AppealStatus] = Field(min_length=1)
    told: bool
    desk: tuple[DeskRole, ...]
    needs: tuple[str, ...]
    any_hands: bool


@cache
def move_table() -> dict[Verb, AllowedMove]:
    """Every move but filing, in the order of the file."""
    rows = TypeAdapter(list[AllowedMove]).validate_python(yaml.safe_load(FILE.read_text("utf-8")))
    return {row.verb: row for row in rows}


def moves_from(status: AppealStatus, right: Right) -> list[AllowedMove]:
    """What somebody with that right may do from there, whoever has the case."""
    return [row for row in move_table().values() if status in row.ways and right in row.by]
