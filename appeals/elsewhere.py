"""What is not taken here (不在这里受理), and where it is: reports of violations, remedies."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from appeals.errors import TakenElsewhere

FILE = Path(__file__).parent / "elsewhere.yml"


class Elsewhere(BaseModel):
    """One matter that belongs elsewhere: where, by which document, how sure that is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    label: str
    words: tuple[str, ...]
    told: str
    source: str
    certainty: Literal["verified", "secondary", "unverified"]


@cache
def matters_elsewhere() -> dict[str, Elsewhere]:
    """Every such matter, by code."""
    rows = yaml.safe_load(FILE.read_text("utf-8"))
    return {each.code: each for each in TypeAdapter(list[Elsewhere]).validate_python(rows)}


def check_taken_here(text: str) -> None:
    """Refuse words that name a matter of another place; for what was said to be the kind.

    Raises:
        TakenElsewhere: With what the person is told.
    """
    for matter in matters_elsewhere().values():
        if any(word in text for word in matter.words):
            refuse_elsewhere(matter.code)


def refuse_elsewhere(kind: str) -> None:
    """Refuse what is not taken here, before anything of it is stored.

    Raises:
        TakenElsewhere: With what the person is told; no word of theirs is in it.
    """
    matter = matters_elsewhere().get(kind)
    if matter is not None:
        raise TakenElsewhere(matter=matter.code, told=matter.told.strip())
