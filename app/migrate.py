"""Bringing a database to the present shape (数据库迁移)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

ROOT = Path(__file__).resolve().parent.parent


def migrate(database: Engine, to: str = "head") -> None:
    """Run all migrations that are missing."""
    with database.connect() as connection:
        command.upgrade(_config(connection), to)
        connection.commit()


def write_migration(database: Engine, message: str, number: str) -> None:
    """Write the migration that leads from the database to the tables in code."""
    with database.connect() as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def revision_of(database: Engine) -> str | None:
    """The migration a database stands at; None for an empty one."""
    with database.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def latest_revision() -> str | None:
    """The last migration in this version of the program."""
    return ScriptDirectory.from_config(_config(None)).get_current_head()


def _config(connection: object) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["connection"] = connection
    return config
