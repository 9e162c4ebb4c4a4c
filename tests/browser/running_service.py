"""The whole service as people run it: a process of its own with its own Rasa, ports and data."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from core.settings import PREFIX

ROOT = Path(__file__).resolve().parents[2]
#: A Wednesday on the Chinese working calendar; the time of day runs on.
TODAY = "2026-11-18"
BUREAU = Path(__file__).parent / "bureau_open_all_day.yml"
STARTED = "按 Ctrl-C 停止"
START_WITHIN_SECONDS = 150
_LOGIN = re.compile(r"^ {4}([a-z0-9]+)  (\S+)  ", re.MULTILINE)


class ServiceFailed(AssertionError):
    """The service did not start or did not stop; the end of its log is the message."""


class RunningService:
    """One service; nothing of it outlives :meth:`stop`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port, self.inner_port, self.rasa_port = free_ports(3)
        self._settings = settings
        self._log = folder / "service.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.logins: dict[str, str] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def inner_url(self) -> str:
        return f"http://127.0.0.1:{self.inner_port}"

    @property
    def rasa_url(self) -> str:
        return f"http://127.0.0.1:{self.rasa_port}"

    @property
    def database_url(self) -> str:
        return f"sqlite:///{self.folder / 'runmiao.db'}"

    @property
    def log(self) -> str:
        """What the service said so far."""
        return self._log.read_text("utf-8", errors="replace") if self._log.exists() else ""

    def start(self) -> None:
        """Start it and wait until people are understood."""
        environment = {n: v for n, v in os.environ.items() if not n.startswith(PREFIX)}
        own = {
            "data_folder": str(self.folder),
            "port": str(self.port),
            "inner_port": str(self.inner_port),
            "rasa_url": self.rasa_url,
            "public_url": self.url,
            "as_of": TODAY,
            "bureau_file": str(BUREAU),
            **self._settings,
        }
        environment.update({PREFIX + name.upper(): value for name, value in own.items()})
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", "serve"],
                cwd=ROOT, env=environment, stdout=log, stderr=log,
            )  # fmt: skip
        ends = time.monotonic() + START_WITHIN_SECONDS
        while STARTED not in self.log:
            if self._process.poll() is not None or time.monotonic() > ends:
                self.stop()
                raise ServiceFailed(self._told("did not start"))
            time.sleep(0.2)
        if "理解服务尚未就绪" in self.log:
            self.stop()
            raise ServiceFailed(self._told("has no Rasa"))
        self.logins = dict(_LOGIN.findall(self.log))

    def stop(self) -> None:
        """End it as Ctrl-C does; Rasa must be gone with it."""
        process = self._process
        if process is None:
            return
        rasa = self.rasa_pid()
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired as error:
            process.kill()
            process.wait()
            if rasa is not None:
                with suppress(ProcessLookupError):
                    os.killpg(rasa, signal.SIGKILL)
            raise ServiceFailed(self._told("did not stop")) from error

    def rasa_pid(self) -> int | None:
        """The process id of its Rasa, while there is one."""
        if self._process is None:
            return None
        listed = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self._process.pid)],
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        for line in listed.splitlines():
            pid, _, command = line.strip().partition(" ")
            if f"-p {self.rasa_port}" in command:
                return int(pid)
        return None

    def _told(self, what: str) -> str:
        rasa = self.folder / "rasa.log"
        tail = rasa.read_text("utf-8", errors="replace")[-2000:] if rasa.exists() else ""
        return f"the service {what}\n{self.log[-6000:]}\n--- Rasa ---\n{tail}"


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def is_alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
