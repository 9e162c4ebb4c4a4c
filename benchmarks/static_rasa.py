"""The same Rasa, answering every question with one fixed sentence: what a full answer is held to.

The same training data, pipeline and kind of tracker; only where a rule calls ``action_answer``,
it gives a response of Rasa's own, so neither our actions nor our database are touched.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import yaml

from tests.browser.running_service import ROOT, free_ports

SENTENCE = "这是一句固定的答复。"
UTTER = "utter_static"
PYTHON = ROOT / ".venv-nlu" / "bin" / "python"
START_WITHIN_SECONDS = 120


class StaticRasa:
    """A Rasa process of its own that needs no action server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (self._port,) = free_ports(1)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def webhook(self) -> str:
        return f"http://127.0.0.1:{self._port}/webhooks/rest/webhook"

    @property
    def parser(self) -> str:
        """Where it only tells what it understands."""
        return f"http://127.0.0.1:{self._port}/model/parse"

    def train(self) -> None:
        """Train the model with the fixed sentence; Rasa takes what is the same from its cache."""
        data, domain = self._folder / "data", self._folder / "domain.yml"
        shutil.copytree(ROOT / "bot" / "data", data)
        for rules in data.glob("*/rules.yml"):
            text = rules.read_text("utf-8")
            rules.write_text(text.replace("action: action_answer\n", f"action: {UTTER}\n"), "utf-8")
        known = yaml.safe_load((ROOT / "domain.yml").read_text("utf-8"))
        known.setdefault("responses", {})[UTTER] = [{"text": SENTENCE}]
        domain.write_text(yaml.safe_dump(known, allow_unicode=True), "utf-8")
        options = ["--quiet", "--data", str(data), "--domain", str(domain), "--out"]
        options += [str(self._folder), "--fixed-model-name", "static"]
        self._run(["train", *options]).communicate()

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            RuntimeError: It does not, in the time allowed.
        """
        options = ["-i", "127.0.0.1", "-p", str(self._port), "--endpoints", "endpoints.yml"]
        options += ["--enable-api", "--model", str(self._folder / "static.tar.gz")]
        self._process = self._run(["run", *options, "--credentials", "credentials.yml"])
        ends = time.monotonic() + START_WITHIN_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > ends:
                self.stop()
                raise RuntimeError((self._folder / "rasa.log").read_text("utf-8")[-3000:])
            time.sleep(0.3)

    def stop(self) -> None:
        """End it."""
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(15)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/", timeout=2):
                return True
        except OSError:
            return False

    def _run(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "RASA_TELEMETRY_ENABLED": "false",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONWARNINGS": "ignore",
            "SANIC_HOST": "127.0.0.1",
            "RUNMIAO_ACTION_URL": "http://127.0.0.1:9/webhook",
            "RUNMIAO_TRACKER_DB": str(self._folder / "tracker.db"),
        }
        with (self._folder / "rasa.log").open("ab") as log:
            return subprocess.Popen(
                [str(PYTHON), "-m", "rasa", *arguments],
                cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
