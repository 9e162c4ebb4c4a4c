"""The archive of a backup (备份文件): a manifest with digests, the database, Rasa's tracker."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
import zlib
from pathlib import Path
from typing import IO, Any

from core.errors import ServiceError

FORMAT = 1
MANIFEST, TRACKER = "manifest.json", "rasa_tracker.db"
#: What the database is called inside, by its kind.
DATABASE = {"sqlite": "database.sqlite", "postgresql": "database.dump"}


class BackupDamaged(ServiceError):
    """The archive is not whole, or is none of ours (备份已损坏)."""

    code = "backup_damaged"


def pack(work: Path, manifest: dict[str, Any]) -> Path:
    """Pack the files of ``work`` with a manifest of them; only the owner may read the result."""
    described = {path.name: _described(path) for path in sorted(work.iterdir())}
    (work / MANIFEST).write_text(
        json.dumps({"format": FORMAT, **manifest, "files": described}, indent=1), "utf-8"
    )
    target = work / "packed"
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
            for name in (MANIFEST, *described):
                archive.add(work / name, arcname=name)
        file.flush()
        os.fsync(file.fileno())
    return target


def unpack(source: Path, work: Path, *, shown: str) -> dict[str, Any]:
    """Unpack an archive into ``work`` and compare every file with the manifest.

    Returns:
        The manifest.

    Raises:
        BackupDamaged: Something is missing, left over or not as it was; ``shown`` names the file.
    """
    work.mkdir(exist_ok=True)
    try:
        with tarfile.open(source, "r:gz") as archive:
            manifest: dict[str, Any] = json.loads(_member(archive, MANIFEST).read())
            if manifest["format"] != FORMAT:
                raise BackupDamaged(file=shown, reason=f"格式 {manifest['format']} 不认识")
            for name, described in manifest["files"].items():
                _take_out(archive, name, described, work, shown)
            if DATABASE[manifest["database"]] not in manifest["files"]:
                raise BackupDamaged(file=shown, reason="没有数据库")
    except (OSError, EOFError, tarfile.TarError, zlib.error, LookupError, ValueError) as error:
        raise BackupDamaged(file=shown, reason=str(error)) from error
    return manifest


def _take_out(
    archive: tarfile.TarFile, name: str, described: dict[str, Any], work: Path, shown: str
) -> None:
    if name not in (TRACKER, *DATABASE.values()):  # a name could lead anywhere
        raise BackupDamaged(file=shown, reason=f"多出文件 {name}")
    reading = _member(archive, name)
    with (work / name).open("wb") as target:
        while part := reading.read(1 << 20):
            target.write(part)
    if _described(work / name) != described:
        raise BackupDamaged(file=shown, reason=f"{name} 的校验值不符")


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    found = archive.extractfile(name)
    if found is None:
        raise KeyError(name)
    return found


def _described(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"sha256": digest, "bytes": path.stat().st_size}
