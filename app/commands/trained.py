"""``runmiao models``: the trained model tried, released and taken back."""

from __future__ import annotations

import argparse
import json
from typing import Any

from app.commands.ready import wire_ready
from app.wiring import Parts
from core.database import reading, transaction
from core.settings import Settings

#: Who acts here, as the trail names it.
OPERATOR = "operator"


def add_to(commands: Any) -> None:
    """Add the sub-command."""
    group = commands.add_parser("models", help="理解模型：试用、发布、回退（文件放在 models 目录）")
    verbs = group.add_subparsers(required=True, metavar="动作")
    _add(verbs, "list", "列出正在使用的模型、可以试的文件和试过的", _list)
    trying = _add(verbs, "try", "检查一个文件，并与正在使用的模型比检验结果（约 1 分钟）", _try)
    trying.add_argument("file", help="models 目录里的文件名，如 autumn.tar.gz")
    releasing = _add(verbs, "release", "换上一个检验通过的模型，Rasa 随后自己换上", _release)
    releasing.add_argument("file", help="试过的文件名")
    releasing.add_argument("--reason", help="检验没有通过仍要换时，写明理由")
    back = _add(verbs, "rollback", "换回上一次发布之前的模型", _roll_back)
    back.add_argument("--reason", required=True, help="为什么换回")


def _add(verbs: Any, name: str, told: str, run: Any) -> argparse.ArgumentParser:
    verb: argparse.ArgumentParser = verbs.add_parser(name, help=told)
    verb.add_argument("--json", action="store_true", help="最后一行输出 JSON")
    verb.set_defaults(run=run)
    return verb


def _list(given: argparse.Namespace, settings: Settings) -> None:
    parts = wire_ready(settings)
    with reading(parts.sessions) as session:
        seen = parts.models.page(session)
    print(f"正在使用 {(seen['current'] or '（没有）')[:12]}")
    for name in seen["candidates"]:
        print(f"· 可以试：{name}")
    for row in seen["rows"]:
        print(f"· {row['file']} {row['digest'][:12]} {row['state']} {_gate(row)}")
    _tell(given, seen)


def _try(given: argparse.Namespace, settings: Settings) -> int:
    parts = wire_ready(settings)
    row = parts.models.try_here(given.file, officer=OPERATOR, clock=parts.clock)
    _print_verdict(row)
    _tell(given, row)
    return 0 if row["verdict"] and row["verdict"]["passed"] else 1


def _release(given: argparse.Namespace, settings: Settings) -> None:
    parts = wire_ready(settings)
    row = _tried(parts, given.file)
    with transaction(parts.sessions) as session:
        row = parts.models.release(
            session, row["id"], reason=given.reason, officer=OPERATOR, now=parts.clock()
        )
    print(f"✓ 已换上 {row['file']}（第 {row['number']} 次）。Rasa 几秒后自己重启；期间照常作答")
    _tell(given, row)


def _tried(parts: Parts, name: str) -> dict[str, Any]:
    """The last trial of a file; one is made where there is none that still counts."""
    with reading(parts.sessions) as session:
        rows = parts.models.page(session)["rows"]
    for row in rows:
        if row["file"] == name and row["state"] == "measured" and row["is_comparable"]:
            return row
    row = parts.models.try_here(name, officer=OPERATOR, clock=parts.clock)
    _print_verdict(row)
    return row


def _roll_back(given: argparse.Namespace, settings: Settings) -> None:
    parts = wire_ready(settings)
    with transaction(parts.sessions) as session:
        row = parts.models.roll_back(
            session, reason=given.reason, officer=OPERATOR, now=parts.clock()
        )
    print(f"✓ 已换回 {row['file']} 之前的模型")
    _tell(given, row)


def _print_verdict(row: dict[str, Any]) -> None:
    if row["verdict"] is None:
        print(f"✗ 检验没有做成：{row['fault']}")
        return
    for each in row["verdict"]["measures"]:
        mark = "✗" if each["dropped"] else " "
        before, after = (_percent(each[when]) for when in ("before", "after"))
        print(f"{mark} {before} → {after}  {each['label']}")
    for each in row["verdict"]["worse"]:
        print(f"  · {each['text']}（{'、'.join(each['measures'])}）")
    print("✓ 检验通过" if row["verdict"]["passed"] else "✗ 检验没有通过")


def _percent(share: float | None) -> str:
    return "     —" if share is None else f"{share:6.1%}"


def _gate(row: dict[str, Any]) -> str:
    if row["verdict"] is None:
        return row["fault"] or "检验中"
    return "通过" if row["verdict"]["passed"] else "没有通过"


def _tell(given: argparse.Namespace, told: dict[str, Any]) -> None:
    if given.json:
        print(json.dumps(told, ensure_ascii=False))
