"""Rasa's keeper (看护 Rasa): starts it, waits for it, and starts it again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from pathlib import Path

from app.rasa_client import RasaClient

logger = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent
#: Pauses between restarts; the last one repeats.
PAUSES = (1, 2, 5, 10, 30)
CHECK_EVERY = 2.0
#: All that Rasa gets of this process's environment; the service's secrets are not for it.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
#: Misses in a row after which a Rasa that runs but does not answer is ended.
MOST_MISSES = 15


class RasaKeeper:
    """Keeps one Rasa process alive, and its client's ``ready`` up to date."""

    def __init__(
        self, client: RasaClient, *, port: int, inner_port: int, folder: Path, python: Path
    ) -> None:
        self._client = client
        self._port = port
        self._inner_port = inner_port
        self._folder = folder
        self._python = python
        self._process: asyncio.subprocess.Process | None = None
        self._was_ready = False
        self.restarts = 0

    async def run(self) -> None:
        """Keep Rasa running until cancelled; then end it."""
        try:
            while True:
                await self._one_life()
                pause = PAUSES[min(self.restarts, len(PAUSES) - 1)]
                self.restarts += 1
                logger.warning("Rasa ended; starting it again in %s s", pause)
                await asyncio.sleep(pause)
        finally:
            await self._end()

    async def _one_life(self) -> None:
        self._process = await self._start()
        misses, self._was_ready = 0, False
        while self._process.returncode is None:
            ready = await self._client.is_ready()
            self._was_ready = self._was_ready or ready
            misses = misses + 1 if self._was_ready and not ready else 0
            if misses >= MOST_MISSES:
                logger.error("Rasa runs but does not answer; ending it")
                await self._end()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), CHECK_EVERY)
        await self._client.is_ready()

    async def _start(self) -> asyncio.subprocess.Process:
        log = (self._folder / "rasa.log").open("ab")
        command = ["-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(self._port),
                   "--model", "models/runmiao.tar.gz", "--endpoints", "endpoints.yml",
                   "--credentials", "credentials.yml"]  # fmt: skip
        try:
            return await asyncio.create_subprocess_exec(
                str(self._python), *command, cwd=ROOT, env=self._environment(), stdout=log,
                stderr=log, start_new_session=True,
            )  # fmt: skip
        finally:
            log.close()

    def _environment(self) -> dict[str, str]:
        return {
            **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
            "RASA_TELEMETRY_ENABLED": "false",
            "RUNMIAO_ACTION_URL": f"http://127.0.0.1:{self._inner_port}/webhook",
            "RUNMIAO_TRACKER_DB": str(tracker_path(self._folder)),
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONWARNINGS": "ignore",
            "SANIC_HOST": "127.0.0.1",
        }

    async def _end(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        for sign in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, sign)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), 8)
                return


def tracker_path(folder: Path) -> Path:
    """The file in which Rasa keeps its own tracker."""
    return (folder / "rasa_tracker.db").absolute()
