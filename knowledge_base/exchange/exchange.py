"""The library brought and taken along (导入导出): one door for all formats, bytes in and out."""

from __future__ import annotations

import zipfile
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from knowledge_base.exchange.archive import check_size, open_archive, pack, read_member, refused
from knowledge_base.exchange.assemble import assemble
from knowledge_base.exchange.csv_files import read_csv, write_csv
from knowledge_base.exchange.faults import Fault, fault
from knowledge_base.exchange.flatten import rows_of
from knowledge_base.exchange.judge import Brought, Progress, judge
from knowledge_base.exchange.rows import Sheet
from knowledge_base.exchange.workbook_reader import OLD_OFFICE, read_workbook
from knowledge_base.exchange.workbook_writer import write_workbook
from knowledge_base.exchange.yaml_files import ENDINGS, read_yaml, write_yaml
from knowledge_base.schema import Document, Entry

FORMATS = ("xlsx", "csv", "yaml")
_WORKBOOK_PART = "[Content_Types].xml"
_UTF8_NAME = 0x800


def write_files(
    entries: Iterable[Entry], documents: Iterable[Document], *, format: str
) -> dict[str, bytes]:
    """The files of a folder, by path; ``format`` is ``csv`` or ``yaml``."""
    if format == "csv":
        return write_csv(rows_of(entries, documents))
    return write_yaml(entries, documents)


def write_file(entries: Iterable[Entry], documents: Iterable[Document], *, format: str) -> bytes:
    """Everything in one file: a workbook, or the files of a folder packed.

    Raises:
        ExchangeNotWritten: It does not fit into a workbook.
    """
    if format == "xlsx":
        return write_workbook(rows_of(entries, documents))
    return pack(write_files(entries, documents, format=format).items())


def read_path(path: Path, *, registered: Collection[str], progress: Progress) -> Brought:
    """Read a file or a folder; see :func:`read_file`."""
    try:
        if not path.is_dir():
            check_size(path.stat().st_size, path.name)
            return read_file(path.read_bytes(), path.name, registered=registered, progress=progress)
        paths = [each for each in sorted(path.rglob("*")) if _is_ours(each.name)]
        check_size(sum(each.stat().st_size for each in paths), path.name)
        files = {each.relative_to(path).as_posix(): each.read_bytes() for each in paths}
    except OSError as error:
        raise refused(path.name, "unreadable") from error
    return _read_files(files, path.name, registered=registered, progress=progress)


def read_file(
    content: bytes, name: str, *, registered: Collection[str], progress: Progress
) -> Brought:
    """Read a workbook, or a zip of CSV or YAML files; what it is, its content says.

    Args:
        content: The file.
        name: What it is called in faults.
        registered: Ids of the documents on register.
        progress: Told how far reading is.

    Returns:
        What the file brings, with every fault.

    Raises:
        ExchangeRefused: It cannot be opened at all, or must not be.
    """
    check_size(len(content), name)
    if content.startswith(OLD_OFFICE):
        raise refused(name, "encrypted")
    if not content.startswith(b"PK"):
        raise refused(name, "wrong_file")
    archive = open_archive(content, name)
    if _WORKBOOK_PART in archive.namelist():
        progress("read", 0, 1)
        sheets, faults = read_workbook(content, name)
        return _judge_sheets(sheets, faults, name, registered, progress)
    return _read_files(_members(archive, name), name, registered=registered, progress=progress)


def _members(archive: zipfile.ZipFile, name: str) -> dict[str, bytes]:
    found = {}
    for member in archive.infolist():
        path = _said_name(member)
        if _is_ours(path.rpartition("/")[2]) and not path.startswith("__MACOSX/"):
            found[path] = read_member(archive, member.filename, name)
    return found


def _said_name(member: zipfile.ZipInfo) -> str:
    """The name of a member; programs on Chinese Windows write it in GBK and do not say so."""
    if member.flag_bits & _UTF8_NAME:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gbk")
    except UnicodeError:
        return member.filename


def _is_ours(name: str) -> bool:
    return name.lower().endswith((*ENDINGS, ".csv")) and not name.startswith(".")


def _read_files(
    files: Mapping[str, bytes],
    name: str,
    *,
    registered: Collection[str],
    progress: Progress,
) -> Brought:
    progress("read", 0, len(files))
    tables = {
        path.rpartition("/")[2]: each for path, each in files.items() if path.endswith(".csv")
    }
    if tables:
        sheets, faults = read_csv(tables)
        return _judge_sheets(sheets, faults, name, registered, progress)
    if not files:
        raise refused(name, "wrong_file")
    entries, documents, faults = read_yaml(files)
    return judge(entries, documents, faults=faults, registered=registered, progress=progress)


def _judge_sheets(
    sheets: Mapping[str, Sheet],
    faults: list[Fault],
    name: str,
    registered: Collection[str],
    progress: Progress,
) -> Brought:
    entries, documents, lost = assemble(sheets)
    found = [*faults, *(each for sheet in sheets.values() for each in sheet.faults), *lost]
    if not entries and not documents and not found:
        found.append(fault(name, None, "", "nothing"))
    return judge(entries, documents, faults=found, registered=registered, progress=progress)
