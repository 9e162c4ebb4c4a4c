"""Who does something with an appeal (经办身份): filer, officer, supervisor, leader, the clock."""

from __future__ import annotations

import enum
from dataclasses import dataclass

SYSTEM = "system"
_STAFF = "staff:"


class Right(enum.Enum):
    """By what right somebody moves an appeal (权限)."""

    FILER = "filer"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    LEADER = "leader"
    SYSTEM = "system"


@dataclass(frozen=True)
class Doer:
    """Somebody who does something; the door has checked that it is really them.

    ``actor`` is how the audit trail names them: ``staff:<login>``, ``system``, or for a taxpayer
    :func:`core.audit.visitor_actor`. ``watches`` is said of a leader who sees cases and urges
    them on, but does not work on them.
    """

    actor: str
    supervises: bool = False
    watches: bool = False

    @property
    def right(self) -> Right:
        if self.actor == SYSTEM:
            return Right.SYSTEM
        if not self.actor.startswith(_STAFF):
            return Right.FILER
        if self.supervises:
            return Right.SUPERVISOR
        return Right.LEADER if self.watches else Right.OFFICER

    @property
    def login(self) -> str | None:
        """The account of an officer; None for everybody else."""
        return self.actor.removeprefix(_STAFF) if self.actor.startswith(_STAFF) else None


#: A bare string is an officer without more rights, the filer, or the system.
Actor = str | Doer

THE_SYSTEM = Doer(SYSTEM)


def doer_of(actor: Actor) -> Doer:
    """Read who acts."""
    return Doer(actor) if isinstance(actor, str) else actor
