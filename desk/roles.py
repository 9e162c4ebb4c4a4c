"""Roles of staff (岗位) with what they include and who stands in, from ``roles.yml``."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

#: Who works on appeals, and who sees them besides without working on them.
AGENTS = ("agent", "supervisor")
WATCHERS = (*AGENTS, "deputy_head")


class StaffRole(BaseModel):
    """One role.

    ``includes`` names roles whose rights it has as well; ``stands_in`` is the role whose accounts
    see its alerts while nobody has it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: str
    includes: tuple[str, ...]
    stands_in: str | None


@cache
def staff_roles() -> dict[str, StaffRole]:
    """Every role, in the order in which people read them."""
    rows = yaml.safe_load((Path(__file__).parent / "roles.yml").read_text("utf-8"))
    return {row.role: row for row in TypeAdapter(list[StaffRole]).validate_python(rows)}


#: Every role, in the order in which people read them.
ROLES = tuple(staff_roles())


def rights_of(held: Collection[str]) -> frozenset[str]:
    """The roles an account has, with those they include."""
    known = staff_roles()
    return frozenset(held).union(*(known[role].includes for role in held if role in known))


def roles_heard(held: Collection[str], filled: Collection[str]) -> frozenset[str]:
    """Whose alerts an account sees: of its own roles, and of those it stands in for.

    Args:
        held: The roles the account was given; what they include does not count.
        filled: The roles that some account in use was given.
    """
    return frozenset(role for role in ROLES if _heard_by(role, filled) in held)


def _heard_by(role: str, filled: Collection[str]) -> str:
    stands_in = staff_roles()[role].stands_in
    if role in filled or stands_in is None:
        return role
    return _heard_by(stands_in, filled)
