"""What a command needs before it touches the database (命令的前提)."""

from __future__ import annotations

from app.migrate import latest_revision, revision_of
from app.wiring import Parts, wire
from core.errors import InvalidInput
from core.settings import Settings


def wire_ready(settings: Settings) -> Parts:
    """Wire the parts over a database that has the tables of this version.

    Raises:
        InvalidInput: It has not; ``runmiao migrate`` makes them.
    """
    parts = wire(settings)
    if revision_of(parts.database) != latest_revision():
        raise InvalidInput(reason="数据库还不是当前版本，请先执行 runmiao migrate")
    return parts
