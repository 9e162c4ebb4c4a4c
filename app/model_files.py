"""Model files under ``models/`` (理解模型文件): found, checked, made current, put back.

The file that is current is the truth: rows only tell how it came to be so. A model can hold
anything that its training wrote, so files are only taken from this folder, never over the web.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tarfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from app.understanding import MODEL
from core.errors import NotFound, ServiceError

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "nlu.txt"
MOST_BYTES = 300 * 1024 * 1024
MOST_UNPACKED = 2 * 1024 * 1024 * 1024
MOST_FILES = 10_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}\.tar\.gz")
_VERSION = re.compile(r"^rasa==(\S+)", re.MULTILINE)
_METADATA = "metadata.json"


class ModelUnknown(NotFound):
    """No model file has that name, or it is not kept any more (没有这个模型)."""

    code = "model_unknown"


class ModelRefused(ServiceError):
    """The file is no model of this version of Rasa (模型文件不能用)."""

    code = "model_refused"
    status = 422


@dataclass(frozen=True)
class ModelFile:
    """A file that was checked."""

    name: str
    digest: str
    size: int
    trained_at: datetime | None


class ModelShelf:
    """The folder of models: the current one, candidates beside it, and what was released."""

    def __init__(self, current: Path = MODEL) -> None:
        self.current = current
        self.kept = current.parent / "kept"

    def candidates(self) -> list[str]:
        """The names of the files that could be tried."""
        found = self.current.parent.glob("*.tar.gz")
        return sorted(each.name for each in found if each.name != self.current.name)

    def path_of(self, name: str) -> Path:
        """The path of a candidate.

        Raises:
            ModelUnknown: There is none of that name.
        """
        path = self.current.parent / name
        if not _NAME.fullmatch(name) or path.is_symlink() or not path.is_file():
            raise ModelUnknown(file=name[:200])
        return path

    def current_digest(self) -> str | None:
        """The digest of the model that Rasa runs on."""
        return digest_of(self.current) if self.current.exists() else None

    def keep(self, path: Path) -> str:
        """Keep a copy of a model under its digest, so that it can be brought back."""
        digest = digest_of(path)
        kept = self.kept_path(digest)
        if not kept.exists():
            self._place(path, kept)
        return digest

    def kept_path(self, digest: str) -> Path:
        """Where a model that was kept stands."""
        return self.kept / f"{digest}.tar.gz"

    def make_current(self, digest: str) -> None:
        """Let Rasa run on a kept model; whoever opens the file gets all of one or of the other.

        Raises:
            ModelUnknown: It is not kept.
        """
        kept = self.kept_path(digest)
        if not kept.exists() or digest_of(kept) != digest:
            raise ModelUnknown(file=digest[:12])
        self._place(kept, self.current)

    def _place(self, source: Path, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        shutil.copyfile(source, part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(part, target)


def digest_of(path: Path) -> str:
    """The digest by which models are told apart."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_model(path: Path) -> ModelFile:
    """Check that a file is a model that this Rasa can load, without unpacking it.

    Raises:
        ModelRefused: It is not; the details say why.
    """
    size = path.stat().st_size
    if size > MOST_BYTES:
        raise ModelRefused(file=path.name, reason=f"超过 {MOST_BYTES // 1024**2} MB")
    try:
        with tarfile.open(path, "r:gz") as archive:
            metadata = _metadata(path, archive)
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise ModelRefused(file=path.name, reason="不是完整的 tar.gz 文件") from error
    version, wanted = metadata.get("rasa_open_source_version"), rasa_version()
    if version != wanted:
        reason = f"由 Rasa {version} 训练，这里用的是 {wanted}"
        raise ModelRefused(file=path.name, reason=reason)
    return ModelFile(path.name, digest_of(path), size, _moment(metadata.get("trained_at")))


def _metadata(path: Path, archive: tarfile.TarFile) -> dict[str, Any]:
    unpacked, metadata = 0, None
    for count, member in enumerate(archive, 1):
        unpacked += member.size
        if count > MOST_FILES or unpacked > MOST_UNPACKED:
            raise ModelRefused(file=path.name, reason="解开后太大")
        if not (member.isfile() or member.isdir()) or ".." in PurePosixPath(member.name).parts:
            raise ModelRefused(file=path.name, reason=f"里面有不该有的路径或链接：{member.name}")
        if member.isfile() and member.name.startswith("/"):
            raise ModelRefused(file=path.name, reason=f"里面有绝对路径：{member.name}")
        if member.isfile() and member.name.removeprefix("./") == _METADATA:
            file = archive.extractfile(member)
            metadata = json.load(file) if file else None
    if not isinstance(metadata, dict):
        raise ModelRefused(file=path.name, reason=f"不是 Rasa 的模型（没有 {_METADATA}）")
    return metadata


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def rasa_version() -> str | None:
    """The version of Rasa that this checkout installs."""
    found = _VERSION.search(LOCK.read_text("utf-8"))
    return found.group(1) if found else None
