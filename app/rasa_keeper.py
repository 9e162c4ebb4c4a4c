"""Rasa's keeper (看护 Rasa): starts it, waits for it, and starts it again when it dies.

When the model file becomes another one, Rasa is started on it; a model that Rasa cannot load is
put back by the one that it could.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path

from app.model_files import ModelShelf, ModelUnknown
from app.rasa_client import RasaClient
from app.understanding import PASSED_ON

logger = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent
#: Pauses between restarts; the last one repeats.
PAUSES = (1, 2, 5, 10, 30)
CHECK_EVERY = 2.0
#: Misses in a row after which a Rasa that runs but does not answer is ended.
MOST_MISSES = 15
#: How Rasa, which serves on without a model, says in its log that it has none.
NOT_LOADED = re.compile(rb"Could not load model due to|No valid model found at")
#: Told when a model was put back: what it could not load, as a digest.
OnUnloadable = Callable[[str], None]


class RasaKeeper:
    """Keeps one Rasa process alive, and its client's ``ready`` up to date."""

    def __init__(
        self,
        client: RasaClient,
        *,
        port: int,
        inner_port: int,
        folder: Path,
        python: Path,
        shelf: ModelShelf | None = None,
        on_unloadable: OnUnloadable | None = None,
    ) -> None:
        self._client = client
        self._port = port
        self._inner_port = inner_port
        self._folder = folder
        self._python = python
        self._process: asyncio.subprocess.Process | None = None
        self._was_ready = False
        self._shelf = shelf or ModelShelf()
        self._on_unloadable = on_unloadable
        self.loaded: str | None = None  # digest of the last model that Rasa could load
        self.restarts = 0

    async def run(self) -> None:
        """Keep Rasa running until cancelled; then end it."""
        try:
            while True:
                if await self._one_life() or await asyncio.to_thread(self._put_back_fatal):
                    continue
                pause = PAUSES[min(self.restarts, len(PAUSES) - 1)]
                self.restarts += 1
                logger.warning("Rasa ended; starting it again in %s s", pause)
                await asyncio.sleep(pause)
        finally:
            await self._end()

    async def _one_life(self) -> bool:
        """Keep one process until it ends.

        Returns:
            Whether it was ended because the model is another one now.
        """
        log = self._folder / "rasa.log"
        said_before = log.stat().st_size if log.exists() else 0
        stamp, is_changed = self._stamp(), False
        self._process = await self._start()
        misses, self._was_ready = 0, False
        while self._process.returncode is None:
            ready = await self._client.is_ready()
            if ready and not self._was_ready:
                is_changed = await self._check_loaded(log, said_before)
            self._was_ready = self._was_ready or ready
            misses = misses + 1 if self._was_ready and not ready else 0
            if misses >= MOST_MISSES:
                logger.error("Rasa runs but does not answer; ending it")
                await self._end()
            if is_changed or self._stamp() != stamp:
                logger.warning("the model is another one; starting Rasa on it")
                is_changed = True
                await self._end()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), CHECK_EVERY)
        await self._client.is_ready()
        return is_changed

    def _stamp(self) -> tuple[int, int] | None:
        """By what another model file is noticed."""
        try:
            found = self._shelf.current.stat()
        except FileNotFoundError:
            return None
        return found.st_ino, found.st_mtime_ns

    async def _check_loaded(self, log: Path, said_before: int) -> bool:
        """Remember a model that was loaded; put one back that was not.

        Returns:
            Whether a model was put back.
        """
        return await asyncio.to_thread(self._put_back_unloadable, log, said_before)

    def _put_back_unloadable(self, log: Path, said_before: int) -> bool:
        digest = self._shelf.current_digest()
        if digest is None:
            return False
        with log.open("rb") as file:
            file.seek(said_before)
            is_loaded = NOT_LOADED.search(file.read()) is None
        if is_loaded:
            self.loaded = self._shelf.keep(self._shelf.current)
            return False
        logger.error("Rasa cannot load the model %s", digest[:12])
        return self._put_back(digest)

    def _put_back_fatal(self) -> bool:
        """Put a model back on which Rasa ended before it was ready."""
        digest = self._shelf.current_digest()
        if self._was_ready or digest is None:
            return False
        return self._put_back(digest)

    def _put_back(self, digest: str) -> bool:
        if self.loaded is None or self.loaded == digest:
            return False
        try:
            self._shelf.make_current(self.loaded)
        except ModelUnknown:
            logger.exception("the model that was loaded before is not kept any more")
            return False
        if self._on_unloadable is not None:
            self._on_unloadable(digest)
        return True

    async def _start(self) -> asyncio.subprocess.Process:
        log = (self._folder / "rasa.log").open("ab")
        command = ["-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(self._port),
                   "--model", str(self._shelf.current), "--endpoints", "endpoints.yml",
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
