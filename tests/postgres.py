"""A real PostgreSQL for tests: a throw-away cluster of Debian's package, on loopback alone."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

SUPERUSER = "runmiao"
TEST_USER = "runmiao-test"
#: Nothing of a test has to survive a power cut.
QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run a fresh cluster; yields the URL of its ``postgres`` database."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="runmiao-postgres-"))
    as_user = _another_user(folder)
    port = _free_port()
    data = folder / "data"
    log = folder / "log"
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", SUPERUSER, "--auth=trust", "-E", "UTF8",
         "--locale=C.UTF-8", "--no-sync"],
        check=True, stdout=subprocess.DEVNULL, cwd=folder, **as_user,
    )  # fmt: skip
    options = [word for each in QUICK for word in ("-c", each)]
    with log.open("ab") as told:
        server = subprocess.Popen(
            [programs / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1",
             "-c", "unix_socket_directories=", *options],
            stdout=told, stderr=told, cwd=folder, **as_user,
        )  # fmt: skip
    url = f"postgresql+psycopg://{SUPERUSER}@127.0.0.1:{port}/postgres"
    try:
        _wait_until_ready(server, url, log)
        yield url
    finally:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)  # "fast shutdown"
            server.wait(30)
        shutil.rmtree(folder)


def find_programs() -> Path:
    """The folder of the newest PostgreSQL server programs."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]),
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise RuntimeError("PostgreSQL's server programs are missing; `make test` installs them")
    return Path(on_path).resolve().parent


def execute(url: str, statement: str) -> None:
    """Run one statement that stands outside of any transaction."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement)


def _another_user(folder: Path) -> dict[str, Any]:
    """Who runs the server: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return {}
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        if TEST_USER not in {each.pw_name for each in pwd.getpwall()}:
            subprocess.run(["useradd", "--system", "--no-create-home", TEST_USER], check=True)
        user = pwd.getpwnam(TEST_USER)
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        try:
            execute(url, "SELECT 1")
            return
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
