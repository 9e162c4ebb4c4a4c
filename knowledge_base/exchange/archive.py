"""Zip archives (压缩包): written the same every time, opened only when they are harmless."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable

from knowledge_base.exchange.faults import ExchangeRefused, fault

MEGABYTE = 1024 * 1024
#: The largest file that is taken, and the most that an archive may unfold to.
MOST_BYTES = 32 * MEGABYTE
MOST_UNPACKED = 400 * MEGABYTE
MOST_MEMBERS = 250_000
#: Text never shrinks to so little; a bomb does.
LEAST_SHARE = 1 / 400
_SMALL = MEGABYTE
_EPOCH = (1980, 1, 1, 0, 0, 0)


def pack(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Pack files; equal files in equal order give equal bytes."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            member = zipfile.ZipInfo(name, _EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)
    return target.getvalue()


def open_archive(content: bytes, name: str) -> zipfile.ZipFile:
    """Open an archive after looking at what it would unfold to.

    Raises:
        ExchangeRefused: It is broken, encrypted, or far larger than it pretends.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise refused(name, "broken_file") from error
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    told = sum(member.compress_size for member in members)
    too_dense = unpacked > _SMALL and told < unpacked * LEAST_SHARE
    if unpacked > MOST_UNPACKED or len(members) > MOST_MEMBERS or too_dense:
        raise refused(name, "zip_bomb", most=MOST_UNPACKED // MEGABYTE)
    if any(member.flag_bits & 1 for member in members):
        raise refused(name, "encrypted")
    return archive


def read_member(archive: zipfile.ZipFile, member: str, name: str) -> bytes:
    """Unfold one member; what the index said of its size is not believed.

    Raises:
        ExchangeRefused: It is broken, or larger than it pretends.
    """
    said = archive.getinfo(member).file_size
    try:
        with archive.open(member) as file:
            content = file.read(said + 1)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise refused(name, "broken_file") from error
    if len(content) > said:
        raise refused(name, "zip_bomb", most=MOST_UNPACKED // MEGABYTE)
    return content


def check_xml(archive: zipfile.ZipFile, name: str) -> None:
    """Refuse an office file whose parts declare entities; no office program writes any.

    Raises:
        ExchangeRefused: A part has a document type, or is broken.
    """
    for member in archive.namelist():
        if member.endswith((".xml", ".rels", ".vml")):
            plain = read_member(archive, member, name).replace(b"\0", b"")
            if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
                raise refused(name, "dangerous_xml")


def check_size(size: int, name: str) -> None:
    """Refuse a file that is too large to be taken.

    Raises:
        ExchangeRefused: It is.
    """
    if size > MOST_BYTES:
        raise refused(name, "too_large", most=MOST_BYTES // MEGABYTE)


def refused(name: str, code: str, **values: object) -> ExchangeRefused:
    """A refusal of a whole file."""
    return ExchangeRefused([fault(name, None, "", code, **values)])
