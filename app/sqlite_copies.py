"""Copying and replacing SQLite files (SQLite 备份): consistent while others write, never half."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from core.errors import Conflict


class DatabaseInUse(Conflict):
    """Another process has the database open (数据库正在使用)."""

    code = "restore_database_in_use"


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database by SQLite's online backup; the copy is one file and was checked."""
    with (
        closing(sqlite3.connect(source, timeout=15)) as database,
        closing(sqlite3.connect(target)) as copy,
    ):
        database.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    check_sqlite(target)


def check_sqlite(path: Path) -> None:
    """Read a whole database file.

    Raises:
        sqlite3.DatabaseError: It is damaged.
    """
    with closing(sqlite3.connect(path)) as database:
        told = database.execute("PRAGMA integrity_check").fetchone()[0]
    if told != "ok":
        raise sqlite3.DatabaseError(told)


def count_sqlite(path: Path) -> dict[str, int]:
    """Rows by table."""
    with closing(sqlite3.connect(path)) as database:
        names = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for (name,) in sorted(names)
        }


def replace_sqlite(path: Path, fresh: Path, *, aside: str) -> None:
    """Put ``fresh`` in the place of ``path``; what was there is kept under an added ``aside``.

    Raises:
        DatabaseInUse: Another process has the old file open.
    """
    if path.exists():
        _gather(path)
        for suffix in ("", "-wal", "-shm"):
            old = path.with_name(path.name + suffix)
            if old.exists():
                os.replace(old, path.with_name(path.name + aside + suffix))
    os.replace(fresh, path)


def _gather(path: Path) -> None:
    """Bring the write-ahead log into the file, which only the last user of a database can."""
    try:
        with closing(sqlite3.connect(path, timeout=1)) as database:
            database.execute("PRAGMA journal_mode = DELETE").fetchone()
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise DatabaseInUse(database=path.name) from error
    except sqlite3.DatabaseError:
        return  # damaged: that is why it is being replaced
