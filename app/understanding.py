"""What the trained model makes of texts (批量理解), told without a running Rasa."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import ServiceError

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / ".venv-nlu" / "bin" / "python"
MODEL = ROOT / "models" / "runmiao.tar.gz"
_WITHIN_SECONDS = 600
#: All that Rasa gets of this process's environment; the service's secrets are not for it.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")


class ModelNotUsable(ServiceError):
    """The model cannot be loaded, or there is none (理解模型用不了)."""

    code = "model_not_usable"
    status = 500


@dataclass(frozen=True)
class Understood:
    """What was understood of a text: the likeliest act of talk and what it names."""

    act: str
    probability: float
    entities: tuple[tuple[str, str], ...]


def understand(texts: Sequence[str], model: Path = MODEL) -> dict[str, Understood]:
    """Let a trained model read texts, in Rasa's own environment; a hundred take about a second.

    Args:
        texts: The texts.
        model: The model file.

    Returns:
        What was understood, by text.

    Raises:
        ModelNotUsable: There is no model or no environment for it, or it cannot be loaded.
    """
    if not PYTHON.exists() or not model.exists():
        raise ModelNotUsable(reason=f"没有 {PYTHON if model.exists() else model}，先执行 make run")
    command = [str(PYTHON), "-W", "ignore", "-m", "bot.parse_texts", str(model)]
    environment = {
        **{name: os.environ[name] for name in PASSED_ON if name in os.environ},
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, input=json.dumps(list(texts)),
            capture_output=True, text=True, timeout=_WITHIN_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ModelNotUsable(reason=f"{model} 在 {_WITHIN_SECONDS} 秒内没有读完") from error
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or [""])[-1]
        raise ModelNotUsable(reason=f"{model.name} 读不了：{said[-300:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return {
        text: Understood(
            each["act"], float(each["probability"]), tuple((k, str(v)) for k, v in each["entities"])
        )
        for text, each in zip(texts, told, strict=True)
    }
