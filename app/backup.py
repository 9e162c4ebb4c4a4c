"""Backup and restore (备份与恢复) of the database and of Rasa's tracker, as one checked archive.

The secrets of the environment are not in it: without the root key the sealed contacts of a
restored database cannot be read.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, inspect, select, table, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from app.archives import DATABASE, TRACKER, BackupDamaged, pack, unpack
from app.migrate import revision_of
from app.postgres_dumps import check_alone, dump_postgres, load_postgres
from app.rasa_keeper import tracker_path
from app.sqlite_copies import check_sqlite, copy_sqlite, count_sqlite, replace_sqlite
from core.clock import Clock, china_time, utc_now
from core.database import open_engine
from core.errors import Conflict, ServiceError
from core.secrets import Keys
from core.settings import Settings

logger = logging.getLogger(__name__)
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
#: Says where the schema stands; a database that has nothing else counts as empty.
REVISION_TABLE = "alembic_version"


class NothingToBackUp(ServiceError):
    """The database has no tables yet (数据库为空)."""

    code = "backup_database_empty"


class DatabaseUnreachable(ServiceError):
    """The database cannot be opened (数据库连不上)."""

    code = "backup_database_unreachable"


class BackupOfOtherKind(ServiceError):
    """The archive comes from another kind of database (数据库种类不同)."""

    code = "backup_other_kind"


class BackupTooNew(ServiceError):
    """The archive comes from a later version of the program (备份版本过新)."""

    code = "backup_too_new"


class WouldOverwrite(Conflict):
    """The database to restore into is not empty (目标数据库不是空的)."""

    code = "restore_would_overwrite"


@dataclass(frozen=True)
class Restored:
    """What was restored. ``key_fits`` is None where it cannot be told."""

    revision: str
    rows: dict[str, int]
    key_fits: bool | None


def backup(settings: Settings, target: Path, *, clock: Clock = utc_now) -> Path:
    """Back up while the service runs (备份).

    Args:
        settings: Whose database.
        target: The folder to put the archive into.
        clock: Where the time in the archive's name comes from.

    Returns:
        The archive. It appears under its name only when it is whole and was read back.

    Raises:
        NothingToBackUp: The database has no tables.
        ProgramMissing: pg_dump is not installed.
        ProgramFailed: pg_dump failed.
    """
    target.mkdir(parents=True, exist_ok=True)
    now = clock()
    archive = target / f"runmiao-{china_time(now):%Y%m%d-%H%M%S}.tar.gz"
    with tempfile.TemporaryDirectory(prefix=".runmiao-", dir=target) as name:
        work = Path(name)
        manifest = _dump(settings, work)
        if tracker_path(settings.folder).exists():
            copy_sqlite(tracker_path(settings.folder), work / TRACKER)
        manifest |= {"made_at": now.isoformat(), "key_mark": _key_mark(settings)}
        packed = pack(work, manifest)
        unpack(packed, work / "read_back", shown=archive.name)
        os.replace(packed, archive)
    return archive


def _dump(settings: Settings, work: Path) -> dict[str, Any]:
    if _is_sqlite(settings):
        return _dump_sqlite(settings, work / DATABASE["sqlite"])
    return _dump_postgres(settings, work / DATABASE["postgresql"])


def _dump_sqlite(settings: Settings, target: Path) -> dict[str, Any]:
    """Everything is read from the copy: the service may be writing to the original."""
    if not _sqlite_path(settings).exists():
        raise NothingToBackUp(database=_shown(settings))
    copy_sqlite(_sqlite_path(settings), target)
    rows = count_sqlite(target)
    if not rows.get(REVISION_TABLE):
        raise NothingToBackUp(database=_shown(settings))
    with closing(sqlite3.connect(target)) as copy:
        revision = copy.execute(f"SELECT version_num FROM {REVISION_TABLE}").fetchone()[0]
    return {"database": "sqlite", "revision": revision, "rows": rows}


def _dump_postgres(settings: Settings, target: Path) -> dict[str, Any]:
    """Dump and count in one snapshot, so that the counts are those of the dump."""
    with _opened(settings) as engine:
        revision = revision_of(engine)
        if revision is None:
            raise NothingToBackUp(database=_shown(settings))
        with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            snapshot = connection.scalar(text("SELECT pg_export_snapshot()"))
            dump_postgres(settings.resolved_database_url, target, snapshot=str(snapshot))
            rows = {
                name: connection.scalar(select(func.count()).select_from(table(name))) or 0
                for name in sorted(inspect(connection).get_table_names())
            }
    return {"database": "postgresql", "revision": revision, "rows": rows}


def restore(
    settings: Settings, source: Path, *, force: bool = False, clock: Clock = utc_now
) -> Restored:
    """Restore a backup (恢复); the service has to be stopped.

    Args:
        settings: Whose database.
        source: An archive of :func:`backup`.
        force: Overwrite a database that has rows. What was there is kept: SQLite's file beside
            the new one, PostgreSQL's as a backup in ``before-restore`` of the data folder.
        clock: Where the time in the names of what is kept comes from.

    Raises:
        BackupDamaged: The archive is not whole; nothing was changed.
        BackupOfOtherKind: It comes from another kind of database.
        BackupTooNew: Its migration is not known to this version.
        WouldOverwrite: The database has rows, and ``force`` is not given.
        DatabaseInUse: Another program has the database open.
    """
    folder = _working_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=folder) as name:
        work = Path(name)
        manifest = unpack(source, work, shown=source.name)
        _check_fits(manifest, settings)
        if not force:
            _check_empty(settings)
        aside = f".before-restore-{china_time(clock()):%Y%m%d-%H%M%S}"
        if manifest["database"] == "sqlite":
            fresh = work / DATABASE["sqlite"]
            _check_copy(fresh, manifest, source.name)
            replace_sqlite(_sqlite_path(settings), fresh, aside=aside)
        else:
            _load_postgres(settings, work / DATABASE["postgresql"], clock)
        if TRACKER in manifest["files"]:
            settings.folder.mkdir(parents=True, exist_ok=True)
            _put_tracker(work / TRACKER, settings, aside)
    mark = _key_mark(settings)
    restored = Restored(
        revision=manifest["revision"],
        rows=manifest["rows"],
        key_fits=mark == manifest["key_mark"] if mark and manifest["key_mark"] else None,
    )
    if restored.key_fits is False:
        logger.warning("the backup was made with another RUNMIAO_SECRET_KEY: sealed contacts and "
                       "check codes cannot be read until that key is back")  # fmt: skip
    return restored


def _load_postgres(settings: Settings, dump: Path, clock: Clock) -> None:
    with _opened(settings) as engine:
        with engine.connect() as connection:
            check_alone(connection, _shown(settings))
            tables = inspect(connection).get_table_names()
        if revision_of(engine) is not None:
            backup(settings, settings.folder / "before-restore", clock=clock)
    load_postgres(settings.resolved_database_url, dump, tables=tables)


def _put_tracker(fresh: Path, settings: Settings, aside: str) -> None:
    path = tracker_path(settings.folder)
    beside = path.with_name(f".{fresh.name}.new")
    beside.write_bytes(fresh.read_bytes())
    replace_sqlite(path, beside, aside=aside)


def _check_fits(manifest: dict[str, Any], settings: Settings) -> None:
    kind = make_url(settings.resolved_database_url).get_backend_name()
    if manifest["database"] != kind:
        raise BackupOfOtherKind(made_from=manifest["database"], database=kind)
    known = {each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()}
    if manifest["revision"] not in known:
        raise BackupTooNew(revision=manifest["revision"])


def _check_empty(settings: Settings) -> None:
    if _is_sqlite(settings) and not _sqlite_path(settings).exists():
        return
    try:
        with _opened(settings) as engine, engine.connect() as connection:
            for name in inspect(connection).get_table_names():
                row = select(text("1")).select_from(table(name)).limit(1)
                if name != REVISION_TABLE and connection.execute(row).first():
                    raise WouldOverwrite(database=_shown(settings), table=name)
    except DatabaseError as error:
        raise WouldOverwrite(database=_shown(settings), table="读不出的内容") from error


def _check_copy(copy: Path, manifest: dict[str, Any], shown: str) -> None:
    try:
        check_sqlite(copy)
    except sqlite3.DatabaseError as error:
        raise BackupDamaged(file=shown, reason=str(error)) from error
    if count_sqlite(copy) != manifest["rows"]:
        raise BackupDamaged(file=shown, reason="行数与清单不符")


@contextmanager
def _opened(settings: Settings) -> Iterator[Engine]:
    engine = open_engine(settings.resolved_database_url)
    try:
        yield engine
    except OperationalError as error:
        raise DatabaseUnreachable(database=_shown(settings), reason=str(error.orig)) from error
    finally:
        engine.dispose()


def _is_sqlite(settings: Settings) -> bool:
    return make_url(settings.resolved_database_url).get_backend_name() == "sqlite"


def _sqlite_path(settings: Settings) -> Path:
    return Path(make_url(settings.resolved_database_url).database or "")


def _working_folder(settings: Settings) -> Path:
    """Beside the database file, so that putting it in its place is one step."""
    return _sqlite_path(settings).parent if _is_sqlite(settings) else settings.folder


def _shown(settings: Settings) -> str:
    return make_url(settings.resolved_database_url).render_as_string(hide_password=True)


def _key_mark(settings: Settings) -> str | None:
    """Enough of a keyed hash to recognise the root key; it tells nothing about it."""
    kept = settings.folder / "secret_key.txt"
    root = settings.secret_key or (kept.read_text("utf-8").strip() if kept.exists() else "")
    return Keys(root).keyed_hash("backup", "key mark")[:16] if root else None
