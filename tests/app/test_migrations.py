"""A migrated database is exactly what the code's tables say, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, inspect, text

from app.migrate import latest_revision, migrate, revision_of
from app.tables import all_metadata
from core.database import open_engine

VERSION_TABLE = "alembic_version"


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


@pytest.fixture
def migrated(empty: Engine) -> Engine:
    migrate(empty)
    return empty


@pytest.fixture
def built(database_url: str) -> Iterator[Engine]:
    """The same kind of database with the tables made from the code, without migrations."""
    engine = open_engine(database_url)
    found = MetaData()
    found.reflect(engine)
    found.drop_all(engine)
    tables().create_all(engine)
    yield engine
    engine.dispose()


def tables() -> MetaData:
    metadata = all_metadata()
    assert isinstance(metadata, MetaData)
    return metadata


def shape(engine: Engine) -> dict[str, Any]:
    """Everything the database itself knows of each table, in an order of its own."""
    found = inspect(engine)
    return {
        table: {
            kind: sorted(json.dumps(each, default=str, sort_keys=True) for each in tell(table))
            for kind, tell in (
                ("columns", found.get_columns),
                ("indexes", found.get_indexes),
                ("unique", found.get_unique_constraints),
                ("foreign keys", found.get_foreign_keys),
                ("checks", found.get_check_constraints),
            )
        }
        for table in sorted(set(found.get_table_names()) - {VERSION_TABLE})
    }


def test_an_empty_database_stands_at_no_migration(empty: Engine) -> None:
    assert revision_of(empty) is None


def test_migrating_an_empty_database_gives_the_tables_of_the_code(migrated: Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, tables())

    assert differences == []
    assert set(inspect(migrated).get_table_names()) == {*tables().tables, VERSION_TABLE}
    assert revision_of(migrated) == latest_revision()


def test_constraints_and_indexes_are_the_same_by_migration_and_from_the_code(
    migrated: Engine, built: Engine
) -> None:
    by_migration, from_code = shape(migrated), shape(built)

    assert by_migration.keys() == from_code.keys()
    for table, told in from_code.items():
        assert by_migration[table] == told, table


def test_migrating_twice_changes_nothing_and_keeps_what_is_there(migrated: Engine) -> None:
    before = shape(migrated)
    with migrated.begin() as connection:
        connection.execute(text("INSERT INTO library_revision (id, revision) VALUES (7, 366)"))

    migrate(migrated)

    assert shape(migrated) == before
    with migrated.connect() as connection:
        kept = connection.execute(text("SELECT revision FROM library_revision WHERE id = 7"))
        versions = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}"))
        assert kept.scalars().all() == [366]
        assert versions.scalars().all() == [latest_revision()]
