"""Files of JSON lines that people bring (JSON 行文件): row by row, every fault with its line."""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import InvalidInput

#: What files of other programs begin with.
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_rows(
    path: Path, keys: tuple[str, ...], *, optional: Mapping[str, type] | None = None
) -> list[dict[str, Any]]:
    """Read JSON lines that must have a text that says something under each of ``keys``.

    Args:
        path: The file.
        keys: What every row must have.
        optional: What a row may have, and of which type: a text, or yes or no (``int``).

    Raises:
        InvalidInput: The file is missing, empty or no UTF-8, or a row is no JSON object or lacks
            a key; the line is named, and what to do.
    """
    rows: list[dict[str, Any]] = []
    for number, line in enumerate(_text(path).split("\n"), 1):
        if line.strip():
            where = f"{path} 第 {number} 行"
            row = _row(line, where)
            _check(row, keys, where)
            _check_optional(row, optional or {}, where)
            rows.append(row)
    if not rows:
        raise InvalidInput(reason=f"{path} 是空的，至少要有一行")
    return rows


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InvalidInput(reason=f"读不了 {path}：{error.strerror or error}") from error
    if raw.startswith(_WIDE):
        raise InvalidInput(reason=f"{path} 是 UTF-16 编码，先另存为 UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InvalidInput(
            reason=f"{path} 第 {line} 行不是 UTF-8{_likely(raw)}，先另存为 UTF-8"
        ) from error


def _likely(raw: bytes) -> str:
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "（像是 GBK 编码）"


def _row(line: str, where: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise InvalidInput(
            reason=f"{where}不是 JSON（第 {error.colno} 个字符起读不懂），一行写一个 {{…}}"
        ) from error
    except RecursionError as error:
        raise InvalidInput(reason=f"{where}套了太多层，一行写一个 {{…}}") from error
    if not isinstance(row, dict):
        raise InvalidInput(reason=f"{where}不是 JSON 对象，一行写一个 {{…}}")
    return row


def _check(row: dict[str, Any], keys: tuple[str, ...], where: str) -> None:
    if missing := [key for key in keys if row.get(key) is None]:
        raise InvalidInput(reason=f"{where}缺少 {'、'.join(missing)}")
    for key in keys:
        if not isinstance(row[key], str):
            raise InvalidInput(reason=f"{where}的 {key} 要写成文字，加上引号")
        if not row[key].strip():
            raise InvalidInput(reason=f"{where}的 {key} 是空的")


def _check_optional(row: dict[str, Any], kinds: Mapping[str, type], where: str) -> None:
    for key, kind in kinds.items():
        if not isinstance(row.get(key), kind | None):
            how = "true 或 false，不加引号" if kind is int else "文字，加上引号"
            raise InvalidInput(reason=f"{where}的 {key} 要写成{how}")
