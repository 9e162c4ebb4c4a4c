"""Dumping and loading PostgreSQL (PostgreSQL 备份) by its own programs, in one transaction."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL, Connection, text
from sqlalchemy.engine import make_url

from app.sqlite_copies import DatabaseInUse
from core.errors import ServiceError

DEBIAN = Path("/usr/lib/postgresql")
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class ProgramMissing(ServiceError):
    """A program of PostgreSQL is not installed (缺少 PostgreSQL 客户端)."""

    code = "backup_program_missing"


class ProgramFailed(ServiceError):
    """A program of PostgreSQL ended with an error (PostgreSQL 命令失败)."""

    code = "backup_program_failed"


def dump_postgres(url: str, target: Path, *, snapshot: str) -> None:
    """Dump the database as ``snapshot`` sees it, in the custom format.

    Raises:
        ProgramMissing: There is no pg_dump.
        ProgramFailed: It failed.
    """
    _run("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges",
         f"--snapshot={snapshot}", f"--file={target}")  # fmt: skip


def load_postgres(url: str, dump: Path, *, tables: list[str]) -> None:
    """Drop ``tables`` and load a dump, in one transaction: all of it or nothing.

    Raises:
        ProgramMissing: There is no pg_restore or psql.
        ProgramFailed: One of them failed; the database is as it was.
    """
    script, drop = dump.with_suffix(".sql"), dump.with_suffix(".drop.sql")
    _run("pg_restore", None, "--no-owner", "--no-privileges", f"--file={script}", str(dump))
    names = ", ".join('"{}"'.format(name.replace('"', '""')) for name in tables)
    lines = ["SET lock_timeout = '10s';", *([f"DROP TABLE {names} CASCADE;"] if names else [])]
    drop.write_text("\n".join(lines), "utf-8")
    _run("psql", url, "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1",
         f"--file={drop}", f"--file={script}")  # fmt: skip


def check_alone(connection: Connection, database: str) -> None:
    """Refuse to go on while other programs are connected to the database.

    Raises:
        DatabaseInUse: Somebody is.
    """
    if connection.scalar(text(_OTHERS)):
        raise DatabaseInUse(database=database)


def find_program(name: str) -> Path:
    """The newest ``name`` of Debian's packages, else the one on the path.

    Raises:
        ProgramMissing: There is none.
    """
    found = sorted(DEBIAN.glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1]
    on_path = shutil.which(name)
    if on_path is None:
        raise ProgramMissing(program=name)
    return Path(on_path)


def _run(name: str, url: str | None, *arguments: str) -> None:
    command = [str(find_program(name)), *arguments]
    environment = dict(os.environ)
    if url is not None:
        address: URL = make_url(url)
        if address.password:  # never on the command line, where everybody could read it
            environment["PGPASSWORD"] = address.password
        plain = URL.create("postgresql", address.username, None, address.host, address.port,
                           address.database, address.query)  # fmt: skip
        command.append(f"--dbname={plain.render_as_string(hide_password=False)}")
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        reason = done.stderr.strip().splitlines()
        raise ProgramFailed(program=name, reason=reason[-1] if reason else str(done.returncode))
